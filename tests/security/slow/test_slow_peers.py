"""Slow and broken peers at a function's socket, which only nginx should use: they block no request."""
import base64
import concurrent.futures
import itertools
import json
import socket
import struct

import pytest

import fastcgi
from raw_http import ask, encode
from stack import Stack

BEGIN = fastcgi.record(fastcgi.BEGIN, struct.pack('>HBxxxxx', fastcgi.RESPONDER, 0))
PEERS = 400  # more than requests that a function handles at the same time


def is_served(stack):
    return [ask(stack.port, encode('POST', '/oauth/token', 'grant_type=refresh_token')).status for _ in range(20)] == [401] * 20


def peer(stack):
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(20)
    connection.connect(str(stack.dir / 'token.sock'))
    return connection


def pairs(length):
    """Parameters of more than `length` bytes, in as many records as they need."""
    text = fastcgi.pair('A' * 100, 'b' * (length - 100))
    return b''.join(fastcgi.record(fastcgi.PARAMS, text[at:at + 65_000]) for at in range(0, len(text), 65_000))


STUCK = {
    'half a record': BEGIN[:5],
    'no parameters': BEGIN,
    'half a parameter': BEGIN + fastcgi.record(fastcgi.PARAMS, b'\x0b\x04REQUEST_'),
    'parameters without an end': BEGIN + fastcgi.record(fastcgi.PARAMS, fastcgi.pair('REQUEST_METHOD', 'POST')),
    'a body without an end': BEGIN + fastcgi.record(fastcgi.PARAMS, fastcgi.pair('REQUEST_METHOD', 'POST')
                                                    + fastcgi.pair('CONTENT_LENGTH', '100')) + fastcgi.record(fastcgi.PARAMS, b'')
                             + fastcgi.record(fastcgi.STDIN, b'token='),
}
BROKEN = {
    'nothing': b'',
    'text': b'GET / HTTP/1.1\r\n\r\n',
    'zeros': bytes(1000),
    'all ones': b'\xff' * 1000,
    'another version': b'\x09' + BEGIN[1:],
    'no begin': fastcgi.record(fastcgi.PARAMS, fastcgi.pair('A', 'b')),
    'a short begin': fastcgi.record(fastcgi.BEGIN, b'\0'),
    'an unknown role': fastcgi.record(fastcgi.BEGIN, struct.pack('>HBxxxxx', 77, 0)),
    'an unknown type of record': BEGIN + fastcgi.record(99, b'abc') + fastcgi.record(0, b'abc'),
    'a second begin': BEGIN + BEGIN + BEGIN,
    'another request': BEGIN + struct.pack('>BBHHBB', 1, fastcgi.PARAMS, 77, 3, 0, 0) + b'abc',
    'a parameter longer than its record': BEGIN + fastcgi.record(fastcgi.PARAMS, b'\x7f\x7fabc') + fastcgi.record(fastcgi.PARAMS, b''),
    'a name of 2 GB': BEGIN + fastcgi.record(fastcgi.PARAMS, b'\xff\xff\xff\xff\xff\xff\xff\xffabc') + fastcgi.record(fastcgi.PARAMS, b''),
    'a name of 16 MB': BEGIN + fastcgi.record(fastcgi.PARAMS, b'\x81\0\0\0\0abc') + fastcgi.record(fastcgi.PARAMS, b''),
    'a value of 8 MB': BEGIN + pairs(8_000_000) + fastcgi.record(fastcgi.PARAMS, b'') + fastcgi.record(fastcgi.STDIN, b''),
    '10,000 parameters': BEGIN + b''.join(fastcgi.record(fastcgi.PARAMS, fastcgi.pair(f'A{number}', 'b')) for number in range(10_000))
                         + fastcgi.record(fastcgi.PARAMS, b'') + fastcgi.record(fastcgi.STDIN, b''),
    'a body that is not there': BEGIN + fastcgi.record(fastcgi.PARAMS, fastcgi.pair('REQUEST_METHOD', 'POST')
                                                       + fastcgi.pair('CONTENT_LENGTH', '60000')) + fastcgi.record(fastcgi.PARAMS, b'')
                                + fastcgi.record(fastcgi.STDIN, b''),
    'a length that is none': BEGIN + fastcgi.record(fastcgi.PARAMS, fastcgi.pair('REQUEST_METHOD', 'POST')
                                                    + fastcgi.pair('CONTENT_LENGTH', '-5')) + fastcgi.record(fastcgi.PARAMS, b'')
                             + fastcgi.record(fastcgi.STDIN, b'x'),
}


def process(stack):
    return [entry for entry in stack.processes() if entry[1] == 'stile-token']


@pytest.mark.parametrize('name', STUCK)
def test_stuck_peers(stack, name):
    """STILE-slow-9 Peers that stop in the middle of a request block nobody, however many they are."""
    peers = [peer(stack) for _ in range(PEERS)]
    try:
        for connection in peers:
            connection.sendall(STUCK[name])
        assert is_served(stack)
    finally:
        for connection in peers:
            connection.close()
    assert is_served(stack)


def test_silent_peers(stack):
    """STILE-slow-10 Peers that say nothing, or nothing more after their request, block nobody."""
    peers = [peer(stack) for _ in range(2 * PEERS)]
    for connection in peers[::2]:
        connection.sendall(fastcgi.request(keeps=True, REQUEST_METHOD='GET'))
    try:
        assert is_served(stack)
    finally:
        for connection in peers:
            connection.close()


@pytest.mark.parametrize('name', BROKEN)
def test_broken_peers(stack, name):
    """STILE-slow-11 Input that is not FastCGI, or larger than nginx sends, ends its own connection and not the
    function."""
    before = process(stack)
    for _ in range(8):
        with peer(stack) as connection:
            try:
                connection.sendall(BROKEN[name])
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65_536):
                    pass
            except ConnectionError:
                pass
    assert is_served(stack)
    assert process(stack) == before


def test_half_a_body(stack):
    """STILE-slow-12 A request whose body is shorter than announced is not processed: nothing is used up."""
    registered = stack.admin('client', 'add', '--id', 'halved', '--grant-type', 'client_credentials', '--scope', 'a')
    secret = registered.split('client_secret: ')[1].split()[0]
    basic = 'Basic ' + base64.b64encode(f'halved:{secret}'.encode()).decode()
    answer = ask(stack.port, encode('POST', '/oauth/token', 'grant_type=client_credentials', Authorization=basic))
    body = 'token=' + json.loads(answer.body)['access_token']
    parameters = {'REQUEST_METHOD': 'POST', 'CONTENT_TYPE': 'application/x-www-form-urlencoded', 'HTTP_AUTHORIZATION': basic}

    def revoke(announced):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(stack.dir / 'revoke.sock'))
            named = b''.join(fastcgi.pair(*item) for item in (parameters | {'CONTENT_LENGTH': str(announced)}).items())
            connection.sendall(BEGIN + fastcgi.record(fastcgi.PARAMS, named) + fastcgi.record(fastcgi.PARAMS, b'')
                               + fastcgi.record(fastcgi.STDIN, body.encode()) + fastcgi.record(fastcgi.STDIN, b''))
            while connection.recv(65_536):
                pass

    def is_active():
        return json.loads(ask(stack.port, encode('POST', '/oauth/introspect', body, Authorization=basic)).body)['active']

    revoke(len(body) + 1)
    assert is_active() is True
    revoke(len(body))
    assert is_active() is False


def test_full_backlog():
    """STILE-slow-13 When a function's queue is full, a request gets 503 at once with Retry-After."""
    with Stack(trusted=['127.0.0.1']) as stack, socket.socket(socket.AF_UNIX) as short_queue:
        path = stack.dir / 'token.sock'
        path.unlink()
        short_queue.bind(str(path))
        path.chmod(0o666)
        short_queue.listen(1)  # two connections wait in it and are not accepted
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            asked = [pool.submit(ask, stack.port, encode('POST', '/oauth/token', 'grant_type=refresh_token')) for _ in range(10)]
            refused = list(itertools.islice(concurrent.futures.as_completed(asked), 8))
            short_queue.close()  # like a function that ends: the waiting ones get a response, too
            answers = [future.result() for future in (*refused, *(future for future in asked if future not in refused))]
    assert [answer.status for answer in answers] == [503] * 10
    assert all(answer.headers['retry-after'] == '1' for answer in answers)
    assert all(json.loads(answer.body)['error'] == 'temporarily_unavailable' for answer in answers)
