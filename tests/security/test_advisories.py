"""Vulnerabilities of other servers, tried here: one case for each published one that a server of this kind can have.
Each is described in one line; the families beside this file have the variations."""
import base64
import hashlib
import functools
import os
import signal
import socket
import time

import pytest

import forge
from attacker import ATTACKER, VERIFIER, challenge_of, encode, nothing_issued, refused_at_client, refused_by_nginx
from attacker import refused_with_json, refused_with_page
from race import at_once
from stack import REDIS_NAME


def test_cve_2026_28513_pocket_id_each_check_refuses_independently(stack, web, other):
    """STILE-security-28 a code was refused only when the client was wrong and the code expired"""
    code = stack.code(web)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(other, code), 400, 'invalid_grant')  # wrong client, in time
    stack.redis('DEL', f'code:{{{code[:12]}}}{code[12:18]}')
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, code), 400, 'invalid_grant')  # right client, too late


def test_ghsa_xqxv_4jc2_x56x_zitadel_grants_are_bound_to_their_client(stack, web, other):
    """STILE-security-28 codes and refresh tokens worked for any client"""
    code, tokens = stack.code(web), stack.tokens(web)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(other, code), 400, 'invalid_grant')
        refused_with_json(stack.refresh(other, tokens['refresh_token']), 400, 'invalid_grant')


def test_cve_2026_47386_nocodb_one_winner_of_a_code(stack, web):
    """STILE-security-28 the code was read, and marked as used afterwards"""
    code = stack.code(web)
    answers = at_once([lambda: stack.redeem(web, code)] * 16)
    assert [answer.status for answer in answers].count(200) == 1


def test_cve_2026_1035_keycloak_one_winner_of_a_refresh_token(stack, web):
    """STILE-security-28 the check for reuse and the rotation were two steps"""
    token = stack.tokens(web)['refresh_token']
    answers = at_once([lambda: stack.refresh(web, token)] * 16)
    assert [answer.status for answer in answers].count(200) == 1


def test_cve_2026_9802_keycloak_a_used_refresh_token_stays_used_after_a_restart(strict):
    """STILE-security-28 used tokens were recorded in memory; here they are recorded in Redis, with absolute times"""
    client, watcher = strict.client(), strict.client('--introspect', 'any', '--grant-type', 'client_credentials')
    strict.admin('user', 'add', 'alice', '--password', 'alice')
    first = strict.tokens(client)
    second = strict.refresh(client, first['refresh_token']).json
    (process,) = [pid for pid, name in strict.processes() if name == REDIS_NAME]
    os.kill(process, signal.SIGKILL)
    strict.disconnect()
    deadline = time.monotonic() + 60
    while strict.introspect(watcher, second['access_token']).status != 200:  # its supervisor starts it again
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert strict.is_active(watcher, second['access_token'])
    with nothing_issued(strict):
        refused_with_json(strict.refresh(client, first['refresh_token']), 400, 'invalid_grant')
    assert not strict.is_active(watcher, second['access_token'])


def test_cve_2026_7571_keycloak_nothing_of_the_request_comes_back_from_the_browser(stack, web):
    """STILE-security-3 the flow's parameters were restored from data that the client held"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    assert set(browser.cookies) == {'stile_session', 'stile_request_' + target.rpartition('=')[2]}
    answer = browser.approve(target + '&response_type=token&redirect_uri=' + ATTACKER, response_type='token',
                             redirect_uri=ATTACKER)
    assert answer.location.startswith(web.redirect_uri + '?') and 'access_token' not in answer.location


def test_cve_2026_9689_keycloak_the_checked_value_is_the_used_one(stack, web):
    """RFC6749-3.1-11 one value of a repeated parameter was validated and the other one used"""
    for pair in ((web.redirect_uri, ATTACKER), (ATTACKER, web.redirect_uri)):
        target = stack.request_of(web, redirect_uri=None) + ''.join('&' + encode({'redirect_uri': uri}) for uri in pair)
        refused_with_page(stack.browser('alice').get(target))


def test_cve_2026_4634_keycloak_a_long_scope_costs_a_stranger_nothing(stack, web):
    """STILE-security-29 the scope is bounded before it is split at token, and parsed after the client is known"""
    for scope in ('a ' * 15_000, 'a' * 60_000):
        refused_with_json(stack.post('/oauth/token', {'grant_type': 'client_credentials', 'scope': scope}), 401,
                          'invalid_client')
        refused_with_json(stack.refresh(web, 'a' * 48, scope=scope), 400, 'invalid_request')


def test_cve_2026_0976_keycloak_matrix_parameters_reach_no_function(stack):
    """STILE-flow-36 ;matrix in a path was seen differently by proxy and server"""
    for path in ('/oauth/authorize;x', '/oauth;x/authorize', '/oauth/token;sid=1', '/login;.css', '/approve;x=y'):
        refused_by_nginx(stack.send('GET', path), 404)


def test_cve_2026_9798_keycloak_every_way_to_check_a_password_counts(stack, web):
    """STILE-security-25 another flow ignored the lock; here all share one check, and the password grant is off"""
    refused_with_json(stack.token(web, grant_type='password', username='alice', password='alice'), 400,
                      'unsupported_grant_type')


def test_cve_2024_4629_keycloak_simultaneous_guesses_are_counted(strict):
    """STILE-flow-16 the counter was read before and written after the check"""
    client = strict.client()
    ready = []
    for _ in range(16):
        browser = strict.browser()
        target = browser.begin(client)
        fields = {'csrf_token': browser.get(target).csrf_token, 'username': 'ivan', 'password': 'x'}
        ready.append(functools.partial(browser.post, target, fields))
    answers = at_once(ready)
    # Ten are free, and the eleventh starts a wait of a second; on a slow machine one more may succeed after it.
    assert 10 <= [answer.status for answer in answers].count(403) <= 14
    assert {answer.status for answer in answers} == {403, 429}


def test_cve_2024_4540_keycloak_no_parameter_in_a_cookie(stack, web):
    """STILE-security-3"""
    browser = stack.browser()
    browser.begin(web, state='the-state', scope='profile')
    for value in browser.cookies.values():
        assert 'state' not in value and 'profile' not in value and len(value) == 24


@pytest.mark.parametrize('uri', ['https://client.example/callback/../../x', 'https://client.example/callback*',
                                 'https://client.example/call%62ack', 'http://localhost/callback',
                                 'https://client.example/callback?x',
                                 'https://client.example\\@attacker.example/callback'])
def test_cve_2023_6134_cve_2024_8883_keycloak_six_ways_around_a_redirect_uri(stack, web, uri):
    """RFC9700-2.1-1 wildcards, comparison in two steps, traversal, exceptions for localhost"""
    refused_with_page(stack.send('GET', stack.request_of(web, redirect_uri=uri)))


def test_cve_2023_6927_keycloak_form_post_escapes(stack, web):
    """STILE-security-15 response_mode=form_post put the state into a page without escaping it"""
    browser = stack.browser('alice')
    answer = browser.approve(browser.begin(web, response_mode='form_post', state='"><script>alert(1)</script>'))
    assert answer.status == 200 and '<script>alert' not in answer.body
    assert 'name="state" value="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in answer.body
    assert answer.body.count('<script>') == 1 and "'unsafe" not in answer.header('content-security-policy')


def test_cve_2024_1249_keycloak_no_page_listens_to_messages(answers):
    """STILE-flow-30 a session iframe took messages of any origin"""
    for name, answer in answers.items():
        assert 'postmessage' not in answer.body.lower() and 'addeventlistener' not in answer.body.lower(), name


def test_cve_2020_15234_fosite_case_counts(stack, web):
    """RFC9700-2.1-1"""
    for uri in (web.redirect_uri.upper(), web.redirect_uri.replace('callback', 'Callback')):
        refused_with_page(stack.send('GET', stack.request_of(web, redirect_uri=uri)))


def test_cve_2020_15233_fosite_the_loopback_exception_is_the_port(stack):
    """RFC8252-7.3-6 the query could be overridden"""
    client = stack.client('--public', redirect_uri='http://127.0.0.1/cb?a=1')
    assert stack.browser().begin(client, redirect_uri='http://127.0.0.1:7777/cb?a=1').startswith('/login?')
    for uri in ('http://127.0.0.1:7777/cb?a=2', 'http://127.0.0.1:7777/cb', 'http://127.0.0.1:7777/cb?a=1&b=2'):
        refused_with_page(stack.send('GET', stack.request_of(client, redirect_uri=uri)))


def test_cve_2020_15222_fosite_assertions_are_not_taken_at_all(stack, web):
    """STILE-security-30 client assertions could be replayed; here they are not accepted"""
    header, claims = forge.encode({'alg': 'none'}), forge.encode({'iss': web.id, 'sub': web.id, 'aud': stack.base})
    fields = {'grant_type': 'authorization_code', 'code': stack.code(web), 'redirect_uri': web.redirect_uri,
              'client_assertion_type': 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
              'client_assertion': f'{header}.{claims}.'}
    for more in ({}, {'client_id': web.id}):
        with nothing_issued(stack):
            refused_with_json(stack.post('/oauth/token', fields | more), 401, 'invalid_client')


def test_hydra_issue_753_a_consent_belongs_to_the_browser_that_began_it(stack, web):
    """STILE-flow-11 the victim approved the attacker's request, the attacker collected the code"""
    attacker, victim = stack.browser('bob'), stack.browser('alice')
    refused_with_page(victim.get(attacker.begin(web)))


def test_cve_2023_48228_authentik_a_verifier_may_not_be_left_out(stack, spa, web):
    """RFC9700-2.1.1-12"""
    code = stack.code(spa)
    refused_with_json(stack.redeem(spa, code), 400, 'invalid_grant')
    code = stack.code(web, code_challenge=challenge_of(VERIFIER), code_challenge_method='S256')
    refused_with_json(stack.redeem(web, code), 400, 'invalid_grant')
    refused_with_json(stack.redeem(web, code, code_verifier=''), 400, 'invalid_grant')


def test_cve_2026_48717_openam_no_other_way_to_redeem_goes_around_pkce(stack, spa):
    """RFC9700-2.1.1-12"""
    code = stack.code(spa)
    for path in ('/oauth/token', '/oauth/tokenize'):
        for fields in ({}, {'code_challenge_method': 'plain', 'code_verifier': challenge_of(VERIFIER)},
                       {'code_verifier': 'x' * 43}, {'response_type': 'code'}):
            answer = stack.post(path, {'grant_type': 'authorization_code', 'code': code, 'client_id': spa.id,
                                       'redirect_uri': spa.redirect_uri} | fields)
            refused_with_json(answer, 400, 'invalid_grant')


def test_cve_2023_34246_doorkeeper_a_public_client_is_never_approved_silently(stack, spa):
    """STILE-flow-28"""
    browser = stack.browser('alice')
    browser.approve(browser.begin(spa), remember='1')
    with nothing_issued(stack):
        target = browser.begin(spa)
        assert target.startswith('/approve?request=')
        assert browser.get(target).status == 200


def test_cve_2016_6582_doorkeeper_revocation_authenticates_and_revokes(stack, web, spa, watcher):
    """RFC7009-2.1-4"""
    confidential, public = stack.tokens(web)['access_token'], stack.tokens(spa)['access_token']
    refused_with_json(stack.post('/oauth/revoke', {'token': confidential, 'client_id': web.id}), 401, 'invalid_client')
    assert stack.is_active(watcher, confidential)
    assert stack.revoke(spa, public).status == 200
    assert not stack.is_active(watcher, public)


def test_cve_2020_10187_doorkeeper_no_secret_leaves_the_store(stack, web):
    """STILE-security-6"""
    shown = stack.admin('client', 'show', web.id)
    assert web.secret not in shown and '$' not in shown
    assert web.secret not in stack.redis('HGETALL', f'client:{web.id}')
    digest = base64.b64encode(hashlib.sha256(web.secret.encode()).digest()).decode().rstrip('=')
    assert digest not in stack.redis('HGETALL', f'client:{web.id}')  # salted


def test_cve_2026_47203_authelia_one_name_for_the_throttle_and_the_user(strict):
    """STILE-security-25"""
    strict.admin('user', 'add', 'judy', '--password', 'judy')
    client = strict.client()
    for name in ('judy', 'JUDY', 'Judy'):
        browser = strict.browser()
        browser.log_in(browser.begin(client), name, 'wrong')
    assert strict.redis('HGET', 'throttle:login:user:judy', 'attempts') == '3'


def test_cve_2024_25715_glewlwyd_no_redirect_before_the_address_is_proved(stack, web):
    """RFC6749-4.1.2.1-1"""
    for fault in ({}, {'response_type': 'x'}, {'scope': 'x'}, {'client_id': 'nobody'}, {'response_type': None}):
        refused_with_page(stack.send('GET', stack.request_of(web, **{'redirect_uri': ATTACKER} | fault)))


@pytest.mark.parametrize('path', ['/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/oauth/..%2f..%2fetc/passwd',
                                  '/static/%2e%2e%2fetc/passwd', '/login/../../../../etc/passwd',
                                  '/\\..\\..\\etc/passwd'])
def test_cve_2022_29967_glewlwyd_no_file_is_named_by_a_request(stack, path):
    """STILE-flow-36"""
    assert stack.send('GET', path).status in (400, 404)
    assert 'root:' not in stack.send('GET', path).body


@pytest.mark.parametrize('value', ['A' * 100_001, '%00' * 5000, 'Basic ' + '=' * 9000, 'Basic ' + 'A' * 30_000,
                                   'Basic \xff\xfe\xfd', 'Basic Og==', 'Basic ' + 'AAAA' * 3000],
                         ids=['long', 'percent', 'padding', 'long-basic', 'bytes', 'colon', 'nuls'])
def test_cve_2021_40818_glewlwyd_decoded_input_is_bounded(stack, value):
    """STILE-security-29 buffer overflows while parsing base64"""
    answer = stack.send('POST', '/oauth/token', encode({'grant_type': 'client_credentials'}), {'Authorization': value})
    if len(value) > 32_000:
        refused_by_nginx(answer)  # more than its buffers take
    else:
        refused_with_json(answer, 401, 'invalid_client')
    refused_with_json(stack.send('POST', '/oauth/token', b''), 400, 'invalid_request')  # the function is still there


def test_cve_2021_45379_glewlwyd_users_cannot_extend_their_rights(stack, web):
    """STILE-security-31 the command line is the only way to change clients and users"""
    for path in ('/oauth/register', '/register', '/admin', '/api/user', '/oauth/clients', f'/client/{web.id}'):
        for method in ('GET', 'POST', 'PUT', 'DELETE'):
            answer = stack.send(method, path, b'' if method != 'GET' else None, web.headers)
            refused_by_nginx(answer, 404 if method == 'GET' else answer.status)
            assert answer.status in (404, 405)


def test_cve_2026_28498_authlib_an_unknown_algorithm_verifies_nothing(stack, web):
    """RFC8725-3.1-2"""
    service = stack.client('--grant-type', 'client_credentials', '--access-token-alg', 'ES256')
    token = stack.token(service, grant_type='client_credentials').json['access_token']
    header = forge.encode({'alg': 'XX999', 'typ': 'at+jwt'})
    assert stack.call_api(f'{header}.{token.split(".")[1]}.{token.split(".")[2]}').status == 401


def test_ts_oauth2_server_2026_introspection_believes_no_unverified_jwt(stack, watcher):
    """STILE-security-26"""
    header = forge.encode({'alg': 'HS256', 'typ': 'JWT'})
    claims = forge.encode({'iss': stack.base, 'sub': 'admin', 'jti': 'a' * 18, 'exp': 2 ** 40})
    assert stack.introspect(watcher, f'{header}.{claims}.AAAA').json == {'active': False}


def test_authup_2026_revocation_does_not_depend_on_a_cache(stack, web, watcher):
    """STILE-security-27 after the cache was flushed revocation did nothing and reported success"""
    token = stack.tokens(web)['access_token']
    stack.redis('FUNCTION', 'FLUSH')
    assert stack.revoke(web, token).status == 503
    stack.admin('library', 'load')
    assert stack.revoke(web, token).status == 200
    assert not stack.is_active(watcher, token)


def test_oidc_provider_9_13_3_every_page_bears_a_request_without_cookies(stack):
    """STILE-flow-12 a page without a session gave a 500"""
    for method in ('GET', 'POST', 'HEAD', 'PUT'):
        for path in ('/login', '/approve', '/oauth/authorize'):
            assert stack.send(method, path, b'' if method == 'POST' else None).status in (400, 405)


def test_a_state_of_7_kilobytes_fits_behind_nginx(stack, web):
    """STILE-flow-6 nginx's default buffers gave a 502"""
    browser = stack.browser('alice')
    state = '%' * 7000  # three bytes each in Location
    assert browser.approve(browser.begin(web, state=state)).returned['state'] == state
    refused_at_client(stack.send('GET', stack.request_of(web, scope='x', state=state)), web, stack, 'invalid_scope', state)


def test_github_2019_a_head_request_approves_nothing(stack, web):
    """STILE-flow-22"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    with nothing_issued(stack):
        answer = browser.send('HEAD', f'{target}&approval=1&csrf_token={browser.get(target).csrf_token}')
    assert (answer.status, answer.location) == (405, None)


def test_covert_redirect_session_poisoning_by_a_second_tab(stack, web, other):
    """STILE-flow-37 each request has its own state, not the session"""
    browser = stack.browser('alice')
    first = browser.begin(web, scope='email', state='first')
    browser.begin(other, scope='openid profile email', state='second')
    returned = browser.approve(first).returned
    assert (returned['state'], returned['scope']) == ('first', 'email')
    assert stack.redeem(web, returned['code']).status == 200


def test_hidden_attack_vectors_no_address_of_a_request_is_fetched(stack, web):
    """STILE-security-4 SSRF by request_uri, logo_uri, jwks_uri, sector_identifier_uri"""

    with socket.socket() as listener:
        listener.bind(('127.0.0.1', 0))
        listener.listen()
        listener.setblocking(False)
        uri = f'http://127.0.0.1:{listener.getsockname()[1]}/'
        refused_at_client(stack.send('GET', stack.request_of(web, request_uri=uri)), web, stack, 'request_uri_not_supported')
        names = ('logo_uri', 'jwks_uri', 'sector_identifier_uri', 'initiate_login_uri', 'client_id_uri')
        assert stack.browser().begin(web, **{name: uri for name in names}).startswith('/login?')
        refused_with_page(stack.send('GET', '/oauth/authorize?' + encode({'client_id': uri, 'response_type': 'code'})))
        stack.post('/oauth/token', {name: uri for name in names} | {'grant_type': uri, 'client_id': web.id})
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_aioauth_example_a_wrong_password_does_not_log_in(stack, web):
    """STILE-flow-13 a Python `and` between two conditions left the password unchecked"""
    browser = stack.browser()
    with nothing_issued(stack):
        assert browser.log_in(browser.begin(web), 'alice', 'anything').status == 403
