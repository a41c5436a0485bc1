"""The transcript over https, as `make run TLS=1` serves it."""
import json
import urllib.parse

import pytest
from requests_oauthlib import OAuth2Session

from conftest import REDIRECT_URI, User
from stack import Stack
from test_curl import authorize, curl


@pytest.fixture(scope='module')
def stack():
    with Stack(tls=True) as stack:
        yield stack


@pytest.fixture
def user(stack):
    user = User()
    user.browser.verify = str(stack.authority)
    return user


def test_transcript(stack, user):
    """STILE-tls-24 The transcript works over https with curl --cacert: a code, its exchange, a refresh."""
    location = authorize(stack, user)
    assert location.endswith('&iss=' + urllib.parse.quote(stack.base, safe=''))
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))['code']

    def ask(*arguments):
        return json.loads(curl('--cacert', stack.authority, f'{stack.base}/oauth/tokenize', '-u', 'test_client:password',
                               *arguments))

    tokens = ask('-d', 'grant_type=authorization_code', '-d', f'code={code}', '-d', f'redirect_uri={REDIRECT_URI}')
    assert (len(tokens['access_token']), len(tokens['refresh_token']), tokens['token_type']) == (42, 48, 'Bearer')
    again = ask('-d', 'grant_type=refresh_token', '-d', f"refresh_token={tokens['refresh_token']}")
    assert list(again) == list(tokens) and again['refresh_token'] != tokens['refresh_token']


def test_requests_oauthlib(stack, user, monkeypatch):
    """STILE-tls-25 requests-oauthlib completes the flow over https with REQUESTS_CA_BUNDLE, without the exception that
    http needs."""
    monkeypatch.delenv('OAUTHLIB_INSECURE_TRANSPORT')
    monkeypatch.setenv('REQUESTS_CA_BUNDLE', str(stack.authority))
    oauth = OAuth2Session('test_client', redirect_uri=REDIRECT_URI, scope=['email'])
    answer = user.approve(oauth.authorization_url(stack.base + '/oauth/authorize')[0])
    token = oauth.fetch_token(stack.base + '/oauth/token', authorization_response=answer, client_secret='password')
    new = oauth.refresh_token(stack.base + '/oauth/token', client_id='test_client', client_secret='password')
    assert new['access_token'] != token['access_token'] and new['scope'] == ['email']
