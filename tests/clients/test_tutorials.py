"""Programs as tutorials show them: the Flask client of requests-oauthlib, and a FastAPI resource server."""
import contextlib
import socket
import threading

import flask
import jwt
import pytest
import requests
import uvicorn
import werkzeug.serving
from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import OAuth2PasswordBearer
from requests_oauthlib import OAuth2Session
from stack import Stack

SECRET_KEY = 'a secret that the resource server shares with Stile'


def flask_client(settings):
    """"Web App Example of OAuth 2 web application flow", its three steps word by word except for the names of GitHub."""
    app = flask.Flask(__name__)
    app.secret_key = 'of the tutorial'

    @app.route('/')
    def demo():
        """Step 1: User Authorization."""
        provider = OAuth2Session(settings['client_id'])
        authorization_url, state = provider.authorization_url(settings['authorization_base_url'])
        flask.session['oauth_state'] = state
        return flask.redirect(authorization_url)

    # Step 2: User authorization, this happens on the provider.

    @app.route('/callback', methods=['GET'])
    def callback():
        """Step 3: Retrieving an access token."""
        provider = OAuth2Session(settings['client_id'], state=flask.session['oauth_state'])
        token = provider.fetch_token(settings['token_url'], client_secret=settings['client_secret'],
                                     authorization_response=flask.request.url)
        flask.session['oauth_token'] = token
        return flask.redirect(flask.url_for('.profile'))

    @app.route('/profile', methods=['GET'])
    def profile():
        """Fetching a protected resource using an OAuth 2 token."""
        provider = OAuth2Session(settings['client_id'], token=flask.session['oauth_token'])
        return flask.jsonify(provider.get(settings['resource']).json())

    return app


@contextlib.contextmanager
def served(app):
    server = werkzeug.serving.make_server('127.0.0.1', 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.port}'
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_flask_tutorial(stack, user):
    """STILE-clients-40 The Flask client of the requests-oauthlib tutorial logs in and shows a protected resource."""
    settings = {'client_id': 'tutorial', 'client_secret': 'tutorial-secret',
                'authorization_base_url': stack.base + '/oauth/authorize', 'token_url': stack.base + '/oauth/token',
                'resource': stack.base + '/demo/api/protected'}
    with served(flask_client(settings)) as client:
        stack.admin('client', 'add', '--id', 'tutorial', '--secret', 'tutorial-secret', '--scope', 'profile email',
                    '--redirect-uri', client + '/callback')
        sent_away = user.browser.get(client + '/', allow_redirects=False, timeout=20)
        callback_url = user.approve(sent_away.headers['Location'])
        profile = user.browser.get(callback_url, timeout=20)
    assert profile.url == client + '/profile'
    assert profile.json() == {'message': 'Hello, admin! This is a protected route.'}


def fastapi_resource_server(token_url):
    """The first steps of FastAPI's security tutorial, with the token decoded as its JWT chapter does."""
    app = FastAPI()
    oauth2_scheme = OAuth2PasswordBearer(tokenUrl=token_url)

    async def get_current_user(token: str = Depends(oauth2_scheme)):
        try:
            return jwt.decode(token, SECRET_KEY, algorithms=['HS256'])['sub']
        except jwt.InvalidTokenError as error:
            raise HTTPException(401, 'Could not validate credentials', {'WWW-Authenticate': 'Bearer'}) from error

    @app.get('/protected')
    async def protected(user: str = Depends(get_current_user)):
        return {'message': f'Hello, {user}! This is a protected route.'}

    return app


@contextlib.contextmanager
def served_by_uvicorn(app):
    listening = socket.create_server(('127.0.0.1', 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level='warning'))
    thread = threading.Thread(target=server.run, kwargs={'sockets': [listening]})
    thread.start()
    try:
        yield f'http://127.0.0.1:{listening.getsockname()[1]}'
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope='module')
def password_stack():
    with Stack(STILE_SECRET_KEY=SECRET_KEY, STILE_GRANT_TYPES='authorization_code,refresh_token,password') as stack:
        stack.admin('client', 'add', '--id', 'fastapi', '--secret', 'docs', '--grant-type', 'password',
                    '--access-token-alg', 'HS256', '--scope', 'profile')
        yield stack


def test_fastapi_resource_server(password_stack):
    """STILE-clients-41 A FastAPI resource server accepts the token that its docs page gets with OAuth2PasswordBearer,
    and no other token."""
    token_url = password_stack.base + '/oauth/token'
    with served_by_uvicorn(fastapi_resource_server(token_url)) as api:
        # The docs page reads the token URL from here, and sends the same request as its form.
        scheme = requests.get(api + '/openapi.json', timeout=20).json()['components']['securitySchemes']
        assert scheme['OAuth2PasswordBearer']['flows']['password']['tokenUrl'] == token_url
        form = {'grant_type': 'password', 'username': 'admin', 'password': 'admin', 'scope': ''}
        token = requests.post(token_url, data=form, auth=('fastapi', 'docs'), timeout=20).json()
        assert token['token_type'] == 'Bearer'
        call = {'headers': {'Authorization': 'Bearer ' + token['access_token']}, 'timeout': 20}
        answer = requests.get(api + '/protected', **call)
        assert (answer.status_code, answer.json()) == (200, {'message': 'Hello, admin! This is a protected route.'})
        assert requests.get(api + '/protected', timeout=20).status_code == 401
        call['headers']['Authorization'] += 'x'
        assert requests.get(api + '/protected', **call).status_code == 401
    wrong = requests.post(token_url, data=form | {'password': 'wrong'}, auth=('fastapi', 'docs'), timeout=20)
    assert (wrong.status_code, wrong.json()['error']) == (400, 'invalid_grant')
