"""What must not be written: logs contain no secrets, and Redis none that works."""
import os
import signal

import pytest

from attacker import Client, RunningStack, basic, encode
from faults import eventually, lost_request

TEST_CLIENT = Client('test_client', 'https://www.example.com/redirect', 'password')
USER, PASSWORD = 'secretive', 'the password of secretive'
STATE = 'state-that-must-not-be-logged'
NAME = 'password-in-the-name-field'
WRONG_SECRET = basic('test_client', 'wrong-client-secret-sent')
# The parked request has its state; the throttle has the names that were tried.
KEPT_IN_REDIS = {STATE, NAME}


@pytest.fixture(scope='module')
def stack():
    with RunningStack() as stack:
        stack.admin('user', 'add', USER, '--password', PASSWORD)
        yield stack


def files_with(secret, folder):
    """The regular files below a folder that contain it."""
    return [path for path in folder.rglob('*') if path.is_file() and secret.encode() in path.read_bytes()]


def walk(stack):
    """A flow, and all errors that an operator's log may report; returns its secrets."""
    browser = stack.browser()
    browser.log_in(browser.begin(TEST_CLIENT, state=STATE), 'admin', 'wrong-password-typed-here')
    browser.log_in(browser.begin(TEST_CLIENT, state=STATE), NAME, 'x')
    consent = browser.log_in(browser.begin(TEST_CLIENT, state=STATE), USER, PASSWORD).location
    cookies = set(browser.cookies.values())
    browser.post(consent, {'csrf_token': 'forged-token-value', 'approval': '1'})
    code = browser.approve(consent).returned['code']
    first = stack.redeem(TEST_CLIENT, code).json
    second = stack.refresh(TEST_CLIENT, first['refresh_token']).json
    tokens = [answer[name] for answer in (first, second) for name in ('access_token', 'refresh_token')]
    assert len(set(tokens)) == 4
    stack.introspect(TEST_CLIENT, second['access_token'])
    stack.post('/oauth/introspect', {'token': second['access_token']}, WRONG_SECRET)
    stack.send('GET', '/oauth/introspect?' + encode({'token': second['access_token']}), headers=TEST_CLIENT.headers)
    stack.send('GET', '/stile/verify', headers={'Authorization': f'Bearer {second["access_token"]}'})
    stack.revoke(TEST_CLIENT, first['access_token'])
    stack.post('/oauth/revoke', {'token': second['refresh_token'], 'client_id': 'nobody'})
    stack.redeem(TEST_CLIENT, code)  # a replay
    stack.post('/oauth/token', {'grant_type': 'refresh_token', 'refresh_token': second['refresh_token']}, WRONG_SECRET)
    browser.get(stack.request_of(TEST_CLIENT, state=STATE, redirect_uri='https://evil.example/'))
    browser.get(stack.request_of(TEST_CLIENT, state=STATE, scope='nonsense'))
    stack.send('GET', stack.request_of(TEST_CLIENT, state=STATE + 'x' * 40_000))
    stack.send('GET', '/nowhere?' + encode({'state': STATE}))
    stack.post('/oauth/tokenize?' + encode({'state': STATE}), 'x' * 100_000)
    # nginx logs functions that die in the middle of a request.
    lost = lost_request(stack, 'stile-authorize',
                        lambda: stack.send('GET', stack.request_of(TEST_CLIENT, state=STATE)))
    assert lost.status == 503
    cookies |= set(browser.cookies.values())
    assert len(cookies) >= 2
    return [STATE, NAME, code, *tokens, PASSWORD, 'wrong-password-typed-here', 'wrong-client-secret-sent', *cookies]


def test_no_secret_is_written(stack):
    """STILE-flow-48 No code, token, password, secret, cookie or state is in any log; Redis contains none that works."""
    secrets = walk(stack)
    # nginx logs a request after its response; this is the last one.
    eventually(lambda: '"GET /oauth/authorize" 503' in (stack.dir / 'log/stile.log').read_text(), 'nginx does not log it')
    for secret in secrets:
        assert len(secret) >= 20
        folder = stack.dir / 'log' if secret in KEPT_IN_REDIS else stack.dir
        assert files_with(secret, folder) == [], secret
        if len(secret) in (42, 48):  # the first 18 characters name the record
            assert files_with(secret[18:], folder) == [], secret
    # The search finds what is there, and the logs have entries of these requests.
    assert files_with(STATE, stack.dir)
    assert '"POST /oauth/token" 200' in (stack.dir / 'log/stile.log').read_text()
    assert 'login_failed' in (stack.dir / 'log/functions.log').read_text()


def test_server_log_of_the_operator(stack):
    """STILE-flow-68 A response of nginx itself does not put the query into the operator's server log."""
    master = int((stack.dir / 'nginx.pid').read_text())
    log = stack.dir / 'log'
    for file, text, replacement in (
            ('nginx.conf', f'error_log {log}/nginx.log alert;',
             f'access_log {log}/outer.log combined; error_log {log}/outer-error.log;'),
            ('stile/stile.conf', 'fastcgi_pass stile_authorize;', 'fastcgi_pass unix:/nowhere;'),
            ('stile/stile.conf', 'fastcgi_pass stile_login;', 'fastcgi_pass unix:/nowhere;')):
        configuration = (stack.dir / file).read_text()
        assert text in configuration
        (stack.dir / file).write_text(configuration.replace(text, replacement))
    old = set(stack.children('nginx', master))
    os.kill(master, signal.SIGHUP)
    eventually(lambda: (new := set(stack.children('nginx', master))) and not new & old, 'nginx does not reload')

    def lines():
        return sum(len((log / name).read_text().splitlines()) for name in ('stile.log', 'outer.log'))

    before = lines()
    assert stack.send('GET', '/oauth/authorize?client_id=x&state=SECRETSTATE').status == 503
    assert stack.send('GET', '/login?request=SECRETREQUEST').status == 503
    assert stack.post('/oauth/tokenize?refresh_token=SECRETTOKEN', 'a' * 100_000).status == 400
    assert stack.send('GET', '/elsewhere?is=logged').status == 404
    eventually(lambda: lines() >= before + 4, 'nginx does not log every request')
    assert 'is=logged' in (log / 'outer.log').read_text()
    assert files_with('SECRET', log) == []
