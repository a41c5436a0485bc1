"""Authlib's client for Flask, as in its documentation: it knows only the URL of the discovery document."""
import base64
import contextlib
import json
import pathlib
import ssl
import tempfile
import threading
import urllib.parse

import flask
import pytest
import werkzeug.serving
from authlib.integrations.flask_client import OAuth, OAuthError
from authlib.oidc.discovery import OpenIDProviderMetadata, get_well_known_url

from callback import make_certificate
from chromium import Browser
from known_secrets import remember
from provider import CLAIMS, NAME, PASSWORD

HOSTS = ('app.example.com', 'other.example.com')  # two sectors (OpenID Connect Core §8.1)
ALGORITHMS = ('RS256', 'PS256', 'ES256', 'EdDSA')
SCOPE = 'openid profile email'


def page(heading, text=''):
    return flask.render_template_string('<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>App</title>'
                                        '<h1>{{heading}}</h1><p>{{text}}', heading=heading, text=text)


class Application:
    """A web application with one client of Authlib for each registration; the last response is in `token` and `claims`."""

    def __init__(self, provider):
        self.app = flask.Flask('application')
        self.app.secret_key = 'a key for the cookies of this test'
        self.oauth = OAuth(self.app, update_token=self.keep)
        self.metadata_url = get_well_known_url(provider.issuer, external=True)
        self.ask = {}  # further parameters of the next authorization request
        self.token = self.claims = None
        for path, view in {'/<name>/login': self.login, '/<name>/callback': self.callback, '/<name>/logout': self.logout,
                           '/goodbye': lambda: page('Goodbye', flask.request.args.get('state', ''))}.items():
            self.app.add_url_rule(path, path, view)

    def register(self, name, secret):
        self.oauth.register(name, client_id=name, client_secret=secret, server_metadata_url=self.metadata_url,
                            client_kwargs={'scope': SCOPE, 'code_challenge_method': 'S256'})

    def keep(self, _name, token, **_):
        self.token = token

    def client(self, name):
        return self.oauth.create_client(name)

    def login(self, name):
        return self.client(name).authorize_redirect(flask.url_for('/<name>/callback', name=name, _external=True), **self.ask)

    def callback(self, name):
        try:
            self.token = self.client(name).authorize_access_token()
        except OAuthError as error:
            return page('Refused', error.error)
        self.claims = self.token['userinfo']  # Authlib's name for the claims of the ID token
        return page('Signed in', self.claims['sub'])

    def logout(self, name):
        end = self.client(name).load_server_metadata()['end_session_endpoint']
        query = {'id_token_hint': self.token['id_token'], 'post_logout_redirect_uri': f'https://{HOSTS[0]}/goodbye', 'state': 'until-then'}
        return flask.redirect(f'{end}?{urllib.parse.urlencode(query)}')

    @contextlib.contextmanager
    def served(self):
        with tempfile.TemporaryDirectory() as folder:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(make_certificate(pathlib.Path(folder), '*.example.com'))
            server = werkzeug.serving.make_server('127.0.0.1', 0, self.app, threaded=True, ssl_context=context)
            thread = threading.Thread(target=server.serve_forever, daemon=True)
            thread.start()
            try:
                yield server.server_port
            finally:
                server.shutdown()
                thread.join()
                server.server_close()


@pytest.fixture(scope='module')
def application(provider):
    """Registered at the provider as `flask` (with the defaults), once for each algorithm, and under two sectors."""
    application = Application(provider)
    with pytest.MonkeyPatch.context() as environment, application.served() as port:
        environment.setenv('REQUESTS_CA_BUNDLE', str(provider.certificate))
        application.port = port
        for name in ('flask', *ALGORITHMS):
            register(provider, application, name, HOSTS[0], '--id-token-signed-response-alg', name if name in ALGORITHMS else 'RS256')
        for host in HOSTS:
            register(provider, application, 'pairwise.' + host, host, '--subject-type', 'pairwise')
        for algorithm in ('PS256', 'EdDSA'):  # the other claims are present
            provider.admin('keys', 'rotate', '--alg', algorithm)
        yield application


def register(provider, application, name, host, *options):
    provider.admin('client', 'add', '--id', name, '--secret', 'password of ' + name, '--scope', SCOPE, '--redirect-uri',
               f'https://{host}/{name}/callback', '--post-logout-redirect-uri', f'https://{HOSTS[0]}/goodbye', *options)
    application.register(name, 'password of ' + name)


@pytest.fixture(scope='module')
def chromium(application):
    with Browser({host: f'127.0.0.1:{application.port}' for host in HOSTS}) as browser:
        yield browser


@pytest.fixture
def browser(chromium, application):
    """A browser without cookies."""
    chromium.start_afresh()
    application.ask = {}
    yield chromium
    if application.token:
        remember(application.token)


def sign_in(browser, application, name='flask', host=HOSTS[0]):
    """From the application to its page for signed-in users; returns the claims of the ID token."""
    browser.open(f'https://{host}/{name}/login')
    if browser.heading() == 'Sign in':
        browser.log_in(NAME, PASSWORD)
    browser.wait_for_heading('Allow access?')
    browser.press('Approve')
    browser.wait_for_heading('Signed in')
    return application.claims


def test_discovery(application):
    """STILE-authlib-1 Authlib accepts the discovery document and takes every other setting from it."""
    metadata = OpenIDProviderMetadata(application.client('flask').load_server_metadata())
    metadata.validate()
    assert metadata['end_session_endpoint'] and metadata['userinfo_endpoint']
    assert set(ALGORITHMS) <= set(metadata['id_token_signing_alg_values_supported'])


def test_sign_in(provider, browser, application):
    """STILE-authlib-2 With discovery only: sign-in with nonce and PKCE, a valid ID token, and userinfo for the same
    user."""
    claims = sign_in(browser, application)
    assert claims['iss'] == provider.issuer and claims['aud'] == 'flask' and claims['nonce'] and claims['at_hash']
    info = application.client('flask').userinfo(token=application.token)
    assert info['sub'] == claims['sub'] and info['email'] == CLAIMS['email']['email'] and info['name'] == CLAIMS['profile']['name']


def test_refresh(browser, application):
    """STILE-authlib-3 Authlib refreshes an expired access token by itself and continues with the new one."""
    sign_in(browser, application)
    before = application.token
    remember(before)
    info = application.client('flask').userinfo(token=before | {'expires_at': 1})
    assert info['email'] == CLAIMS['email']['email']
    assert application.token['access_token'] != before['access_token']
    assert application.token['refresh_token'] != before['refresh_token']


@pytest.mark.parametrize('algorithm', ALGORITHMS)
def test_algorithms(browser, application, algorithm):
    """STILE-authlib-4 Authlib accepts ID tokens of each algorithm that a client can have."""
    assert sign_in(browser, application, algorithm)['aud'] == algorithm
    assert jwt_header(application.token['id_token'])['alg'] == algorithm


def jwt_header(token):
    return json.loads(base64.urlsafe_b64decode(token.partition('.')[0] + '=='))


def test_pairwise(browser, application):
    """STILE-authlib-5 Pairwise clients of two hosts get two subs for the same user, each consistent in every response."""
    public = sign_in(browser, application)['sub']
    subjects = []
    for host in HOSTS:
        name = 'pairwise.' + host
        subjects.append(sign_in(browser, application, name, host)['sub'])
        assert application.client(name).userinfo(token=application.token)['sub'] == subjects[-1]
    assert len({public, *subjects}) == 3


def test_prompt_and_max_age(browser, application):
    """STILE-authlib-6 prompt=login signs in again, with a newer auth_time; prompt=none without a login is login_required."""
    application.ask = {'prompt': 'none'}
    browser.open(f'https://{HOSTS[0]}/flask/login')
    browser.wait_for_heading('Refused')
    assert 'login_required' in browser.text()
    application.ask = {'max_age': 1000}
    first = sign_in(browser, application)['auth_time']
    application.ask = {'prompt': 'login'}
    browser.open(f'https://{HOSTS[0]}/flask/login')
    browser.wait_for_heading('Sign in')
    assert sign_in(browser, application)['auth_time'] >= first


def test_silent(browser, application):
    """STILE-authlib-7 prompt=none with a login and a remembered consent signs in without a page."""
    browser.open(f'https://{HOSTS[0]}/ES256/login')
    browser.log_in(NAME, PASSWORD)
    browser.wait_for_heading('Allow access?')
    browser.one('//input[@name="remember"]').click()
    browser.press('Approve')
    browser.wait_for_heading('Signed in')
    before = application.claims
    application.ask = {'prompt': 'none'}
    browser.open(f'https://{HOSTS[0]}/ES256/login')
    browser.wait_for_heading('Signed in')
    assert application.claims['nonce'] != before['nonce'] and application.claims['auth_time'] == before['auth_time']


def test_claims_parameter(browser, application):
    """STILE-authlib-8 The claims parameter adds a claim to the ID token."""
    application.ask = {'claims': json.dumps({'id_token': {'email': {'essential': True}}})}
    assert sign_in(browser, application)['email'] == CLAIMS['email']['email']


def test_logout(browser, application):
    """STILE-authlib-9 Logout by end_session_endpoint returns to the application with its state; the next login asks for
    the password."""
    sign_in(browser, application)
    browser.open(f'https://{HOSTS[0]}/flask/logout')
    browser.wait_for_heading('Goodbye')
    assert 'until-then' in browser.text()
    browser.open(f'https://{HOSTS[0]}/flask/login')
    browser.wait_for_heading('Sign in')
