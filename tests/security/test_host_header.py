"""Host, Forwarded and similar headers: the configuration sets the issuer, the connection the address (RFC 9700 §4.13)."""
import jwt
import pytest

from attacker import refused_at_client, refused_by_nginx

HOSTS = {
    'attackers': {'Host': 'attacker.example'},
    'attackers-port': {'Host': 'localhost:1'},
    'userinfo': {'Host': 'localhost@attacker.example'},
    'forwarded-host': {'X-Forwarded-Host': 'attacker.example'},
    'forwarded-server': {'X-Forwarded-Server': 'attacker.example'},
    'forwarded': {'Forwarded': 'for=192.0.2.1;host=attacker.example;proto=https'},
    'forwarded-proto': {'X-Forwarded-Proto': 'https', 'X-Forwarded-Ssl': 'on', 'Front-End-Https': 'on'},
    'forwarded-port': {'X-Forwarded-Port': '1'},
    'forwarded-prefix': {'X-Forwarded-Prefix': '/attacker', 'X-Script-Name': '/attacker', 'X-Original-URL': '/attacker',
                         'X-Rewrite-URL': '/attacker'},
    'http-host': {'HTTP_HOST': 'attacker.example', 'X-Host': 'attacker.example',
                  'X-HTTP-Host-Override': 'attacker.example'},
}


@pytest.fixture(params=HOSTS)
def spoofed(request):
    return HOSTS[request.param]


def test_the_metadata(stack, spoofed):
    """STILE-security-24"""
    usual = stack.send('GET', '/.well-known/oauth-authorization-server')
    for _ in range(2):  # the second one may come from nginx's cache
        answer = stack.send('GET', '/.well-known/oauth-authorization-server', headers=spoofed)
        assert answer.json == usual.json
    assert answer.json['issuer'] == stack.base
    assert 'attacker' not in stack.send('GET', '/.well-known/oauth-authorization-server').body


def test_the_answers_to_the_client(stack, web, spoofed):
    """STILE-security-24"""
    refused = stack.send('GET', stack.request_of(web, scope='admin'), headers=spoofed)
    refused_at_client(refused, web, stack, 'invalid_scope')
    browser = stack.browser('alice')
    target = browser.get(stack.request_of(web), spoofed).location
    answer = browser.post(target, {'csrf_token': browser.get(target, spoofed).csrf_token, 'approval': '1'}, spoofed)
    assert answer.returned['iss'] == stack.base


def test_the_way_through_the_pages(stack, web, spoofed):
    """STILE-security-24"""
    browser = stack.browser()
    answer = browser.get(stack.request_of(web), spoofed)
    assert answer.location.startswith('/login?request=')  # a path: no host at all
    page = browser.get(answer.location, spoofed)
    assert 'attacker' not in page.body
    for cookie in answer.all('set-cookie'):
        assert 'Secure' not in cookie and 'Domain' not in cookie and '__Host' not in cookie
    fields = {'csrf_token': page.csrf_token, 'username': 'alice', 'password': 'alice'}
    answer = browser.post(answer.location, fields, spoofed)
    assert answer.location.startswith('/approve?request=')


def test_the_members_of_introspection(stack, web, spoofed):
    """STILE-security-24"""
    token = stack.tokens(web)['access_token']
    told = stack.post('/oauth/introspect', {'token': token}, web.headers | spoofed).json
    assert (told['iss'], told['aud']) == (stack.base, stack.base)


def test_the_claims_of_a_signed_token(stack, spoofed):
    """STILE-security-24"""

    client = stack.client('--grant-type', 'client_credentials', '--access-token-alg', 'ES256')
    answer = stack.post('/oauth/token', {'grant_type': 'client_credentials'}, client.headers | spoofed)
    claims = jwt.decode(answer.json['access_token'], options={'verify_signature': False})
    assert (claims['iss'], claims['aud']) == (stack.base, stack.base)


def test_no_host_or_two(stack, web):
    """STILE-security-24"""
    refused_by_nginx(stack.send('GET', stack.request_of(web), headers={'Host': ''}))
    answer = stack.send('GET', stack.request_of(web), headers=[('Host', 'localhost'), ('Host', 'attacker.example')])
    assert answer.status == 400 and answer.location is None


ADDRESSES = {
    'forwarded-for': {'X-Forwarded-For': '192.0.2.7'},
    'forwarded-for-list': {'X-Forwarded-For': '192.0.2.7, 192.0.2.8'},
    'real-ip': {'X-Real-IP': '192.0.2.7'},
    'forwarded': {'Forwarded': 'for=192.0.2.7'},
    'client-ip': {'X-Client-IP': '192.0.2.7', 'Client-IP': '192.0.2.7', 'True-Client-IP': '192.0.2.7',
                  'CF-Connecting-IP': '192.0.2.7'},
    'remote-addr': {'REMOTE_ADDR': '192.0.2.7', 'Remote-Addr': '192.0.2.7'},
}


@pytest.mark.parametrize('how', ADDRESSES)
def test_a_guesser_does_not_choose_the_address_that_is_throttled(stack, web, how):
    """STILE-security-25"""
    browser = stack.browser()
    target = browser.begin(web)
    key = 'throttle:login:address:127.0.0.1'
    stack.redis('DEL', key)
    fields = {'csrf_token': browser.get(target).csrf_token, 'username': 'nobody', 'password': 'x'}
    assert browser.post(target, fields, ADDRESSES[how]).status == 403
    assert stack.redis('HGET', key, 'attempts') == '1'
    assert not [name for name in stack.redis('KEYS', 'throttle:*').split() if '192.0.2' in name]


NAMES = {
    'subject': {'X-Stile-Subject': 'admin'}, 'client': {'X-Stile-Client': 'admin'}, 'scope': {'X-Stile-Scope': 'admin'},
    'underscores': {'X_Stile_Subject': 'admin', 'STILE_SCOPE': '', 'HTTP_AUTHORIZATION': 'Bearer x'},
    'fastcgi-names': {'REQUEST_METHOD': 'GET', 'STILE-AUDIENCE': 'x', 'Stile-Scope': ''},
    'remote-user': {'Remote-User': 'admin', 'X-Remote-User': 'admin', 'X-Authenticated-User': 'admin'},
}


@pytest.mark.parametrize('how', NAMES)
def test_headers_cannot_name_a_user_to_the_protected_api(stack, web, how):
    """STILE-security-22"""
    is_refused = any(name.startswith('X-Stile-') for name in NAMES[how])
    assert stack.send('GET', '/demo/api/protected', headers=NAMES[how]).status == (403 if is_refused else 401)
    token = stack.tokens(web, 'alice')['access_token']
    answer = stack.send('GET', '/demo/api/protected', headers={'Authorization': f'Bearer {token}'} | NAMES[how])
    if is_refused:
        assert answer.status == 403 and 'Hello' not in answer.body
        return
    assert answer.json['message'] == 'Hello, alice! This is a protected route.'


@pytest.mark.parametrize('how', NAMES)
def test_headers_cannot_name_a_user_to_the_functions(stack, web, how):
    """STILE-security-22"""
    with_names = stack.browser()
    assert with_names.get(stack.request_of(web), NAMES[how]).location.startswith('/login?request=')
    assert stack.post('/oauth/introspect', {'token': 'x'}, NAMES[how]).status == 401
