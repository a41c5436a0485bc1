"""Slow and broken clients: they get an answer or an end, and everybody else is served meanwhile.

CROWD=6000 and CROWD_ROUNDS=20 in the environment make the crowd larger and bring it again and again.
"""
import base64
import concurrent.futures
import json
import os
import socket
import threading
import time

import pytest

import crowd
from raw_http import PATIENCE, Answers, ask, connect, encode

AUTHORIZE = ('/oauth/authorize?client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect'
             '&response_type=code&state=x')
BASIC = 'Basic ' + base64.b64encode(b'test_client:password').decode()
INTROSPECTION = encode('POST', '/oauth/introspect', 'token=x', Authorization=BASIC)
# What users do, and what they get.
USUAL = [(INTROSPECTION, 200), (encode('GET', AUTHORIZE), 303), (encode('GET', '/login'), 400),
         (encode('POST', '/oauth/token', 'grant_type=refresh_token&refresh_token=x', Authorization=BASIC), 400),
         (encode('GET', '/.well-known/oauth-authorization-server'), 200)]


MOST_SECONDS = 60  # for a crowd that comes to its end after ten or fifteen


def is_served(stack):
    return all(ask(stack.port, request).status == status for request, status in USUAL)


class Users:
    """Four users who send one request after the other, each on a new connection."""

    def __init__(self, stack):
        self.stack = stack
        self.times, self.failed = [], []
        self.over = threading.Event()

    def _ask(self, number):
        request, status = USUAL[number % len(USUAL)]
        began = time.monotonic()
        try:
            answer = ask(self.stack.port, request)
            if answer is None or answer.status != status:
                self.failed.append((number, answer))
        except OSError as error:  # a TimeoutError: stuck
            self.failed.append((number, error))
        self.times.append(time.monotonic() - began)

    def _work(self):
        number = 0
        while not self.over.is_set():
            self._ask(number)
            number += 1

    def work_while(self, action):
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            done = [pool.submit(self._work) for _ in range(4)]
            try:
                action()
            finally:
                self.over.set()
            for one in done:
                one.result()
        return sorted(self.times)


def percentile_99(times):
    return times[int(len(times) * 0.99)]


@pytest.mark.parametrize('_', range(int(os.environ.get('CROWD_ROUNDS', 1))))
def test_crowd(stack, _):
    """STILE-slow-1 With more slow connections than threads, no user is blocked or refused, and each slow connection is
    completed."""
    each = int(os.environ.get('CROWD', 1200)) // 3
    alone = Users(stack).work_while(lambda: time.sleep(1))
    slow = crowd.Crowd(stack.port, {crowd.silent: each, crowd.slow_headers: each, crowd.slow_body: each, crowd.never_reads: 20})
    users = Users(stack)
    try:
        beside = users.work_while(lambda: slow.run(MOST_SECONDS))
        assert users.failed == []
        assert len(beside) > 50
        # Bounds for hangs, not for slowness: a user blocked by a slow body would wait for ten seconds.
        assert beside[-1] < 8
        assert percentile_99(beside) < 2 + 50 * percentile_99(alone)
        # A header must arrive within ten seconds; a client that does not read is dropped after ten; slow bodies are
        # awaited.
        assert [client.kind.__name__ for client in slow.clients if client.ended_after is None and client.kind is not crowd.slow_body] == []
        assert {client.received[:12] for client in slow.of(crowd.slow_body)} == {b'HTTP/1.1 401'}
        for kind in (crowd.silent, crowd.slow_headers):
            assert min(client.ended_after for client in slow.of(kind)) > 5
            assert {client.received for client in slow.of(kind)} == {b''}
    finally:
        slow.close()
    assert is_served(stack)


@pytest.mark.parametrize('request_text, status', USUAL)
def test_half_closed(stack, request_text, status):
    """STILE-slow-2 A client that has sent its request and shut down its side still gets its answer."""
    for _ in range(5):
        with connect(stack.port) as connection:
            connection.sendall(request_text)
            connection.shutdown(socket.SHUT_WR)
            assert Answers(connection).next().status == status


def test_gone(stack):
    """STILE-slow-3 Clients that disconnect in a header, in a body or before their response cause no other failure."""
    for number in range(300):
        with connect(stack.port) as connection:
            # With a reset, every second time.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, (number % 2).to_bytes(4, 'little') + bytes(4))
            connection.sendall(INTROSPECTION[:len(INTROSPECTION) * (number % 10 + 1) // 10])
    assert is_served(stack)


def test_body_shorter_than_announced(stack):
    """STILE-slow-4 A body that is shorter than announced reaches no function, and nothing is used up."""
    registered = stack.admin('client', 'add', '--id', 'short', '--grant-type', 'client_credentials', '--scope', 'a')
    secret = registered.split('client_secret: ')[1].split()[0]
    basic = 'Basic ' + base64.b64encode(f'short:{secret}'.encode()).decode()
    token = json.loads(ask(stack.port, encode('POST', '/oauth/token', 'grant_type=client_credentials', Authorization=basic)).body)['access_token']
    body = f'token={token}'
    with connect(stack.port) as connection:
        connection.sendall(encode('POST', '/oauth/revoke', body, Authorization=basic, Content_Length=str(len(body) + 1)))
        connection.shutdown(socket.SHUT_WR)
        answer = Answers(connection).next()
    assert answer is None or answer.status == 400
    assert json.loads(ask(stack.port, encode('POST', '/oauth/introspect', body, Authorization=basic)).body)['active'] is True


def send_all_that_is_taken(stack, text):
    """The response to a request that the server need not read to its end; None if its reset overtook it."""
    with connect(stack.port) as connection:
        try:
            connection.sendall(text)
        except ConnectionError:
            pass
        try:
            return Answers(connection).next()
        except ConnectionError:
            return None


def assert_is_refused(answer, words):
    if answer is not None:
        assert answer.status == 400 and words in answer.body
        assert answer.headers['cache-control'] == 'no-store'
        assert answer.headers['x-frame-options'] == 'DENY' and answer.headers['x-content-type-options'] == 'nosniff'


def test_many_headers(stack):
    """STILE-slow-5 500 headers are accepted, 10,000 refused; other clients are not affected."""
    start = b'GET /login HTTP/1.1\r\nHost: localhost\r\n'
    answer = send_all_that_is_taken(stack, start + b'X-A: b\r\n' * 500 + b'\r\n')
    assert answer.status == 400 and b'This sign-in cannot continue' in answer.body  # the function's own
    assert_is_refused(send_all_that_is_taken(stack, start + b'X-Name: some value\r\n' * 10_000 + b'\r\n'), b'longer than 32 kB')
    assert is_served(stack)


@pytest.mark.parametrize('start', ['GET /login HTTP/1.1\r\nHost: localhost\r\nX-Long: ', 'GET /login HTTP/1.1\r\nHost: localhost\r\nCookie: a=',
                                   'GET /login?request=', 'GET /login HTTP/1.1\r\nHost: localhost\r\nX-'])
def test_immense_header(stack, start):
    """STILE-slow-6 A header or a URL of 10 MB is refused after 32 kB."""
    answer = send_all_that_is_taken(stack, start.encode() + b'a' * 10_000_000)
    assert_is_refused(answer, b'longer than 32 kB')
    # A request that is slightly too long is always answered.
    answer = send_all_that_is_taken(stack, start.encode() + b'a' * 33_000)
    assert answer is not None
    assert_is_refused(answer, b'longer than 32 kB')


def test_expectation(stack):
    """STILE-slow-7 A client that expects 100-continue gets it, and then one response; an unknown expectation is
    ignored."""
    head, _, body = encode('POST', '/oauth/introspect', 'token=x', Authorization=BASIC, Expect='100-continue').partition(b'\r\n\r\n')
    with connect(stack.port) as connection:
        connection.sendall(head + b'\r\n\r\n')
        answers = Answers(connection)
        assert answers.next().status == 100
        connection.sendall(body)
        assert answers.next().status == 200
    assert ask(stack.port, encode('POST', '/oauth/introspect', 'token=x', Authorization=BASIC, Expect='miracles')).status in (200, 417)


def test_upload(stack):
    """STILE-slow-8 A body of 10 MB is refused without being read, announced or not."""
    for headers in ('Content-Length: 10000000', 'Transfer-Encoding: chunked'):
        start = f'POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n'.encode()
        body = b'989680\r\n' + b'a' * 10_000_000
        assert_is_refused(send_all_that_is_taken(stack, start + body), b'larger than 64 kB')
