"""The lines of RFC 9700 and of ASVS 5.0 V3, V6, V7, V10 that the families beside this file do not cover; each case is
named after its section. The comments say which family covers which line."""
import pathlib
import re

import pytest

from attacker import VERIFIER, Client, RunningStack, challenge_of, nothing_issued, refused_at_client, refused_with_json
from attacker import refused_with_page

ROOT = pathlib.Path(__file__).resolve().parents[2]


# RFC 9700 -----------------------------------------------------------------------------------------------------------
# §2.1, §4.1.3 redirect URIs: test_redirect_uri; §4.11: test_open_redirect; §4.7: test_csrf, test_login_csrf;
# §4.4: test_mix_up; §2.1.1, §4.8.2: test_pkce_downgrade; §4.5: test_code_injection; §2.2.2: test_refresh_replay;
# §4.2.4, §4.3.1: test_leaks; §4.16: test_clickjacking; §4.13: test_host_header.

def test_rfc9700_2_1_1_the_server_tells_which_challenges_it_takes(stack):
    """RFC9700-2.1.1-12"""
    document = stack.send('GET', '/.well-known/oauth-authorization-server').json
    assert document['code_challenge_methods_supported'] == ['S256']


def test_rfc9700_2_1_1_pkce_can_be_required_of_all():
    """RFC7636-4.4.1-1"""
    with RunningStack(STILE_REQUIRE_PKCE='on') as stack:
        client = stack.client()
        refused_at_client(stack.send('GET', stack.request_of(client)), client, stack, 'invalid_request')
        pkce = {'code_challenge': challenge_of(VERIFIER), 'code_challenge_method': 'S256'}
        assert stack.browser().begin(client, **pkce).startswith('/login?')


def test_rfc9700_2_1_2_no_token_from_the_authorization_endpoint(stack):
    """RFC9700-2.1.2-1"""
    document = stack.send('GET', '/.well-known/oauth-authorization-server').json
    assert document['response_types_supported'] == ['code']
    assert document['response_modes_supported'] == ['query', 'form_post']


def test_rfc9700_2_2_2_a_refresh_token_that_is_not_used_expires(stack, web):
    """ASVS-V10.4.8-1"""
    tokens = stack.tokens(web)
    token = tokens['refresh_token']
    assert 0 < int(stack.redis('TTL', f'refresh:{{{token[:12]}}}{token[12:18]}')) <= 900
    assert 0 < tokens['refresh_token_expires_in'] <= 900


def test_rfc9700_2_3_a_signed_token_is_for_one_audience(stack):
    """RFC9068-4-1"""
    client = stack.client('--grant-type', 'client_credentials', '--access-token-alg', 'ES256', '--audience',
                          'https://api.example')
    token = stack.token(client, grant_type='client_credentials').json['access_token']
    assert stack.call_api(token).status == 401  # the demo API is another one


def test_rfc9700_2_4_no_password_grant(stack, web):
    """RFC9700-2.4-1"""
    assert 'password' not in stack.send('GET', '/.well-known/oauth-authorization-server').json['grant_types_supported']
    client = stack.client('--grant-type', 'password')
    with nothing_issued(stack):
        refused_with_json(stack.token(client, grant_type='password', username='alice', password='alice'), 400,
                          'unsupported_grant_type')


def test_rfc9700_2_6_metadata_announces_only_what_exists(stack, web):
    """STILE-security-32"""
    document = stack.send('GET', '/.well-known/oauth-authorization-server').json
    assert document['request_uri_parameter_supported'] is False
    for member, path in document.items():
        if member.endswith('_endpoint') or member == 'jwks_uri':
            assert path.startswith(stack.base + '/')
            answer = stack.send('GET', path.removeprefix(stack.base))
            assert answer.status == {'authorization_endpoint': 400, 'jwks_uri': 200, 'userinfo_endpoint': 401,
                                     'end_session_endpoint': 200}.get(member, 405)
    for grant_type in ('authorization_code', 'refresh_token', 'client_credentials', 'password', 'implicit'):
        offered = stack.token(web, grant_type=grant_type).json['error'] != 'unsupported_grant_type'
        assert offered == (grant_type in document['grant_types_supported'])


def test_rfc9700_2_6_no_script_of_another_origin_at_the_authorization_endpoint(stack, web):
    """STILE-cors-4"""
    for method in ('GET', 'OPTIONS', 'POST'):
        answer = stack.send(method, stack.request_of(web), None if method != 'POST' else b'',
                            {'Origin': 'https://attacker.example', 'Access-Control-Request-Method': 'GET'})
        assert not [name for name, _ in answer.headers if name.startswith('access-control')]


def test_rfc9700_4_10_access_tokens_live_short(stack, web):
    """STILE-security-33"""
    tokens = stack.tokens(web)
    assert 0 < tokens['expires_in'] <= 300
    token = tokens['access_token']
    assert 0 < int(stack.redis('TTL', f'access:{{{token[:12]}}}{token[12:18]}')) <= 300


def test_rfc9700_4_12_no_answer_hands_a_password_on(stack, web):
    """RFC9700-4.12-1"""
    browser = stack.browser()
    answer = browser.log_in(browser.begin(web), 'alice')
    assert answer.status == 303
    assert 'alice' not in answer.location


@pytest.mark.parametrize('name', ['admin', 'alice'])
def test_rfc9700_4_15_a_client_is_never_taken_for_a_user(stack, watcher, name):
    """STILE-security-34 no client can be registered with a user's sub as its id. One of an older version has no username in the
    introspection of its own token, and is named to an API as a client"""
    with pytest.raises(AssertionError, match='is or was the sub of a user'):
        stack.admin('client', 'add', '--id', name, '--grant-type', 'client_credentials')
    other = stack.client('--grant-type', 'client_credentials')
    stack.redis('COPY', f'client:{other.id}', f'client:{name}')
    token = stack.token(Client(name, None, other.secret), grant_type='client_credentials').json['access_token']
    told = stack.introspect(watcher, token).json
    greeting = stack.call_api(token).json
    stack.admin('client', 'remove', name)
    assert told['client_id'] == name
    assert 'username' not in told
    assert greeting == {'message': f'Hello, client {name}! This is a protected route.'}


# ASVS V10 -----------------------------------------------------------------------------------------------------------
# 10.4.1: test_redirect_uri; 10.4.2: test_code_replay; 10.4.5: test_refresh_replay; 10.4.6: test_pkce_downgrade;
# 10.6.1: test_mix_up (response types); 10.4.10: test_client_authentication; 10.3.x: test_token_confusion.

def test_asvs_10_4_3_a_code_lives_at_most_ten_minutes(stack, web):
    """RFC6749-4.1.2-4"""
    code = stack.code(web)
    assert 0 < int(stack.redis('TTL', f'code:{{{code[:12]}}}{code[12:18]}')) <= 300
    with pytest.raises(AssertionError):
        with RunningStack(STILE_CODE_TTL=601):
            pass


def test_asvs_10_4_4_a_client_has_the_grants_that_it_was_given(stack):
    """RFC6749-4.1.2.1-6"""
    client = stack.client('--grant-type', 'client_credentials')
    refused_at_client(stack.send('GET', stack.request_of(client)), client, stack, 'unauthorized_client')


def test_asvs_10_4_8_the_absolute_end_of_a_grant(stack, web):
    """ASVS-V10.4.8-1"""
    token = stack.tokens(web)['refresh_token']
    ends = int(stack.redis('HGET', f'grant:{{{token[:12]}}}', 'expires_at'))
    assert 0 < ends - int(stack.redis('TIME').split()[0]) <= 2_592_000


def test_asvs_10_4_11_a_client_without_scopes_is_given_none(stack):
    """STILE-client-credentials-2"""
    client = stack.client('--grant-type', 'client_credentials', scope='')
    assert not stack.token(client, grant_type='client_credentials').json.get('scope')
    refused_with_json(stack.token(client, grant_type='client_credentials', scope='email'), 400, 'invalid_scope')


def test_asvs_10_7_1_consent_is_asked_for_every_request(stack, web):
    """STILE-flow-27"""
    browser = stack.browser('alice')
    for _ in range(3):
        assert 'code' in browser.approve(browser.begin(web)).returned
    with nothing_issued(stack):
        target = browser.begin(web)
        assert browser.get(target).status == 200 and target.startswith('/approve?')


@pytest.mark.parametrize('redirect_uri', ['http://127.0.0.1:5000/cb', 'http://localhost:5000/cb',
                                          'com.example.app:/cb'])
def test_asvs_10_7_1_a_program_on_the_device_is_asked_every_time(stack, redirect_uri):
    """STILE-flow-28"""
    client, browser = stack.client(redirect_uri=redirect_uri), stack.browser('alice')
    browser.approve(browser.begin(client), remember='1')
    assert browser.begin(client).startswith('/approve?')
    assert not [key for key in stack.issued(('consent:',)) if client.id in key]


def test_asvs_10_7_2_the_consent_page_names_client_scopes_and_lifetime(stack):
    """STILE-flow-32"""
    client, browser = stack.client('--name', 'The Application'), stack.browser('alice')
    page = browser.get(browser.begin(client, scope='openid email')).body
    for words in ('The Application', 'alice', 'client.example', '<code>openid</code>', '<code>email</code>', 'minutes'):
        assert words in page
    assert '<code>profile</code>' not in page


# ASVS V3, V6, V7 ----------------------------------------------------------------------------------------------------

def test_asvs_3_2_json_is_not_rendered_as_a_page(answers):
    """STILE-security-15"""
    for name, answer in answers.items():
        kind = answer.header('content-type')
        assert kind in ('application/json', 'text/html; charset=utf-8', 'text/html', None), name
        assert kind or answer.body == '', name


def test_asvs_3_7_no_page_has_a_script(answers):
    """STILE-browser-11"""
    for name, answer in answers.items():
        assert not re.search(r'<script|\son[a-z]+=|javascript:', answer.body), name


def test_asvs_6_2_a_password_of_any_characters_and_length(stack, web):
    """ASVS-V6.2.8-1"""
    for name, password in (('long', 'x' * 1024), ('odd', ' p\u00e4ss w\u00f6rd\U0001f511 %41+&= ')):
        stack.redis('DEL', f'user:{name}')
        stack.admin('user', 'add', name, '--password', password)
        browser = stack.browser()
        assert browser.log_in(browser.begin(web), name, password).status == 303
        browser = stack.browser()
        assert browser.log_in(browser.begin(web), name, password.strip()[1:]).status == 403


def test_asvs_6_2_a_password_field_hides_and_a_manager_may_fill_it(stack, web):
    """ASVS-V6.2.6-1"""
    browser = stack.browser()
    page = browser.get(browser.begin(web)).body
    assert re.search('<input id="password"[^>]* type="password" autocomplete="current-password"', page)


def test_asvs_6_3_guessing_is_slowed_down():
    """RFC6749-4.3.2-3"""
    with RunningStack(STILE_LOGIN_TRIES_PER_USER=2) as stack:
        client = stack.client()
        answers = []
        for _ in range(6):
            browser = stack.browser()
            answers.append(browser.log_in(browser.begin(client), 'admin', 'wrong'))
        assert [answer.status for answer in answers[:3]] == [403, 403, 403]
        assert answers[-1].status == 429
        assert int(answers[-1].header('retry-after')) >= 1


def test_asvs_6_3_an_installation_has_no_demo_account():
    """STILE-security-35"""
    for folder in ('nginx', 'redis', 'shared', 'functions/login', 'functions/token', 'functions/stile'):
        for file in (ROOT / folder).rglob('*'):
            if file.is_file() and file.suffix in ('.cpp', '.h', '.lua', '.conf', '.tpl'):
                text = file.read_text()
                assert 'test_client' not in text and '"admin"' not in text, file


def test_asvs_7_2_a_session_is_a_reference_of_128_bits_and_more(stack):
    """ASVS-V7.2.3-1"""
    session = stack.browser_of_its_own('alice').cookies['stile_session']
    assert re.fullmatch('[0-9A-Za-z]{42}', session)  # 24 of them are the secret: 142 bits


def test_asvs_7_4_a_session_that_ended_on_the_server_is_over(stack, web):
    """ASVS-V7.4.1-1"""
    browser = stack.browser_of_its_own('alice')
    kept = dict(browser.cookies)
    stack.redis('DEL', f'session:{kept["stile_session"][:18]}')
    browser.cookies = kept
    assert browser.begin(web).startswith('/login?')


def test_asvs_7_5_another_account_needs_its_password(stack, web):
    """STILE-flow-19"""
    browser = stack.browser_of_its_own('alice')
    target = browser.begin(web)
    page = browser.get(target.replace('/approve', '/login') + '&prompt=login')
    assert page.status == 200 and 'name="password"' in page.body
    answer = browser.post(target.replace('/approve', '/login'), {'csrf_token': page.csrf_token, 'username': 'bob'})
    assert (answer.status, answer.location) == (400, None)
    assert '<bdi>alice</bdi>' in browser.get(target).body


# The lessons that are nobody's vulnerability but everybody's --------------------------------------------------------

def test_lesson_9_lengths_are_carried(stack, web):
    """STILE-flow-14 a NUL byte does not shorten an id, a secret or a password"""
    refused_with_page(stack.send('GET', stack.request_of(web, client_id=web.id + '\0x')))
    refused_with_json(stack.post('/oauth/token', {'grant_type': 'client_credentials', 'client_id': web.id,
                                                  'client_secret': web.secret + '\0x'}), 400, 'invalid_request')
    browser = stack.browser()
    target = browser.begin(web)
    refused_with_page(browser.post(target, {'csrf_token': browser.get(target).csrf_token, 'username': 'alice',
                                            'password': 'alice\0x'}))


LONG = {'client_id': 129, 'redirect_uri': 2049, 'state': 8000, 'scope': 2049, 'code_challenge': 129,
        'response_type': 65}


@pytest.mark.parametrize('name', LONG)
def test_lesson_9_every_parameter_has_its_bound(stack, web, name):
    """STILE-security-29"""
    answer = stack.send('GET', stack.request_of(web, **{name: 'a' * LONG[name]}))
    if name in ('client_id', 'redirect_uri', 'state'):
        refused_with_page(answer)
    else:
        refused_at_client(answer, web, stack, 'invalid_request')


def test_lesson_15_a_store_that_refuses_is_a_503_and_never_a_success(stack, web):
    """STILE-security-36"""
    tokens, code, browser = stack.tokens(web), stack.code(web), stack.browser('alice')
    given_back = stack.tokens(web)['access_token']
    target = browser.begin(web)
    form = {'csrf_token': browser.get(target).csrf_token, 'approval': '1'}
    # When it is out of memory Redis refuses writes; the requested change has not happened.
    stack.redis('CONFIG', 'SET', 'maxmemory', '1')
    try:
        for answer in (stack.redeem(web, code), stack.refresh(web, tokens['refresh_token'])):
            refused_with_json_503(answer)
        # Revoking needs no memory, and succeeds.
        assert stack.revoke(web, given_back).status == 200
        refused_with_page(browser.post(target, form), 503, 'temporarily_unavailable')
    finally:
        stack.redis('CONFIG', 'SET', 'maxmemory', '0')
    assert stack.redeem(web, code).status == 200
    assert stack.refresh(web, tokens['refresh_token']).status == 200
    assert 'code' in browser.post(target, form).returned


def refused_with_json_503(answer):
    assert (answer.status, answer.json['error']) == (503, 'temporarily_unavailable'), answer
    assert answer.header('retry-after') == '1'


def test_lesson_23_grace_is_a_property_of_the_client(stack, web):
    """STILE-security-11"""
    patient = stack.client('--refresh-grace', '30')
    for client, status in ((patient, 200), (web, 400)):
        token = stack.tokens(client)['refresh_token']
        stack.refresh(client, token)
        assert stack.refresh(client, token).status == status
