"""The two programs of the demo: the API without nginx, the client with providers that fail or answer wrongly."""
import contextlib
import http.server
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import urllib.parse

import pytest
import requests

from browser import Browser, redeem
from fastcgi import ask
from known_secrets import assert_nothing_leaked
from stack import BUILD, PROGRAMS, READY, ROOT, clean_environment, wait_for_line


def call(stack, method='GET', **headers):
    return requests.request(method, stack.base + '/demo/api/protected', headers=headers, timeout=20)


@pytest.fixture(scope='module')
def token(stack):
    """Of the user admin."""
    return redeem(stack.base, Browser(stack.base).code()).json()['access_token']


def test_api_without_token(stack):
    """STILE-demo-21 The API without a token is 401 with a Bearer challenge, and 403 with a forged X-Stile-Subject."""
    for headers in ({}, {'Authorization': 'Basic YTpi'}):
        answer = call(stack, **headers)
        assert answer.status_code == 401 and answer.headers['WWW-Authenticate'] == 'Bearer realm="stile"'
    assert call(stack, **{'X-Stile-Subject': 'admin'}).status_code == 403


def test_api_with_invalid_token(stack, token):
    """STILE-demo-22 The API with an invalid token is 401 invalid_token."""
    for text in ('x', token[:-1] + ('a' if token[-1] != 'a' else 'b'), token + 'a'):
        answer = call(stack, Authorization='Bearer ' + text)
        assert answer.status_code == 401 and 'error="invalid_token"' in answer.headers['WWW-Authenticate']


def test_api_with_token(stack, token):
    """STILE-demo-23 The API with a token greets the subject in JSON and accepts only GET."""
    answer = call(stack, Authorization='Bearer ' + token)
    assert answer.status_code == 200 and answer.headers['Content-Type'] == 'application/json'
    assert answer.json() == {'message': 'Hello, admin! This is a protected route.'}
    answer = call(stack, 'POST', Authorization='Bearer ' + token)
    assert answer.status_code == 405 and answer.headers['Allow'] == 'GET'


def test_api_with_token_of_a_client(stack):
    """STILE-demo-31 The API does not take a client's own token for a user's."""
    stack.admin('client', 'add', '--id', 'machine', '--secret', 'password', '--grant-type', 'client_credentials')
    answer = requests.post(stack.base + '/oauth/token', auth=('machine', 'password'), timeout=20,
                           data={'grant_type': 'client_credentials'})
    bearer = 'Bearer ' + answer.json()['access_token']
    assert call(stack, Authorization=bearer).json() == {'message': 'Hello, client machine! This is a protected route.'}
    answer = call(stack, Authorization=bearer, **{'X-Stile-Subject': 'admin'})
    assert answer.status_code == 403 and 'Hello' not in answer.text


def test_api_without_nginx(stack):
    """STILE-demo-24 The API refuses a request that nginx has not checked, also on its socket."""
    answer = ask(stack.dir / 'demo-resource.sock', REQUEST_METHOD='GET', HTTP_AUTHORIZATION='Bearer x',
                 HTTP_X_STILE_SUBJECT='admin')
    assert answer.startswith('Status: 401') and 'WWW-Authenticate: Bearer' in answer and 'Hello' not in answer


@contextlib.contextmanager
def demo_client(issuer):
    """Runs the client with this provider; gives a function that requests a page."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='demo-'))
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / 's'))
        listening.listen()
        environment = clean_environment(STILE_DEMO_CLIENT_ID='demo', STILE_DEMO_CLIENT_SECRET='p w',
                                        STILE_DEMO_ISSUER=issuer, STILE_DEMO_API=issuer + '/api',
                                        STILE_DEMO_BASE='http://localhost:9/demo', STILE_PAGES=BUILD / 'pages')
        process = subprocess.Popen([PROGRAMS / 'stile-demo-client'], env=environment, stdin=listening,
                                   stderr=subprocess.DEVNULL)
    try:
        yield lambda path, query='', cookie='': ask(folder / 's', REQUEST_METHOD='GET', DOCUMENT_URI=path,
                                                    QUERY_STRING=query, HTTP_COOKIE=cookie)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        shutil.rmtree(folder)


class Impostor:
    """A provider whose metadata and token response have these members changed, or are this text."""

    def __init__(self, metadata=None, token=None, status=200):
        impostor = self
        self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get('Content-Length', 0))
                impostor.asked.append((self.path, self.headers.get('Authorization'), self.rfile.read(length).decode()))
                usual = {'issuer': impostor.base, 'authorization_endpoint': impostor.base + '/authorize',
                         'token_endpoint': impostor.base + '/token'}
                tokens = {'access_token': 'abcdefgh', 'token_type': 'bearer'}
                is_token = self.path == '/token'
                usual, changes = (tokens, token or {}) if is_token else (usual, metadata or {})
                text = changes if isinstance(changes, str) else json.dumps(usual | changes)
                self.send_response(status if is_token else 200)
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = answer

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.base = f'http://127.0.0.1:{self.server.server_address[1]}'

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def finish(page, **more):
    """begin, and the callback of that state."""
    begun = page('/demo/begin')
    state = re.search(r'&state=([^&]*)&', begun)[1]
    cookie = re.search(r'Set-Cookie: (stile_demo=\w+)', begun)[1]
    query = urllib.parse.urlencode({'state': state, 'code': 'c', **more})
    return page('/demo/callback', query, cookie)


def test_provider_is_away():
    """STILE-demo-25 A provider that does not answer is a 503 page."""
    with socket.socket() as unused:
        unused.bind(('127.0.0.1', 0))
        with demo_client(f'http://127.0.0.1:{unused.getsockname()[1]}') as page:
            answer = page('/demo/begin')
    assert answer.startswith('Status: 503') and 'Retry-After: 1' in answer and 'The provider does not answer' in answer


def test_metadata_of_another_issuer():
    """STILE-demo-26 With metadata that names another issuer or lacks an endpoint, the browser is not redirected."""
    for metadata in ({'issuer': 'https://evil.example'}, {'token_endpoint': ''}, {'authorization_endpoint': 5}):
        with Impostor(metadata) as provider, demo_client(provider.base) as page:
            assert not page('/demo/begin').startswith('Status: 303')


@pytest.mark.parametrize('token, status, expected', [
    ({'token_type': 'mac'}, 200, 503), ({'token_type': None}, 200, 503), ({'access_token': ''}, 200, 503),
    ({'access_token': 'a\r\nX: y'}, 200, 503), ({'access_token': 5}, 200, 503), ('[]', 200, 503), ('no JSON', 200, 503),
    ('{"a":"' + 'a' * 70_000 + '"}', 200, 503), ('{"error":"invalid_grant"}', 400, 400), ('{}', 503, 503),
])
def test_malformed_token_response(token, status, expected):
    """STILE-demo-27 After a malformed token response, an error or another token type no user is signed in."""
    with Impostor(token=token, status=status) as provider, demo_client(provider.base) as page:
        answer = finish(page)
    assert answer.startswith(f'Status: {expected}') and 'Set-Cookie' not in answer


def test_error_of_the_provider():
    """STILE-demo-28 Any other error of the provider is shown, as text and never as markup."""
    with Impostor() as provider, demo_client(provider.base) as page:
        answer = finish(page, error='server_error', error_description='<b>why</b>')
    assert answer.startswith('Status: 400') and 'server_error' in answer
    assert '&lt;b&gt;why' in answer and '<b>' not in answer


def test_token_request():
    """STILE-demo-29 The token request authenticates by client_secret_basic and carries code, redirect_uri and verifier."""
    with Impostor() as provider, demo_client(provider.base) as page:
        assert finish(page).startswith('Status: 303')
        path, authorization, body = provider.asked[-1]
    assert path == '/token' and authorization == 'Basic ZGVtbzpwJTIwdw=='  # demo:p%20w
    form = dict(urllib.parse.parse_qsl(body, strict_parsing=True))
    assert re.fullmatch('[A-Za-z0-9]{64}', form.pop('code_verifier'))
    assert form == {'grant_type': 'authorization_code', 'code': 'c', 'redirect_uri': 'http://localhost:9/demo/callback'}


@contextlib.contextmanager
def run_in(folder):
    """stile-run in that folder on a free port; gives its address."""
    process = subprocess.Popen([PROGRAMS / 'stile-run', '--port', '0', '--dir', folder, '--pages', BUILD / 'pages'],
                               cwd=ROOT, env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
    try:
        yield wait_for_line(process, READY).removeprefix(READY).split()[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.stdout.close()
        assert process.wait(60) == 0


def test_second_start():
    """STILE-demo-30 Another start in the same folder keeps the demo's secret and registers the new port."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix='run-'))
    secrets = []
    try:
        for _ in range(2):
            with run_in(folder) as base:
                secrets.append((folder / 'demo.secret').read_text())
                answer = requests.post(base + '/oauth/token', auth=('demo', secrets[-1]), timeout=20,
                                       data={'grant_type': 'authorization_code', 'code': 'x' * 42})
                begun = requests.get(base + '/demo/begin', timeout=20)
            assert answer.json()['error'] == 'invalid_grant' and begun.url.startswith(base + '/login?')
        assert secrets[0] == secrets[1]
        assert_nothing_leaked(folder)
    finally:
        shutil.rmtree(folder)
