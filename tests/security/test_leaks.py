"""Traces after a request: caches, Referer, error pages, versions, logs (RFC 9700 §4.2, §4.3; ASVS V13.4, V14.3)."""
import re

import pytest

from attacker import VERIFIER, encode, refused_by_nginx
from pages import JSON, PAGES, REDIRECTS

EVERYTHING = PAGES + JSON + REDIRECTS


@pytest.mark.parametrize('name', EVERYTHING)
def test_nothing_is_kept_by_a_cache(answers, name):
    """RFC6749-5.1-17"""
    assert answers[name].header('cache-control') == 'no-store'
    for header in ('etag', 'last-modified', 'expires', 'age'):
        assert answers[name].header(header) is None


@pytest.mark.parametrize('name', EVERYTHING)
def test_no_address_goes_on_to_another_site(answers, name):
    """STILE-flow-30"""
    assert answers[name].header('referrer-policy') == 'no-referrer'


@pytest.mark.parametrize('name', EVERYTHING)
def test_no_type_is_guessed(answers, name):
    """STILE-flow-30"""
    assert answers[name].header('x-content-type-options') == 'nosniff'


@pytest.mark.parametrize('name', EVERYTHING)
def test_no_version_and_no_path_is_revealed(stack, answers, name):
    """ASVS-V13.4.6-1"""
    answer = answers[name]
    assert answer.header('server') in (None, 'nginx')
    assert answer.header('x-powered-by') is None
    text = answer.body + str(answer.headers)
    for word in (str(stack.dir), '/usr/', '/tmp/', '.cpp', '.lua', 'redis', 'FCALL', 'terminate', 'std::', 'nginx/'):
        assert word.lower() not in text.lower(), word


@pytest.mark.parametrize('name', PAGES)
def test_no_page_loads_anything_from_elsewhere(answers, name):
    """RFC9700-4.2.4-1"""
    assert not re.search(r'(src|href|action|poster|data)\s*=\s*["\']?(https?:)?//', answers[name].body)
    assert '@import' not in answers[name].body and 'url(' not in answers[name].body


@pytest.mark.parametrize('name', [name for name in REDIRECTS if name != 'to-client'])
def test_no_redirect_carries_a_secret(stack, answers, name):
    """RFC9700-4.3.2-1"""
    location = answers[name].location
    assert 'code' not in answers[name].returned and 'token' not in location.replace('unsupported_response_type', '')
    for cookie in answers[name].all('set-cookie'):
        assert cookie.partition('=')[2].partition(';')[0] not in location


@pytest.mark.parametrize('name', REDIRECTS)
def test_every_redirect_is_a_303(answers, name):
    """RFC9700-4.12-1 307 would repeat the password, 302 leaves it open"""
    assert answers[name].status == 303
    assert answers[name].body == ''


def test_the_parked_parameters_are_in_no_cookie_and_no_address(stack, web):
    """CVE-2024-4540"""
    browser = stack.browser()
    target = browser.begin(web, state='a-secret-state', scope='profile')
    for text in [target, *browser.cookies, *browser.cookies.values()]:
        for parameter in ('a-secret-state', 'profile', web.id, 'client.example'):
            assert parameter not in text


@pytest.mark.parametrize('where', ['query', 'body', 'header-of-another-name', 'cookie', 'basic-password'])
def test_a_protected_location_accepts_tokens_only_in_the_header(stack, web, where):
    """RFC9700-4.3.2-1"""
    token = stack.tokens(web)['access_token']
    target, body, headers = '/demo/api/protected', None, {}
    if where == 'query':
        target += f'?access_token={token}'
    elif where == 'body':
        body = encode({'access_token': token})
    else:
        headers = {'header-of-another-name': {'X-Access-Token': token}, 'cookie': {'Cookie': f'access_token={token}'},
                   'basic-password': {'Authorization': f'Basic {token}'}}[where]
    answer = stack.send('POST' if body else 'GET', target, body, headers)
    assert answer.status == 401
    assert answer.header('www-authenticate') == 'Bearer realm="stile"'


def test_the_client_secret_in_the_query_is_not_read(stack, web):
    """RFC9700-4.3.2-1"""
    answer = stack.send('POST', '/oauth/introspect?' + encode({'client_id': web.id, 'client_secret': web.secret,
                                                               'token': 'x'}), b'')
    assert answer.status == 400 and answer.json['error'] == 'invalid_request'


def test_no_secret_reaches_a_log(stack):
    """STILE-security-18"""
    client, browser = stack.client(secret='a-chosen-client-secret'), stack.browser()
    login = browser.begin(client, state='a-state-nobody-may-log', scope='openid email')
    stack.redis('HSET', 'profile:alice', 'email', '"a-claim-nobody-may-log@example.com"')
    browser.log_in(login, 'alice', 'a-wrong-password-nobody-may-log')
    browser.log_in(login, 'a-password-in-the-wrong-field', 'x')
    browser.log_in(login, 'alice')
    code = browser.approve(login.replace('/login', '/approve')).returned['code']
    first = stack.redeem(client, code).json
    second = stack.refresh(client, first['refresh_token']).json
    assert 'a-claim-nobody-may-log' in stack.userinfo(second['access_token']).body
    stack.post('/oauth/userinfo', {'access_token': second['access_token']})
    stack.send('GET', '/oauth/userinfo?access_token=' + second['access_token'])
    stack.userinfo('a-token-that-was-never-one')
    stack.redis('HDEL', 'profile:alice', 'email')
    stack.redeem(client, code, code_verifier=VERIFIER)
    stack.refresh(client, first['refresh_token'])
    stack.introspect(client, second['access_token'])
    stack.call_api(second['access_token'])
    stack.send('GET', '/demo/api/protected?access_token=' + second['access_token'])
    stack.revoke(client, second['refresh_token'])
    stack.post('/oauth/token', {'grant_type': 'x', 'client_id': client.id, 'client_secret': 'a-wrong-client-secret'})
    secrets = [client.secret, 'a-state-nobody-may-log', 'a-wrong-password-nobody-may-log', 'a-wrong-client-secret',
               'a-password-in-the-wrong-field', 'a-claim-nobody-may-log', 'a-token-that-was-never-one', VERIFIER,
               code[18:]]
    secrets += [browser.cookies['stile_session'][18:], browser.cookies['stile_request_' + login.rpartition('=')[2]]]
    secrets += [tokens[kind][18:] for tokens in (first, second) for kind in ('access_token', 'refresh_token')]
    logs = list((stack.dir / 'log').iterdir())
    assert any(log.stat().st_size for log in logs)
    for log in logs:
        text = log.read_text(errors='replace')
        assert not [secret for secret in secrets if secret in text], log
    keys = stack.redis('KEYS', '*').split()
    stored = [stack.redis('HGETALL', key) for key in keys if stack.redis('TYPE', key) == 'hash'] + keys
    secrets.remove('a-state-nobody-may-log')  # it waits with its request, and is not a secret of Stile
    assert not [secret for secret in secrets for text in stored if secret in text]


def test_a_script_of_another_origin_reads_nothing_of_the_flow(answers):
    """STILE-cors-4"""
    for name in EVERYTHING:
        if not name.startswith('userinfo'):
            assert answers[name].header('access-control-allow-origin') is None, name
        assert answers[name].header('access-control-allow-credentials') is None


def test_cors_responses_allow_no_credentials(stack, spa):
    """STILE-cors-1"""
    for answer in (stack.token(spa, grant_type='refresh_token', refresh_token='x'), stack.revoke(spa, 'x'),
                   stack.send('GET', '/.well-known/oauth-authorization-server'), stack.userinfo('x')):
        assert answer.header('access-control-allow-origin') == '*'
        assert answer.header('access-control-allow-credentials') is None


PATHS = ['/.git/config', '/.env', '/stile.env', '/nginx.conf', '/redis/stile.lua', '/log/functions.log',
         '/server-status', '/nginx_status', '/debug', '/admin', '/swagger', '/.well-known/',
         '/oauth/', '/oauth', '/login.php', '/favicon.ico', '/stile/verify', '/stile/', '/pages/login.tpl',
         '/..%2f..%2fetc/passwd', '/static/../../etc/passwd', '/index.html~', '/too-long']


@pytest.mark.parametrize('path', PATHS)
def test_nothing_else_is_there(stack, path):
    """STILE-flow-36"""
    refused_by_nginx(stack.send('GET', path), 400 if '..' in path else 404)


def test_the_published_keys_have_no_private_members(stack):
    """RFC9068-4-1"""
    keys = stack.send('GET', '/.well-known/jwks.json').json['keys']
    assert keys
    for key in keys:
        assert not {'d', 'p', 'q', 'dp', 'dq', 'qi', 'k', 'oth'} & set(key), key
        assert key['kty'] in ('EC', 'RSA', 'OKP')
