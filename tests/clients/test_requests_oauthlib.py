"""requests-oauthlib, as the chapters "Web Application Flow" and "Refreshing tokens" of its documentation use it."""
import base64
import hashlib
import secrets

import pytest
from oauthlib.oauth2 import InvalidClientError, InvalidGrantError, TokenExpiredError
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

from conftest import REDIRECT_URI

CLIENT_ID = 'test_client'
CLIENT_SECRET = 'password'


@pytest.fixture
def authorization_base_url(stack):
    return stack.base + '/oauth/authorize'


@pytest.fixture(params=['/oauth/tokenize', '/oauth/token'])
def token_url(stack, request):
    return stack.base + request.param


def test_web_application_flow(authorization_base_url, token_url, user):
    """STILE-clients-1 The web application flow in the documentation of requests-oauthlib works as written there."""
    oauth = OAuth2Session(CLIENT_ID, redirect_uri=REDIRECT_URI, scope=['email'])
    # access_type and prompt are for other servers; the documentation's example sends them.
    authorization_url, state = oauth.authorization_url(authorization_base_url, access_type='offline', prompt='select_account')
    authorization_response = user.approve(authorization_url)
    token = oauth.fetch_token(token_url, authorization_response=authorization_response, client_secret=CLIENT_SECRET)
    assert (len(token['access_token']), len(token['refresh_token'])) == (42, 48)
    assert token['token_type'] == 'Bearer' and token['scope'] == ['email'] and oauth.authorized
    assert (token['expires_in'], token['refresh_token_expires_in']) == (300, 900)

    # "Refreshing tokens", 1: the application notices the expiry and refreshes, with its secret in the body.
    new = oauth.refresh_token(token_url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    assert new['access_token'] != token['access_token'] and new['refresh_token'] != token['refresh_token']
    assert new['scope'] == ['email']


def test_automatic_refresh(stack, authorization_base_url, token_url, user):
    """STILE-clients-2 requests-oauthlib refreshes an expired token by itself, and saves the new one."""
    saved = []
    oauth = OAuth2Session(CLIENT_ID, redirect_uri=REDIRECT_URI, scope=['email'], auto_refresh_url=token_url,
                          auto_refresh_kwargs={'client_id': CLIENT_ID, 'client_secret': CLIENT_SECRET},
                          token_updater=saved.append)
    callback_url = user.approve(oauth.authorization_url(authorization_base_url)[0])
    token = oauth.fetch_token(token_url, authorization_response=callback_url, client_secret=CLIENT_SECRET)
    oauth.token = token | {'expires_in': -30, 'expires_at': 1}
    sent = oauth.get(stack.base + '/').request
    assert [new['refresh_token'] != token['refresh_token'] for new in saved] == [True]
    assert sent.headers['Authorization'] == 'Bearer ' + saved[0]['access_token']


def test_expired_token_without_automatic_refresh(stack, authorization_base_url, token_url, user):
    """STILE-clients-3 requests-oauthlib takes the token's expiry from expires_in."""
    oauth = OAuth2Session(CLIENT_ID, redirect_uri=REDIRECT_URI, scope=['email'])
    callback_url = user.approve(oauth.authorization_url(authorization_base_url)[0])
    token = oauth.fetch_token(token_url, authorization_response=callback_url, client_secret=CLIENT_SECRET)
    oauth.token = token | {'expires_in': -30, 'expires_at': 1}
    with pytest.raises(TokenExpiredError):
        oauth.get(stack.base + '/')
    assert oauth.refresh_token(token_url, auth=HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET))['expires_at'] > 1


@pytest.mark.parametrize('scope', [['email', 'openid', 'profile'], ['profile', 'openid', 'email'], ['openid', 'email']])
def test_order_of_scopes(authorization_base_url, token_url, user, scope):
    """STILE-clients-4 Scopes are returned as requested, in the same order: requests-oauthlib compares them as text."""
    oauth = OAuth2Session(CLIENT_ID, redirect_uri=REDIRECT_URI, scope=scope)
    callback_url = user.approve(oauth.authorization_url(authorization_base_url)[0])
    token = oauth.fetch_token(token_url, authorization_response=callback_url, client_secret=CLIENT_SECRET)
    assert token['scope'] == scope
    assert oauth.refresh_token(token_url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)['scope'] == scope


@pytest.mark.parametrize('credentials', [
    {'auth': HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET)},
    {'client_secret': CLIENT_SECRET},
    {'client_secret': CLIENT_SECRET, 'include_client_id': True},
], ids=['basic', 'default', 'post'])
def test_ways_to_send_the_secret(authorization_base_url, token_url, user, credentials):
    """STILE-clients-5 The secret can be sent as Basic credentials or in the body, and differently for the refresh."""
    oauth = OAuth2Session(CLIENT_ID, redirect_uri=REDIRECT_URI, scope=['email'])
    callback_url = user.approve(oauth.authorization_url(authorization_base_url)[0])
    assert oauth.fetch_token(token_url, authorization_response=callback_url, **credentials)['access_token']
    assert oauth.refresh_token(token_url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)['access_token']
    assert oauth.refresh_token(token_url, auth=HTTPBasicAuth(CLIENT_ID, CLIENT_SECRET))['access_token']


def test_generated_secret(stack, authorization_base_url, token_url, user):
    """STILE-clients-6 A generated secret is valid in Basic credentials and in the body without encoding."""
    for arguments in ({}, {'include_client_id': True}):
        client_id = 'generated-' + secrets.token_hex(4)
        shown = stack.admin('client', 'add', '--id', client_id, '--redirect-uri', REDIRECT_URI, '--scope', 'email')
        secret = next(line.split(': ')[1] for line in shown.splitlines() if line.startswith('client_secret: '))
        oauth = OAuth2Session(client_id, redirect_uri=REDIRECT_URI, scope=['email'])
        callback_url = fresh(user).approve(oauth.authorization_url(authorization_base_url)[0])
        assert oauth.fetch_token(token_url, authorization_response=callback_url, client_secret=secret, **arguments)


def fresh(user):
    """The same person with a fresh browser."""
    return type(user)(user.name, user.password)


def challenge_of(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b'=').decode()


@pytest.fixture
def public_client(stack):
    client_id = 'public-' + secrets.token_hex(4)
    stack.admin('client', 'add', '--id', client_id, '--public', '--redirect-uri', 'http://127.0.0.1/callback', '--scope', 'email')
    return client_id


def test_public_client_with_pkce(authorization_base_url, token_url, user, public_client):
    """STILE-clients-7 A public client on a loopback port of its choice uses only PKCE, and refreshes."""
    verifier = secrets.token_urlsafe(48)
    oauth = OAuth2Session(public_client, redirect_uri='http://127.0.0.1:49152/callback', scope=['email'])
    authorization_url, _ = oauth.authorization_url(authorization_base_url, code_challenge=challenge_of(verifier),
                                                   code_challenge_method='S256')
    callback_url = user.approve(authorization_url)
    assert callback_url.startswith('http://127.0.0.1:49152/callback?')
    token = oauth.fetch_token(token_url, authorization_response=callback_url, code_verifier=verifier, include_client_id=True)
    assert oauth.refresh_token(token_url, client_id=public_client)['refresh_token'] != token['refresh_token']


def test_wrong_verifier(authorization_base_url, token_url, user, public_client):
    """STILE-clients-8 A wrong code_verifier raises InvalidGrantError, and the right one still works afterwards."""
    verifier = secrets.token_urlsafe(48)
    oauth = OAuth2Session(public_client, redirect_uri='http://127.0.0.1:49152/callback', scope=['email'])
    authorization_url, _ = oauth.authorization_url(authorization_base_url, code_challenge=challenge_of(verifier),
                                                   code_challenge_method='S256')
    callback_url = user.approve(authorization_url)
    with pytest.raises(InvalidGrantError):
        oauth.fetch_token(token_url, authorization_response=callback_url, code_verifier='x' * 43, include_client_id=True)
    assert oauth.fetch_token(token_url, authorization_response=callback_url, code_verifier=verifier, include_client_id=True)


def test_confidential_client_with_pkce(authorization_base_url, token_url, user):
    """STILE-clients-9 A confidential client may use PKCE in addition to its secret."""
    verifier = secrets.token_urlsafe(48)
    oauth = OAuth2Session(CLIENT_ID, redirect_uri=REDIRECT_URI, scope=['email'])
    authorization_url, _ = oauth.authorization_url(authorization_base_url, code_challenge=challenge_of(verifier),
                                                   code_challenge_method='S256')
    callback_url = user.approve(authorization_url)
    assert oauth.fetch_token(token_url, authorization_response=callback_url, client_secret=CLIENT_SECRET, code_verifier=verifier)


def test_errors_have_their_types(authorization_base_url, token_url, user):
    """STILE-clients-10 Token endpoint errors raise the exceptions of their names; a wrong secret uses nothing up."""
    oauth = OAuth2Session(CLIENT_ID, redirect_uri=REDIRECT_URI, scope=['email'])
    callback_url = user.approve(oauth.authorization_url(authorization_base_url)[0])
    with pytest.raises(InvalidClientError):
        oauth.fetch_token(token_url, authorization_response=callback_url, client_secret='wrong')
    # golang.org/x/oauth2 begins like this: Basic with an empty password.
    with pytest.raises(InvalidClientError):
        oauth.fetch_token(token_url, authorization_response=callback_url, auth=HTTPBasicAuth(CLIENT_ID, ''))
    assert oauth.fetch_token(token_url, authorization_response=callback_url, client_secret=CLIENT_SECRET)
    with pytest.raises(InvalidGrantError):
        oauth.fetch_token(token_url, authorization_response=callback_url, client_secret=CLIENT_SECRET)
    # The code was used twice: its tokens are revoked (RFC 6749 4.1.2).
    with pytest.raises(InvalidGrantError):
        oauth.refresh_token(token_url, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
