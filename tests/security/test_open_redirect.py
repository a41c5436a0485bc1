"""Open redirects: no redirect before client and redirect URI are proved (RFC 9700 §4.11)."""
import pytest

from attacker import ATTACKER, REDIRECT_URI, encode, nothing_issued, refused_at_client, refused_by_nginx, refused_with_page

UNKNOWN_CLIENTS = {
    'unknown': 'nobody', 'none': None, 'empty': '', 'case': 'CLIENT-1', 'space': 'client-1 ', 'nul': 'client-1\0',
    'wildcard': '*', 'glob': 'client-?', 'path': '../client-1', 'redis-key': 'client:client-1', 'newline': 'client-1\n',
    'sql': "' OR 1=1 --", 'url': 'https://attacker.example', 'too-long': 'a' * 129, 'unicode': 'cl\u0456ent-1',
    'array': '["client-1"]', 'braces': '{client-1}',
}


@pytest.mark.parametrize('client_id', UNKNOWN_CLIENTS)
def test_an_unknown_client_causes_no_redirect(stack, web, client_id):
    """RFC6749-4.1.2.1-1"""
    for redirect_uri in (REDIRECT_URI, ATTACKER):
        with nothing_issued(stack):
            refused_with_page(stack.send('GET', stack.request_of(web, client_id=UNKNOWN_CLIENTS[client_id],
                                                                 redirect_uri=redirect_uri)))


def test_another_clients_redirect_uri_is_refused(stack, spa, web):
    """RFC9700-2.1-1"""
    refused_with_page(stack.send('GET', stack.request_of(web, redirect_uri=spa.redirect_uri)))


def test_a_removed_clients_address_is_forgotten(stack):
    """STILE-flow-29"""
    client = stack.client()
    stack.admin('client', 'remove', client.id)
    refused_with_page(stack.send('GET', stack.request_of(client)))


def test_a_request_parked_by_a_client_that_was_removed_leads_nowhere(stack):
    """STILE-flow-29"""
    client, browser = stack.client(), stack.browser('alice')
    target = browser.begin(client)
    token = browser.get(target).csrf_token
    stack.admin('client', 'remove', client.id)
    with nothing_issued(stack):
        refused_with_page(browser.post(target, {'csrf_token': token, 'approval': '1'}))
        refused_with_page(browser.post(target, {'csrf_token': token, 'approval': '0'}))


def test_a_request_whose_redirect_uri_was_removed_is_not_redirected(stack):
    """RFC6749-3.1.2.3-3"""
    client, browser = stack.client(), stack.browser('alice')
    target = browser.begin(client)
    token = browser.get(target).csrf_token
    stack.redis('HSET', f'client:{client.id}', 'redirect_uris', 'https://client.example/new')
    with nothing_issued(stack):
        refused_with_page(browser.post(target, {'csrf_token': token, 'approval': '1'}))


# Errors of an unproved request stay here ----------------------------------------------------------------------------

BROKEN = {
    'state-twice': '&state=a&state=b', 'client-twice': '&client_id=x', 'malformed-escape': '&x=%zz',
    'escape-cut-off': '&x=%4', 'too-many': '&a' * 200, 'state-too-long': '&state=' + 'a' * 8000,
    'state-with-newline': '&state=%0d%0aLocation:%20https://attacker.example', 'state-with-nul': '&state=%00',
    'state-of-unicode': '&state=%e2%80%ae',
}


@pytest.mark.parametrize('fault', BROKEN)
def test_a_malformed_request_is_a_page_even_for_a_registered_uri(stack, web, fault):
    """STILE-flow-5"""
    with nothing_issued(stack):
        refused_with_page(stack.send('GET', stack.request_of(web, state=None) + BROKEN[fault]))


# Pages that are given an address ------------------------------------------------------------------------------------

ADDRESSES = {
    'absolute': 'https://attacker.example', 'scheme-relative': '//attacker.example', 'backslash': '/\\attacker.example',
    'three-slashes': '///attacker.example', 'javascript': 'javascript:alert(1)', 'userinfo': '@attacker.example',
    'dot': '.attacker.example', 'newline': 'x\r\nLocation: https://attacker.example', 'tab': '/\t/attacker.example',
    'encoded-slash': '%2f%2fattacker.example', 'glob': '*', 'empty': '', 'redis-key': 'request:{aaaaaaaaaaaa}',
    'other-page': '../oauth/authorize', 'twelve-characters': 'aaaaaaaaaaaa', 'nul': 'aaaaaaaaaaaa\0',
}


@pytest.mark.parametrize('path', ['/login', '/approve'])
@pytest.mark.parametrize('address', ADDRESSES)
def test_no_page_takes_an_address_for_a_request(stack, path, address):
    """RFC6749-4.1.2.1-1"""
    refused_with_page(stack.browser('alice').get(f'{path}?' + encode({'request': ADDRESSES[address]})))


@pytest.mark.parametrize('name', ['next', 'return_to', 'redirect', 'redirect_uri', 'url', 'continue', 'ReturnUrl',
                                  'prompt', 'goto', 'post_logout_redirect_uri'])
def test_no_page_takes_another_parameter_for_an_address(stack, web, name):
    """RFC6749-3.1-10"""
    browser = stack.browser()
    target = browser.begin(web)
    with_address = f'{target}&{name}=//attacker.example'
    if name != 'prompt':
        consent = target.replace('/login', '/approve')
        assert browser.log_in(with_address, 'alice', **{name: ATTACKER}).location == consent
        approved = browser.approve(f'{consent}&{name}={ATTACKER}', **{name: ATTACKER})
        assert approved.location.startswith(REDIRECT_URI + '?')
    else:
        assert 'attacker' not in (browser.get(with_address).location or '')


def test_the_login_sends_to_no_other_page_than_consent(stack, web):
    """STILE-flow-19"""
    browser = stack.browser()
    target = browser.begin(web)
    assert browser.log_in(target, 'alice').location == target.replace('/login', '/approve')


PATHS = {
    'double-slash': '//attacker.example', 'backslash': '/%5cattacker.example', 'dots': '/x/..//attacker.example/',
    'encoded-slashes': '/%2f%2fattacker.example', 'slash-after-page': '/login/', 'slash-after-authorize':
    '/oauth/authorize/', 'matrix': '/oauth/authorize;x=//attacker.example', 'php': '/oauth/authorize.php',
}


@pytest.mark.parametrize('path', PATHS)
def test_no_path_becomes_a_redirect(stack, path):
    """STILE-flow-36"""
    refused_by_nginx(stack.send('GET', PATHS[path] + '?x'), 404)


def test_an_absolute_request_line_becomes_no_redirect(stack, web):
    """STILE-security-2"""
    answer = stack.send('GET', 'http://attacker.example' + stack.request_of(web))
    assert answer.status == 303
    assert answer.location.startswith('/login?request=')


# Tampering with what the server keeps -------------------------------------------------------------------------------

TAMPERED = {
    'redirect_uri': ATTACKER, 'client_id': 'demo', 'scope': 'openid profile email admin', 'state': 'attackers',
    'code_challenge': 'a' * 43, 'response_type': 'token', 'response_mode': 'form_post', 'username': 'bob', 'sub': 'bob',
    'code': 'a' * 42, 'iss': ATTACKER,
}


@pytest.mark.parametrize('name', TAMPERED)
def test_the_response_uses_only_the_parked_request(stack, web, watcher, name):
    """STILE-security-3"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    answer = browser.approve(f'{target}&{name}={TAMPERED[name].replace(" ", "+")}', **{name: TAMPERED[name]})
    assert answer.status == 303
    assert answer.location.startswith(REDIRECT_URI + '?')
    code = answer.returned['code']
    assert answer.returned == {'state': 'somestate', 'scope': 'email', 'iss': stack.base, 'code': code}
    tokens = stack.redeem(web, code).json
    told = stack.introspect(watcher, tokens['access_token']).json
    assert (told['client_id'], told['sub'], told['scope']) == (web.id, 'alice', 'email')


def test_the_authorization_endpoint_fetches_no_address_that_a_request_names(stack, web):
    """STILE-security-4"""
    for name in ('jwks_uri', 'logo_uri', 'id_token_hint'):
        target = stack.browser().begin(web, **{name: 'http://127.0.0.1:1/'})
        assert target.startswith('/login?request=')
    for name in ('request_uri', 'request', 'registration'):
        answer = stack.send('GET', stack.request_of(web, **{name: 'http://127.0.0.1:1/'}))
        refused_at_client(answer, web, stack, name + '_not_supported')
