"""oidcc-basic-certification-test-plan and, the same modules with response_mode=form_post, oidcc-formpost-basic. The
checks of every response are in relying_party.py; a test has the further checks of its module."""
import hashlib
import json
import secrets
import time

import jwt
import pytest

from person import LOGIN
from provider import CLAIMS
from relying_party import REDIRECT_URI, RelyingParty, base64url


@pytest.fixture(scope='session', params=[None, 'form_post'], ids=['default', 'form_post'])
def rp(request, provider, website):
    return RelyingParty(provider, website, response_mode=request.param)


def wait_until(moment):
    """The modules wait."""
    time.sleep(max(0, moment - time.time()))


def is_the_same(first, second):
    return (first.claims['sub'], first.claims['auth_time']) == (second.claims['sub'], second.claims['auth_time'])


# oidcc-codereuse-30seconds waits while the other modules run.
@pytest.fixture(scope='session')
def used_codes():
    return {}


def test_oidcc_server(rp, person, used_codes):
    """oidcc-server: code, token, id_token and userinfo, each as the standard requires."""
    login = rp.log_in(person)
    assert set(login.userinfo) == {'sub'}
    used_codes[rp.response_mode] = (login, time.time())


def test_oidcc_response_type_missing(rp, person):
    """oidcc-response-type-missing: the client is told invalid_request or unsupported_response_type."""
    rp.be_refused(person, 'invalid_request', 'unsupported_response_type', response_type=None)


def test_oidcc_idtoken_signature(rp, person):
    """oidcc-idtoken-signature: a client without a registered algorithm gets RS256, and the kid of the key."""
    header = jwt.get_unverified_header(rp.log_in(person).tokens['id_token'])
    assert header['alg'] == 'RS256' and header['kid'] in rp.keys


def test_oidcc_idtoken_unsigned(rp):
    """oidcc-idtoken-unsigned: alg none is not supported, so the suite skips the module."""
    assert 'none' not in rp.provider['id_token_signing_alg_values_supported']


def test_oidcc_userinfo_get(rp, person):
    """oidcc-userinfo-get: by GET."""
    login = rp.log_in(person)
    rp.check_userinfo(rp.ask_userinfo(login.tokens['access_token'], 'GET'), login.claims['sub'])


def test_oidcc_userinfo_post_header(rp, person):
    """oidcc-userinfo-post-header: by POST, the token in the header."""
    login = rp.log_in(person)
    rp.check_userinfo(rp.ask_userinfo(login.tokens['access_token'], 'POST'), login.claims['sub'])


def test_oidcc_userinfo_post_body(rp, person):
    """oidcc-userinfo-post-body: by POST, the token in the body."""
    login = rp.log_in(person)
    rp.check_userinfo(rp.ask_userinfo(login.tokens['access_token'], 'POST', 'body'), login.claims['sub'])


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(rp, person):
    """oidcc-ensure-request-without-nonce-succeeds-for-code-flow: and the id_token has none then."""
    assert 'nonce' not in rp.log_in(person, nonce=None).claims


def check_claims(login, scopes):
    """Userinfo has exactly the claims that the scopes request, and the ID token has none of them (Core §5.4)."""
    asked = {name: value for scope in scopes for name, value in CLAIMS[scope].items()}
    assert login.userinfo == {'sub': login.claims['sub']} | asked
    assert not set(asked) & set(login.claims)


def test_oidcc_scope_profile(rp, person):
    """oidcc-scope-profile: the claims of the scope are in the userinfo."""
    check_claims(rp.log_in(person, scope='openid profile'), ['profile'])


def test_oidcc_scope_email(rp, person):
    """oidcc-scope-email: the claims of the scope are in the userinfo."""
    check_claims(rp.log_in(person, scope='openid email'), ['email'])


def test_oidcc_scope_address(rp, person):
    """oidcc-scope-address: the claims of the scope are in the userinfo."""
    check_claims(rp.log_in(person, scope='openid address'), ['address'])


def test_oidcc_scope_phone(rp, person):
    """oidcc-scope-phone: the claims of the scope are in the userinfo."""
    check_claims(rp.log_in(person, scope='openid phone'), ['phone'])


def test_oidcc_scope_all(rp, person):
    """oidcc-scope-all: the claims of all scopes are in the userinfo."""
    check_claims(rp.log_in(person, scope='openid profile email address phone'), CLAIMS)


def test_oidcc_alternate_happy_flow(rp, person):
    """oidcc-alternate-happy-flow: the order of scopes and of parameters has no effect."""
    sent = rp.parameters(scope='email openid')
    in_order = dict(sorted(sent.items(), reverse=True))
    assert list(in_order) != list(sent)
    person.visit(rp.url(in_order))
    answer = rp.answer(rp.response_mode)
    tokens = rp.check_tokens(rp.ask_with_code(answer['code']))
    claims = rp.check_id_token(tokens, sent['nonce'])
    userinfo = rp.check_userinfo(rp.ask_userinfo(tokens['access_token']), claims['sub'])
    assert userinfo == {'sub': claims['sub']} | CLAIMS['email']


def test_oidcc_display_page(rp, person):
    """oidcc-display-page: a login page, and no error."""
    person.forget()
    assert LOGIN in rp.log_in(person, display='page').pages


def test_oidcc_display_popup(rp, person):
    """oidcc-display-popup: a login page, and no error."""
    person.forget()
    assert LOGIN in rp.log_in(person, display='popup').pages


def test_oidcc_prompt_login(rp, person):
    """oidcc-prompt-login: a user who is logged in has to log in again, and auth_time has the new time."""
    first = rp.log_in(person)
    wait_until(first.claims['auth_time'] + 1)
    second = rp.log_in(person, prompt='login')
    assert LOGIN in second.pages
    assert second.claims['auth_time'] > first.claims['auth_time']
    assert second.claims['sub'] == first.claims['sub']


def test_oidcc_prompt_none_not_logged_in(rp, person):
    """oidcc-prompt-none-not-logged-in: login_required without a page, with the long state unchanged."""
    person.forget()
    rp.be_refused(person, 'login_required', prompt='none', state=secrets.token_urlsafe(96))


def test_oidcc_prompt_none_logged_in(rp, person):
    """oidcc-prompt-none-logged-in: no page, the same sub, the same auth_time."""
    first = rp.log_in(person)
    second = rp.log_in(person, prompt='none')
    assert second.pages == [] and is_the_same(first, second)


def test_oidcc_max_age_1(rp, person):
    """oidcc-max-age-1: after a second a login is too old, and auth_time is that of the new login."""
    first = rp.log_in(person)
    wait_until(first.claims['auth_time'] + 2)
    began = time.time()
    second = rp.log_in(person, max_age='1')
    assert LOGIN in second.pages
    assert second.claims['auth_time'] > first.claims['auth_time']
    assert second.claims['auth_time'] >= int(began)
    assert second.claims['sub'] == first.claims['sub']


def test_oidcc_max_age_10000(rp, person):
    """oidcc-max-age-10000: the login is recent enough; auth_time is present and unchanged."""
    first = rp.log_in(person, max_age='15000')
    wait_until(first.claims['auth_time'] + 1)
    second = rp.log_in(person, max_age='10000')
    assert second.pages == [] and is_the_same(first, second)


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(rp, person):
    """oidcc-ensure-request-with-unknown-parameter-succeeds: an unknown parameter is ignored."""
    rp.log_in(person, extra='foobar')


def test_oidcc_id_token_hint(rp, person):
    """oidcc-id-token-hint: with prompt=none and the ID token of the login no page, the same sub, the same auth_time."""
    first = rp.log_in(person)
    second = rp.log_in(person, prompt='none', id_token_hint=first.tokens['id_token'])
    assert second.pages == [] and is_the_same(first, second)


def test_oidcc_login_hint(rp, person):
    """oidcc-login-hint: causes no error, whichever user logs in."""
    person.forget()
    assert LOGIN in rp.log_in(person, login_hint='buffy@localhost').pages


def test_oidcc_ui_locales(rp, person):
    """oidcc-ui-locales: an unknown language causes no error."""
    person.forget()
    assert LOGIN in rp.log_in(person, ui_locales='se').pages


def test_oidcc_claims_locales(rp, person):
    """oidcc-claims-locales: causes no error."""
    rp.log_in(person, claims_locales='se')


def test_oidcc_ensure_request_with_acr_values_succeeds(rp, person):
    """oidcc-ensure-request-with-acr-values-succeeds: acr is one of the requested values."""
    offered = rp.provider['acr_values_supported']
    assert rp.log_in(person, acr_values=' '.join(offered)).claims['acr'] in offered


def test_oidcc_codereuse(rp, person):
    """oidcc-codereuse: an immediate second use of a code is invalid_grant."""
    login = rp.log_in(person)
    rp.check_refused_tokens(rp.ask_with_code(login.code), 'invalid_grant')


def test_oidcc_ensure_registered_redirect_uri(rp, person):
    """oidcc-ensure-registered-redirect-uri: an error page, and no redirect."""
    rp.be_let_down(person, redirect_uri=f'{REDIRECT_URI}/{secrets.token_urlsafe(8)}')


def test_oidcc_ensure_post_request_succeeds(rp, person):
    """oidcc-ensure-post-request-succeeds: the authorization endpoint accepts POST from another site."""
    rp.log_in(person, by='POST')


def test_oidcc_server_client_secret_post(rp, provider, website, person):
    """oidcc-server-client-secret-post: the secret in the body of the token request."""
    by_post = RelyingParty(provider, website, '--token-endpoint-auth-method', 'client_secret_post',
                           response_mode=rp.response_mode, secret_in='body')
    assert 'client_secret_post' in by_post.provider['token_endpoint_auth_methods_supported']
    by_post.log_in(person)


# OpenID Connect Core §6.1: outside a request object are the parameters that OAuth requires there; the rest is inside.
OUTSIDE = ('response_type', 'client_id', 'scope', 'redirect_uri')


def test_oidcc_request_uri_unsigned(rp, person):
    """oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported: it is rejected, and not fetched."""
    sent = rp.parameters()
    inside = {name: None for name in sent if name not in OUTSIDE}
    rp.be_refused(person, 'request_uri_not_supported', **inside, request_uri='https://rp.example/request.jwt')
    assert rp.provider['request_uri_parameter_supported'] is False


def unsigned_request_object(rp):
    """And the parameters that must not be outside it."""
    sent = rp.parameters()
    claims = sent | {'iss': rp.client_id, 'aud': rp.issuer}
    return jwt.encode(claims, None, 'none'), {name: None for name in sent if name not in OUTSIDE}


def test_oidcc_unsigned_request_object(rp, person):
    """oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported: it is rejected, not ignored."""
    request, inside = unsigned_request_object(rp)
    rp.be_refused(person, 'request_not_supported', **inside, request=request)
    assert rp.provider['request_parameter_supported'] is False


def test_oidcc_claims_essential(rp, person):
    """oidcc-claims-essential: a claim requested by name is in the userinfo, and not in the ID token."""
    login = rp.log_in(person, claims=json.dumps({'userinfo': {'name': {'essential': True}}}))
    assert login.userinfo == {'sub': login.claims['sub'], 'name': CLAIMS['profile']['name']}
    assert 'name' not in login.claims


def test_oidcc_ensure_request_object_with_redirect_uri(rp, person):
    """oidcc-ensure-request-object-with-redirect-uri: with an unregistered one outside there is no redirect."""
    request, inside = unsigned_request_object(rp)
    rp.be_let_down(person, **inside, request=request, redirect_uri=REDIRECT_URI + '/invalid')


def check_refreshed(rp, login, answer):
    """OpenID Connect Core §12.2: an ID token of the same login, without its nonce."""
    tokens = rp.check_tokens(answer)
    assert tokens['access_token'] != login.tokens['access_token']
    claims = rp.check_id_token(tokens)
    for name in ('iss', 'sub', 'aud', 'auth_time', 'azp'):
        assert claims.get(name) == login.claims.get(name), name
    assert claims['iat'] > login.claims['iat']
    rp.check_userinfo(rp.ask_userinfo(tokens['access_token']), claims['sub'])
    return tokens


def test_oidcc_refresh_token(rp, provider, website, person):
    """oidcc-refresh-token: works only for its own client, with or without scope."""
    scope = 'openid offline_access'
    assert 'offline_access' in rp.provider['scopes_supported']
    assert 'refresh_token' in rp.provider['grant_types_supported']
    first = rp.log_in(person, scope=scope, prompt='consent')
    wait_until(first.claims['iat'] + 1)
    check_refreshed(rp, first, rp.ask_for_tokens(grant_type='refresh_token', scope=scope,
                                                 refresh_token=first.tokens['refresh_token']))
    other = RelyingParty(provider, website, response_mode=rp.response_mode)
    second = other.log_in(person, scope=scope, prompt='consent', nonce=secrets.token_hex(22)[:43])
    wait_until(second.claims['iat'] + 1)
    tokens = check_refreshed(other, second, other.ask_for_tokens(grant_type='refresh_token',
                                                                 refresh_token=second.tokens['refresh_token']))
    rp.check_refused_tokens(rp.ask_for_tokens(grant_type='refresh_token', refresh_token=tokens['refresh_token']),
                            'invalid_grant')


def test_oidcc_ensure_request_with_valid_pkce_succeeds(rp, person):
    """oidcc-ensure-request-with-valid-pkce-succeeds: S256."""
    verifier = secrets.token_urlsafe(48)
    rp.log_in(person, code_verifier=verifier, code_challenge=base64url(hashlib.sha256(verifier.encode()).digest()),
              code_challenge_method='S256')


def test_oidcc_codereuse_30seconds(rp, person, used_codes):
    """oidcc-codereuse-30seconds: invalid_grant half a minute later, too, and the access token is revoked."""
    login, used_at = used_codes.get(rp.response_mode) or (rp.log_in(person), time.time())
    wait_until(used_at + 30)
    rp.check_userinfo(rp.ask_userinfo(login.tokens['access_token']), login.claims['sub'])
    rp.check_refused_tokens(rp.ask_with_code(login.code), 'invalid_grant')
    assert rp.ask_userinfo(login.tokens['access_token']).status_code == 401


@pytest.mark.parametrize('response_type', ['token', 'id_token', 'id_token token', 'code token', 'code id_token',
                                           'code id_token token'])
def test_no_implicit_or_hybrid_flow(rp, person, response_type):
    """STILE-openid-9 Response types with tokens in the URL are refused and not in the metadata."""
    rp.be_refused(person, 'unsupported_response_type', response_type=response_type)
    assert rp.provider['response_types_supported'] == ['code']
