"""Clients with a backchannel_logout_uri are notified of a logout, also if the first attempt fails."""
import contextlib
import http.server
import json
import os
import queue
import re
import signal
import ssl
import threading
import time
import urllib.parse

import jwt
import pytest
import requests

from callback import make_certificate
from function import Function
from stack import PATIENCE, REDIS_NAME, Stack
from supervisor import Holder

EVENT = 'http://schemas.openid.net/event/backchannel-logout'
LAST_ATTEMPT = 9


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # a process connects to it 64 times at once


class Listener:
    """A client's server. `answers` are sent one after the other, the last of them from then on: a status, or a function
    that gets the handler."""

    def __init__(self, *answers, certificate=None):
        self.answers = list(answers or [200])
        self.came = queue.Queue()
        self.lock = threading.Lock()
        self.released = threading.Event()
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length'])).decode()
                listener.came.put((self.path, dict(self.headers), body))
                with listener.lock:
                    answer = listener.answers.pop(0) if len(listener.answers) > 1 else listener.answers[0]
                with contextlib.suppress(OSError):
                    answer(self) if callable(answer) else self.say(answer)

            do_GET = do_POST

            def say(self, status, body=b'', **headers):
                self.send_response(status)
                for name, value in {'Content-Length': len(body), **headers}.items():
                    self.send_header(name, str(value))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = Server(('127.0.0.1', 0), Handler)
        self.uri = f'http://127.0.0.1:{self.server.server_address[1]}/told'
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
            self.uri = self.uri.replace('http://127.0.0.1', 'https://localhost')
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.server.server_close()

    def hang(self, _):
        self.released.wait(PATIENCE)

    def next(self):
        """The logout token of the next request."""
        _, headers, body = self.came.get(timeout=PATIENCE)
        assert headers['Content-Type'] == 'application/x-www-form-urlencoded'
        [(name, token)] = urllib.parse.parse_qsl(body, strict_parsing=True)
        assert name == 'logout_token'
        return token


@pytest.fixture(scope='module')
def stack():
    with Stack(STILE_CLIENT_CACHE=0) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_is_left(stack):
    """An error in one test does not affect another."""
    yield
    stack.redis('DEL', 'logout_notices')


def add_client(stack, name, uri, alg='RS256'):
    secret = 'a-secret-of-' + name
    stack.admin('client', 'add', '--id', name, '--secret', secret, '--redirect-uri', f'https://{name}.example/cb', '--scope',
                'openid offline_access', '--grant-type', 'authorization_code', '--grant-type', 'refresh_token')
    fields = {'post_logout_redirect_uris': f'https://{name}.example/bye', 'backchannel_logout_uri': uri,
              'id_token_signed_response_alg': alg}
    stack.redis('HSET', f'client:{name}', *(word for pair in fields.items() if pair[1] for word in pair))
    return name, secret


def queue_notice(stack, client, jti, attempt=1, sid='sid'):
    stack.redis('ZADD', 'logout_notices', str(int(time.time()) * 1000), f'{attempt} {jti} {client} admin {sid}')


def notices(stack):
    return stack.redis('ZRANGE', 'logout_notices', '0', '-1').split('\n')


def wait_until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def events(stack, name, client):
    """The events that have reached the stream, which takes a moment."""
    return json.loads(stack.admin('events', '--json', '--event', name, '--client', client))


def claims_in(stack, token, client):
    """Checked by PyJWT as Back-Channel Logout §2.6 requires."""
    header = jwt.get_unverified_header(token)
    published = requests.get(stack.base + '/.well-known/jwks.json', timeout=PATIENCE).json()
    keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(published).keys}
    assert header['typ'] == 'logout+jwt'
    claims = jwt.decode(token, keys[header['kid']].key, algorithms=[header['alg']], audience=client, issuer=stack.base,
                        options={'require': ['iss', 'aud', 'iat', 'exp', 'jti', 'events']})
    assert claims['events'] == {EVENT: {}} and 'nonce' not in claims and claims['exp'] - claims['iat'] == 120
    return header['alg'], claims


class Person(requests.Session):
    def __init__(self, stack):
        super().__init__()
        self.base = stack.base

    def sign_in(self, client, secret, scope):
        """Returns the claims of the ID token, and the token."""
        answer = self.get(self.base + '/oauth/authorize', params={'client_id': client, 'response_type': 'code', 'scope': scope},
                          allow_redirects=False)
        while answer.headers['Location'].startswith('/'):
            page = self.get(self.base + answer.headers['Location'], allow_redirects=False)
            token = re.search('name="csrf_token" value="([^"]+)"', page.text)[1]
            answer = self.post(page.url, {'csrf_token': token, 'username': 'admin', 'password': 'admin', 'approval': '1'},
                               allow_redirects=False)
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers['Location']).query)['code'][0]
        given = requests.post(self.base + '/oauth/token', {'grant_type': 'authorization_code', 'code': code},
                              auth=(client, secret), timeout=PATIENCE).json()
        return jwt.decode(given['id_token'], options={'verify_signature': False}), given['id_token']


def test_all_clients_are_notified(stack):
    """BCLOGOUT-2.4-1 Each client of the login gets its own logout token, with its sub, sid and algorithm, and no nonce."""
    with Listener() as one, Listener(204) as two, Listener() as three:
        parties = [add_client(stack, 'told-rs', one.uri), add_client(stack, 'told-es', two.uri, 'ES256'),
                   add_client(stack, 'told-offline', three.uri), add_client(stack, 'told-not', '')]
        person, other = Person(stack), Person(stack)
        known = [person.sign_in(*party, 'openid offline_access' if 'offline' in party[0] else 'openid') for party in parties]
        other.sign_in(*parties[0], 'openid')
        person.sign_in(*parties[0], 'openid')  # a second grant, but no second notice
        gone = person.get(stack.base + '/oauth/logout', params={'id_token_hint': known[0][1],
                          'post_logout_redirect_uri': 'https://told-rs.example/bye'}, allow_redirects=False)
        assert gone.headers['Location'] == 'https://told-rs.example/bye'
        seen = set()
        for listener, (client, _), (id_token, _), alg in zip((one, two, three), parties, known, ('RS256', 'ES256', 'RS256')):
            its_alg, claims = claims_in(stack, listener.next(), client)
            assert its_alg == alg and claims['sub'] == id_token['sub'] and claims['sid'] == id_token['sid']
            seen |= {claims['jti'], claims['sid']}
            wait_until(lambda: events(stack, 'logout_delivered', client))
        assert len(seen) == 6 and all(listener.came.empty() for listener in (one, two, three))
        assert notices(stack) == ['']


def test_tried_again(stack):
    """BCLOGOUT-2.8-1 After a response other than 200 or 204 the delivery is tried again with the same jti; a redirect
    is not followed."""
    with Listener() as elsewhere, \
            Listener(500, lambda handler: handler.say(302, Location=elsewhere.uri), 200) as listener:
        add_client(stack, 'again', listener.uri)
        queue_notice(stack, 'again', 'the-same-jti')
        tokens = [listener.next() for _ in range(3)]
        assert {claims_in(stack, token, 'again')[1]['jti'] for token in tokens} == {'the-same-jti'}
        wait_until(lambda: events(stack, 'logout_delivered', 'again'))
        wait_until(lambda: notices(stack) == [''])
        [event] = events(stack, 'logout_delivered', 'again')
        assert event['count'] == '3' and event['sub'] == 'admin'
        assert elsewhere.came.empty()


def test_slow_and_dead(stack):
    """BCLOGOUT-2.5-1 A client that does not answer does not delay others, and keeps its notices."""
    with Listener() as good, Listener() as slow, Listener() as dead:
        slow.answers = [slow.hang]
        dead.server.server_close()
        for client, listener in (('slow', slow), ('dead', dead), ('good', good)):
            add_client(stack, client, listener.uri)
        for number in range(8):
            queue_notice(stack, 'slow', f'slow{number}')
            queue_notice(stack, 'dead', f'dead{number}')
        slow.next()  # in progress
        queue_notice(stack, 'good', 'good')
        good.next()
        wait_until(lambda: events(stack, 'logout_delivered', 'good'))
        assert len(notices(stack)) == 16 and events(stack, 'logout_delivered', 'slow') == []
        stack.redis('DEL', 'logout_notices')


def test_slow_among_many(stack):
    """STILE-backchannel-18 A slow client has four deliveries under way, however many it has waiting; another client is notified
    meanwhile, and after three time-outs the slow one gets no more connections for a while."""
    with Listener() as good, Listener() as slow:
        slow.answers = [slow.hang]
        for client, listener in (('crawling', slow), ('quick', good)):
            add_client(stack, client, listener.uri)
        now = str(int(time.time()) * 1000)
        stack.redis('ZADD', 'logout_notices', *(word for number in range(200) for word in (now, f'1 jti{number} crawling admin sid')))
        for _ in range(4):
            slow.next()
        queue_notice(stack, 'quick', 'jti-quick')  # due after all of the others
        good.next()
        wait_until(lambda: events(stack, 'logout_delivered', 'quick'))
        # The four run into the time limit, as do two that may begin before the third has; all other notices then fail without a
        # connection, and are tried again later.
        wait_until(lambda: all(entry.startswith(('3 ', '4 ')) for entry in notices(stack)))
        assert len(notices(stack)) == 200 and slow.came.qsize() <= 2
        wait_until(lambda: events(stack, 'logout_undelivered', 'crawling'))


def test_told_early(stack):
    """STILE-backchannel-19 logout_undelivered is recorded after the third attempt, and the attempts go on."""
    with Listener(500) as listener:
        add_client(stack, 'failing', listener.uri)
        queue_notice(stack, 'failing', 'jti-early', 2)
        wait_until(lambda: notices(stack)[0].startswith('3 '))
        assert events(stack, 'logout_undelivered', 'failing') == []
        stack.redis('DEL', 'logout_notices')
        queue_notice(stack, 'failing', 'jti-early', 3)
        wait_until(lambda: events(stack, 'logout_undelivered', 'failing'))
        [event] = events(stack, 'logout_undelivered', 'failing')
        assert (event['count'], event['reason']) == ('3', 'refused')
        assert notices(stack)[0].startswith('4 jti-early')


@pytest.mark.parametrize('client, answer, reason', [
    ('refusing', 400, 'refused'), ('moved', lambda handler: handler.say(307, Location=handler.path), 'refused'),
    ('created', 201, 'refused'), ('silent', None, 'unreachable'), ('keyless', 200, 'no_key')])
def test_given_up(stack, client, answer, reason):
    """BCLOGOUT-2.8-2 A logout token that could not be delivered is recorded after the last attempt."""
    with Listener(answer) as listener:
        if answer is None:
            listener.server.server_close()
        add_client(stack, client, listener.uri, 'PS256' if client == 'keyless' else 'RS256')
        queue_notice(stack, client, 'jti-' + client, LAST_ATTEMPT)
        wait_until(lambda: events(stack, 'logout_undelivered', client))
        [event] = events(stack, 'logout_undelivered', client)
        assert event['reason'] == reason and event['count'] == str(LAST_ATTEMPT) and event['function'] == 'logout'
        wait_until(lambda: notices(stack) == [''])
        assert events(stack, 'logout_delivered', client) == []


def test_certificate(stack, tmp_path):
    """BCLOGOUT-2.5-2 A server whose certificate does not match its host name gets no token."""
    with Listener(certificate=make_certificate(tmp_path, 'localhost')) as listener:
        add_client(stack, 'impostor', listener.uri)
        queue_notice(stack, 'impostor', 'jti', LAST_ATTEMPT)
        wait_until(lambda: events(stack, 'logout_undelivered', 'impostor'))
        assert events(stack, 'logout_undelivered', 'impostor')[0]['reason'] == 'unreachable'
        assert listener.came.empty()


def test_status_alone(stack):
    """STILE-backchannel-1 Only the status of a response is evaluated, whatever the size of its body."""
    def babble(handler):
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b'x' * 65536)

    with Listener(babble) as listener:
        add_client(stack, 'babbling', listener.uri)
        queue_notice(stack, 'babbling', 'jti')
        listener.next()
        wait_until(lambda: events(stack, 'logout_delivered', 'babbling'))


@pytest.mark.parametrize('entry', ['1 jti nobody admin sid', '1 jti unwilling admin sid', 'by hand', '1 too short', 'x y'])
def test_no_recipient(stack, entry):
    """STILE-backchannel-2 A malformed notice, or one to a client that was removed or no longer accepts notices, is
    dropped."""
    with contextlib.suppress(AssertionError):
        add_client(stack, 'unwilling', '')
    stack.redis('ZADD', 'logout_notices', '1000', entry)
    wait_until(lambda: notices(stack) == [''])
    assert events(stack, 'logout_undelivered', 'unwilling') == []


def test_killed(stack):
    """STILE-backchannel-3 If a process is killed during a delivery, the next one delivers the notice."""
    with Listener() as listener:
        listener.answers = [listener.hang, 200]
        add_client(stack, 'survivor', listener.uri)
        [before] = stack.children('stile-logout')
        queue_notice(stack, 'survivor', 'jti-of-the-killed')
        first = listener.next()
        os.kill(before, signal.SIGKILL)
        second = listener.next()
        assert claims_in(stack, first, 'survivor')[1]['jti'] == claims_in(stack, second, 'survivor')[1]['jti']
        wait_until(lambda: notices(stack) == [''])
        assert stack.children('stile-logout') != [before]


def logout_environment(stack, **settings):
    """The output of a stile-logout that a test starts itself."""
    return {**stack.environment, 'STILE_REDIS': stack.operator_redis, **{name: str(value) for name, value in settings.items()}}


def test_once_by_two(stack):
    """STILE-backchannel-4 Two processes deliver each notice once."""
    def slowly(handler):
        time.sleep(0.3)
        handler.say(200)

    with Listener(slowly) as listener, Function('logout', logout_environment(stack)) as second:
        add_client(stack, 'twice', listener.uri)
        [first] = stack.children('stile-logout')
        os.kill(first, signal.SIGSTOP)
        jtis = [f'jti{number}' for number in range(100)]  # more than one process takes at a time
        now = str(int(time.time()) * 1000)
        stack.redis('ZADD', 'logout_notices', *(word for jti in jtis for word in (now, f'1 {jti} twice admin sid')))
        got = [listener.next()]
        os.kill(first, signal.SIGCONT)
        got += [listener.next() for _ in jtis[1:]]
        assert sorted(claims_in(stack, token, 'twice')[1]['jti'] for token in got) == sorted(jtis)
        wait_until(lambda: notices(stack) == [''])
        assert listener.came.empty()
        assert second.end() == 0
        of_second = second.log.read_text().count('logout_delivered')
        assert 0 < of_second < len(jtis), of_second


def test_stop(stack):
    """STILE-backchannel-5 SIGTERM ends the process at once, and another process delivers the current notice."""
    with Listener() as listener, Function('logout', logout_environment(stack)) as second:
        listener.answers = [listener.hang]
        add_client(stack, 'stopped', listener.uri)
        [first] = stack.children('stile-logout')
        os.kill(first, signal.SIGSTOP)
        try:
            queue_notice(stack, 'stopped', 'jti')
            listener.next()
            assert second.end() == 0
            assert listener.came.empty() and len(notices(stack)) == 1
            listener.answers = [200]
        finally:
            os.kill(first, signal.SIGCONT)
        listener.next()
        wait_until(lambda: notices(stack) == [''])


def test_idle_exit(stack):
    """STILE-backchannel-6 A process does not exit for lack of requests while notices are queued."""
    with Holder('logout', logout_environment(stack, STILE_IDLE_EXIT=1)) as holder:
        add_client(stack, 'waiting', 'http://127.0.0.1:9/')
        stack.redis('ZADD', 'logout_notices', str(int(time.time() + 3600) * 1000), '1 jti waiting admin sid')
        holder.get()
        with pytest.raises(queue.Empty):
            holder.ended.get(timeout=8)
        stack.redis('DEL', 'logout_notices')
        assert holder.ended.get(timeout=PATIENCE) == 0


def test_redis_away():
    """STILE-backchannel-7 No notice is lost while Redis is unavailable; queued ones are delivered afterwards."""
    with Stack(STILE_CLIENT_CACHE=0, STILE_REDIS_TIMEOUT=300) as own, Listener() as listener:
        add_client(own, 'patient', listener.uri)
        queue_notice(own, 'patient', 'jti-before')
        listener.next()
        [redis] = own.children(REDIS_NAME)
        os.kill(redis, signal.SIGSTOP)
        time.sleep(1.5)  # longer than the timeout
        os.kill(redis, signal.SIGCONT)
        wait_until(lambda: notices(own) == [''])
        queue_notice(own, 'patient', 'jti-after')
        while claims_in(own, listener.next(), 'patient')[1]['jti'] != 'jti-after':
            pass
        wait_until(lambda: notices(own) == [''])
