"""A scope beyond what was registered, requested or granted (RFC 6749 §3.3, §6; RFC 9700 §2.3)."""
import pytest

from attacker import nothing_issued, refused_at_client, refused_with_json

# The client is registered for: openid profile email
MORE = {
    'another': 'admin',
    'one-more': 'email admin',
    'one-more-first': 'admin email',
    'case': 'Email',
    'upper-case': 'EMAIL',
    'prefix': 'ema',
    'suffix': 'email2',
    'wildcard': '*',
    'wildcard-suffix': 'email*',
    'dot': 'email.write',
    'colon': 'email:write',
    'slash': 'email/admin',
    'comma': 'email,admin',
    'semicolon': 'email;admin',
    'plus-encoded': 'email+admin',
    'two-spaces': 'email  profile',
    'space-after': 'email ',
    'space-before': ' email',
    'tab': 'email\tadmin',
    'newline': 'email\nadmin',
    'nul': 'email\0admin',
    'quote': 'email" admin',
    'backslash': 'email\\ admin',
    'no-break-space': 'email\u00a0admin',
    'full-width': '\uff45mail',
    'zero-width': 'email\u200b',
    'encoded-twice': 'email%20admin',
    'json': '["email","admin"]',
    'offline': 'offline_access',
    'many-words': ' '.join(f's{i}' for i in range(200)),
    'longest': 'a' * 2048,
    'beyond-all-bounds': 'a ' * 5000,
}
# Characters that no parameter may have, and texts that are too long, are refused before the scope is parsed.
MALFORMED = ('tab', 'newline', 'nul', 'no-break-space', 'full-width', 'zero-width', 'beyond-all-bounds')


def error_of(how):
    return 'invalid_request' if how in MALFORMED else 'invalid_scope'


@pytest.mark.parametrize('how', MORE)
def test_at_the_authorization_endpoint(stack, web, how):
    """RFC6749-4.1.2.1-9"""
    with nothing_issued(stack):
        refused_at_client(stack.browser('alice').get(stack.request_of(web, scope=MORE[how])), web, stack, error_of(how))


@pytest.mark.parametrize('how', MORE)
def test_at_a_refresh(stack, web, watcher, how):
    """RFC6749-6-8"""
    tokens = stack.tokens(web)
    with nothing_issued(stack):
        refused_with_json(stack.refresh(web, tokens['refresh_token'], scope=MORE[how]), 400, error_of(how))
    assert stack.is_active(watcher, tokens['refresh_token'])  # nothing is used up by it


@pytest.mark.parametrize('how', MORE)
def test_at_client_credentials(stack, service, how):
    """STILE-client-credentials-1"""
    with nothing_issued(stack):
        refused_with_json(stack.token(service, grant_type='client_credentials', scope=MORE[how]), 400, error_of(how))


@pytest.fixture(scope='module')
def service(stack):
    return stack.client('--grant-type', 'client_credentials', scope='openid profile email')


def test_a_registered_scope_that_was_not_granted_is_not_refreshed(stack, web):
    """RFC6749-6-8"""
    tokens = stack.tokens(web, scope='email')
    for scope in ('profile', 'email profile', 'openid profile email'):
        with nothing_issued(stack):
            refused_with_json(stack.refresh(web, tokens['refresh_token'], scope=scope), 400, 'invalid_scope')


def test_a_narrowed_access_token_has_no_more_than_it_was_narrowed_to(stack, web, watcher):
    """RFC6749-6-8"""
    tokens = stack.tokens(web, scope='openid email')
    narrowed = stack.refresh(web, tokens['refresh_token'], scope='email').json
    assert narrowed['scope'] == 'email'
    assert stack.introspect(watcher, narrowed['access_token']).json['scope'] == 'email'


def test_narrowing_does_not_add_a_scope(stack, web):
    """RFC6749-6-19"""
    tokens = stack.tokens(web, scope='openid email')
    narrowed = stack.refresh(web, tokens['refresh_token'], scope='email').json
    refused_with_json(stack.refresh(web, narrowed['refresh_token'], scope='openid email profile'), 400, 'invalid_scope')
    again = stack.refresh(web, narrowed['refresh_token'], scope='openid email').json
    assert again['scope'] == 'openid email'


def test_the_token_request_cannot_widen_a_code(stack, web, watcher):
    """RFC6749-6-8"""
    answer = stack.redeem(web, stack.code(web, scope='email'), scope='openid profile email admin')
    assert answer.json['scope'] == 'email'
    assert stack.introspect(watcher, answer.json['access_token']).json['scope'] == 'email'


def test_a_remembered_consent_covers_only_its_scope(stack):
    """STILE-flow-26"""
    client, browser = stack.client(), stack.browser('alice')
    browser.approve(browser.begin(client, scope='email'), remember='1')
    assert 'code' in browser.get(stack.request_of(client, scope='email')).returned
    for scope in ('profile', 'email profile', None):
        with nothing_issued(stack):
            assert browser.get(stack.request_of(client, scope=scope)).location.startswith('/approve?request=')


def test_a_remembered_consent_is_valid_for_one_user(stack):
    """STILE-flow-26"""
    client = stack.client()
    alice = stack.browser('alice')
    alice.approve(alice.begin(client), remember='1')
    with nothing_issued(stack):
        assert stack.browser('bob').get(stack.request_of(client)).location.startswith('/approve?request=')


def test_a_remembered_consent_is_valid_for_one_client(stack):
    """STILE-flow-26"""
    client, another, browser = stack.client(), stack.client(), stack.browser('alice')
    browser.approve(browser.begin(client), remember='1')
    assert browser.get(stack.request_of(another)).location.startswith('/approve?request=')


def test_a_scope_that_was_withdrawn_from_the_client_is_not_asked_for_again(stack):
    """RFC6749-4.1.2.1-9"""
    client, browser = stack.client(), stack.browser('alice')
    browser.approve(browser.begin(client, scope='openid email'), remember='1')
    stack.redis('HSET', f'client:{client.id}', 'scope', 'email')
    with nothing_issued(stack):
        refused_at_client(browser.get(stack.request_of(client, scope='openid email')), client, stack, 'invalid_scope')


@pytest.mark.parametrize('grant_type', ['password', 'implicit', 'urn:ietf:params:oauth:grant-type:jwt-bearer',
                                        'urn:ietf:params:oauth:grant-type:token-exchange',
                                        'urn:ietf:params:oauth:grant-type:device_code', 'Authorization_Code',
                                        'authorization_code ', 'refresh_token authorization_code', '*'])
def test_a_grant_type_that_is_not_offered(stack, web, grant_type):
    """RFC6749-5.2-3"""
    code = stack.code(web)
    with nothing_issued(stack):
        refused_with_json(stack.token(web, grant_type=grant_type, code=code, redirect_uri=web.redirect_uri,
                                      username='alice', password='alice'), 400, 'unsupported_grant_type')


def test_a_grant_type_that_the_client_was_not_registered_for(stack, web, service):
    """RFC6749-5.2-4"""
    with nothing_issued(stack):
        refused_with_json(stack.token(web, grant_type='client_credentials'), 400, 'unauthorized_client')
        refused_with_json(stack.token(service, grant_type='refresh_token', refresh_token='a' * 48), 400,
                          'unauthorized_client')
        refused_with_json(stack.token(service, grant_type='authorization_code', code='a' * 42), 400,
                          'unauthorized_client')


def test_a_public_client_has_no_credentials_to_act_for_itself(stack, spa):
    """RFC6749-4.4-1"""
    stack.redis('HSET', f'client:{spa.id}', 'grant_types', 'authorization_code refresh_token client_credentials')
    try:
        with nothing_issued(stack):
            refused_with_json(stack.token(spa, grant_type='client_credentials'), 400, 'unauthorized_client')
    finally:
        stack.redis('HSET', f'client:{spa.id}', 'grant_types', 'authorization_code refresh_token')


def test_a_client_that_may_not_refresh_gets_no_refresh_token(stack):
    """RFC6749-5.2-4"""
    client = stack.client('--grant-type', 'authorization_code')
    assert 'refresh_token' not in stack.tokens(client)
