"""Every endpoint from start to stop under valgrind's memcheck, with a whole login and logout in between."""
import base64
import contextlib
import json
import re
import time
import urllib.parse

import pytest

from endpoints import ENDPOINTS
from function import Function
from stack import BUILD, PATIENCE, Stack

MEMCHECK = ('valgrind', '--quiet', '--leak-check=full', '--errors-for-leak-kinds=definite,possible',
            '--show-leak-kinds=definite,possible', '--error-exitcode=99', '--track-fds=no', '--num-callers=24',
            '--soname-synonyms=somalloc=NONE',  # the programs' own free() (shared/base/wipe.h) is replaced as libc's is
            '--log-file={dir}/report')
CALLBACK = 'https://www.example.com/redirect'

pytestmark = pytest.mark.skipif(BUILD.name in ('address', 'thread'), reason='a sanitizer looks already')


def header(answer, name):
    found = re.search(rf'^{name}: (.*)\r$', answer, re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ''


def cookies(answer):
    return '; '.join(cookie.split(';')[0] for cookie in re.findall(r'^Set-Cookie: (.*)\r$', answer, re.MULTILINE))


def csrf_token(page):
    return re.search(r'name="csrf_token" value="([^"]*)"', page)[1]


def form(**fields):
    return urllib.parse.urlencode(fields)


def body(answer):
    return json.loads(answer.partition('\r\n\r\n')[2])


def log_in(functions):
    """The code of an approved login, and the browser's cookies."""
    authorize, login, consent = (functions[name] for name in ('authorize', 'login', 'consent'))
    assert authorize.get(form(client_id='nobody')).startswith('Status: 400')
    parked = authorize.get(form(client_id='test_client', redirect_uri=CALLBACK, response_type='code', scope='openid email', state='s'))
    query = urllib.parse.urlsplit(header(parked, 'Location')).query
    browser = cookies(parked)
    token = csrf_token(login.get(query, HTTP_COOKIE=browser))
    wrong = login.post(form(csrf_token=token, username='admin', password='wrong'), query, HTTP_COOKIE=browser)
    assert wrong.startswith('Status: 403')
    right = login.post(form(csrf_token=token, username='admin', password='admin'), query, HTTP_COOKIE=browser)
    browser += '; ' + cookies(right)
    token = csrf_token(consent.get(query, HTTP_COOKIE=browser))
    approved = consent.post(form(csrf_token=token, approval='1', remember='1'), query, HTTP_COOKIE=browser)
    return urllib.parse.parse_qs(urllib.parse.urlsplit(header(approved, 'Location')).query)['code'][0], browser


def use_tokens(functions, code):
    basic = {'HTTP_AUTHORIZATION': 'Basic ' + base64.b64encode(b'test_client:password').decode()}
    token = functions['token']
    assert 'invalid_client' in token.post(form(grant_type='refresh_token'), HTTP_AUTHORIZATION='Basic eA==')
    first = body(token.post(form(grant_type='authorization_code', code=code, redirect_uri=CALLBACK), **basic))
    second = body(token.post(form(grant_type='refresh_token', refresh_token=first['refresh_token']), **basic))
    verify = functions['verify'].get(STILE_SCOPE='email', HTTP_AUTHORIZATION='Bearer ' + second['access_token'])
    assert header(verify, 'X-Stile-Subject') == 'admin'
    assert functions['verify'].get(HTTP_AUTHORIZATION='Bearer x').startswith('Status: 401')
    assert body(functions['introspect'].post(form(token=second['access_token']), **basic))['active']
    userinfo = functions['userinfo']
    assert body(userinfo.get(HTTP_AUTHORIZATION='Bearer ' + second['access_token'])) == {'sub': 'admin', 'email': 'admin@example.com'}
    assert userinfo.get(HTTP_AUTHORIZATION='Bearer x').startswith('Status: 401')
    signed = body(token.post(form(grant_type='client_credentials', client_id='signed', client_secret='x' * 32)))
    assert functions['verify'].get(HTTP_AUTHORIZATION='Bearer ' + signed['access_token']).startswith('Status: 200')
    assert functions['revoke'].post(form(token=second['refresh_token']), **basic).startswith('Status: 200')


def log_out(stack, logout, browser):
    token = csrf_token(logout.get(HTTP_COOKIE=browser))
    assert logout.post(form(csrf_token='wrong', logout='1'), HTTP_COOKIE=browser).startswith('Status: 403')
    left = logout.post(form(csrf_token=token, logout='1'), HTTP_COOKIE=browser)
    assert left.startswith('Status: 200') and header(left, 'Set-Cookie').startswith('stile_session=;')
    # The client cannot be notified: no server listens there. The notice is kept for a second attempt.
    deadline = time.monotonic() + PATIENCE
    while not stack.redis('ZRANGE', 'logout_notices', '0', '-1').startswith('2 '):
        assert time.monotonic() < deadline, logout.log.read_text()
        time.sleep(0.1)


def ask_the_rest(functions, issuer):
    metadata, metrics = functions['metadata'], functions['metrics']
    assert body(metadata.get())['issuer'] == issuer
    assert body(metadata.get(DOCUMENT_URI='/.well-known/jwks.json'))['keys']
    assert 'stile_live_grants ' in metrics.get(DOCUMENT_URI='/metrics')
    assert body(metrics.get(DOCUMENT_URI='/health/ready')) == {'status': 'ok'}
    # The functions that have had no request yet; then malformed requests to all.
    for function in functions.values():
        assert function.get('a=%zz', HTTP_COOKIE='stile_session=x', HTTP_AUTHORIZATION='Bearer').startswith('Status: ')
        assert function.post('a=b&a=c', HTTP_AUTHORIZATION='Basic ,').startswith('Status: ')


def test_memcheck():
    """STILE-memory-1 From start to SIGTERM no function makes an invalid memory access or leaks memory."""
    with Stack() as stack, contextlib.ExitStack() as running:
        stack.admin('client', 'add', '--id', 'signed', '--secret', 'x' * 32, '--grant-type', 'client_credentials',
                    '--access-token-alg', 'ES256')
        stack.admin('client', 'update', 'test_client', '--backchannel-logout-uri', 'http://127.0.0.1:1/')
        environment = stack.environment | {'STILE_THREADS': '3', 'STILE_REDIS_TIMEOUT': '60000', 'STILE_REDIS': stack.operator_redis}
        functions = {name: running.enter_context(Function(name, environment, MEMCHECK)) for name in ENDPOINTS}
        code, browser = log_in(functions)
        use_tokens(functions, code)
        log_out(stack, functions['logout'], browser)
        ask_the_rest(functions, stack.environment['STILE_ISSUER'])
        for name, function in functions.items():
            assert function.end() == 0, f'stile-{name}: {function.report}'
            assert function.report == '', f'stile-{name}'
