"""nginx/protect.conf in front of an API: nginx asks Stile about each request's bearer token (RFC 6750)."""
import contextlib
import http.server
import json
import os
import pathlib
import re
import shutil
import tempfile
import threading
import time

import pytest
import requests

import raw_http
from browser import Browser, redeem, token_request
from callback import LoopbackServer
from faults import lost_request
from gateways import Gateway
from race import at_once
from stack import PATIENCE, ROOT, Stack

UNKNOWN = 'a' * 42  # as long as a token
BARE_CHALLENGE = 'Bearer realm="stile"'
# The paths of the API and the scope that each requires.
SCOPES = {'/api/': 'read', '/both/': 'read write', '/any/': ''}


class Api(LoopbackServer):
    """The upstream: it answers each request with the request, as JSON."""

    def __init__(self):
        self.requests = 0
        self.lock = threading.Lock()
        api = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                with api.lock:
                    api.requests += 1
                came = {'method': self.command, 'path': self.path, 'headers': list(self.headers.items()),
                        'body': self.rfile.read(int(self.headers.get('Content-Length', 0))).decode()}
                body = json.dumps(came).encode()
                self.send_response(200)
                self.send_header('Content-Type', 'application/json')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                if self.command != 'HEAD':
                    self.wfile.write(body)

            do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer

            def log_message(self, *_):
                pass

        super().__init__(Handler)
        self.server.socket.listen(256)  # nginx connects 64 times at once


# An upstream of gRPC: it answers with the headers that could say who calls.
GRPC = """server {
    listen unix:@RUN_DIR@/grpc.sock http2;
    location / { default_type text/plain; return 200 "$http_x_stile_grant $http_x_stile_subject $http_x_stile_client $http_x_stile_scope $http_x_stile_user"; }
}
"""
KINDS = ('fastcgi', 'uwsgi', 'scgi', 'grpc')


def root_with_api(folder, port, gateways):
    """A source tree whose nginx passes the paths of the API to this port, protected as protect.conf says; and the path of each kind of
    gateway to its port."""
    for name in ('redis', 'functions'):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / 'nginx', folder / 'nginx')
    with open(folder / 'nginx/stile.conf', 'a') as file:
        for path, scope in SCOPES.items():
            needed = f'set $stile_scope "{scope}";' if scope else ''
            file.write(f'location {path} {{ {needed} include stile/protect.conf; client_max_body_size 0; '
                       f'proxy_pass http://127.0.0.1:{port}; }}\n')
        for kind in KINDS:
            where = f'127.0.0.1:{gateways[kind]}' if kind in gateways else 'unix:@RUN_DIR@/grpc.sock'
            own = f'include {{nginx}}/{kind}_params;'.format(nginx='/etc/nginx') if kind in gateways else ''
            for path, more in ((f'/{kind}/', ''), (f'/{kind}-any/', 'satisfy any; allow 127.0.0.1; deny all;')):
                file.write(f'location {path} {{ include stile/protect.conf; {own} {more} {kind}_pass {where}; }}\n')
        file.write(f'location /any-proxy/ {{ include stile/protect.conf; satisfy any; allow 127.0.0.1; deny all; '
                   f'proxy_pass http://127.0.0.1:{port}; }}\n')
        file.write(f'location /nested/ {{ set $stile_scope read; include stile/protect.conf; proxy_pass http://127.0.0.1:{port};\n'
                   f'location /nested/own/ {{ set $stile_scope read; proxy_set_header Host x; proxy_pass http://127.0.0.1:{port}; }}\n'
                   f'location /nested/again/ {{ set $stile_scope read; proxy_set_header Host x; include stile/protect.conf; '
                   f'proxy_pass http://127.0.0.1:{port}; }} }}\n')
    with open(folder / 'nginx/upstreams.conf', 'a') as file:
        file.write(GRPC)
    return folder


@pytest.fixture(scope='module')
def api():
    with Api() as api:
        yield api


@pytest.fixture(scope='module')
def stack(api):
    with contextlib.ExitStack() as gateways, tempfile.TemporaryDirectory() as folder:
        ports = {kind: gateways.enter_context(Gateway(kind)).port for kind in KINDS if kind != 'grpc'}
        with Stack(root=root_with_api(pathlib.Path(folder), api.port, ports)) as stack:
            yield stack


def add_client(stack, name, *arguments):
    said = stack.admin('client', 'add', '--id', name, *arguments)
    return name, re.search(r'^client_secret: (\S+)', said, re.MULTILINE)[1]


@pytest.fixture(scope='module')
def robot(stack):
    return add_client(stack, 'robot', '--grant-type', 'client_credentials', '--scope', 'write read extra')


def token_of(stack, client, **form):
    return token_request(stack.base, client, grant_type='client_credentials', **form).json()['access_token']


@pytest.fixture(scope='module')
def reading(stack, robot):
    """A token with the scope "read"."""
    return token_of(stack, robot, scope='read')


def call(stack, path, token=None, method='GET', **options):
    headers = {'Authorization': f'Bearer {token}'} if token else {}
    return requests.request(method, stack.base + path, headers=headers | options.pop('headers', {}), timeout=PATIENCE, **options)


def forwarded(request):
    """The headers with Stile's names that reached the upstream, by their names in lower case."""
    pairs = [(name.lower(), value) for name, value in request['headers'] if 'stile' in name.lower()]
    assert len(dict(pairs)) == len(pairs), pairs
    return dict(pairs)


def assert_refused(answer, status, challenge):
    assert answer.status_code == status
    assert answer.headers['WWW-Authenticate'] == challenge  # several headers would be joined by a comma
    assert not answer.headers['Content-Type'].startswith('application/json')  # of the upstream


def test_identity(stack):
    """STILE-verify-1 A request with a valid token reaches the upstream, with the identity of the user."""
    stack.admin('user', 'add', 'victor', '--subject', 'sub-of-victor', '--password', 'v')
    reader = add_client(stack, 'reader', '--redirect-uri', 'https://www.example.com/redirect', '--scope', 'read email')
    code = Browser(stack.base).code('victor', 'v', client_id='reader', scope='read email')
    token = redeem(stack.base, code, reader).json()['access_token']
    answer = call(stack, '/api/things?x=1', token)
    assert answer.status_code == 200 and answer.json()['path'] == '/api/things?x=1'
    told = forwarded(answer.json())
    left = int(told.pop('x-stile-expires')) - time.time()
    assert told == {'x-stile-grant': 'user', 'x-stile-subject': 'sub-of-victor', 'x-stile-client': 'reader', 'x-stile-scope': 'read email'}
    assert 250 < left <= 301
    # The client of the API is not told.
    assert not any(name.lower() == 'www-authenticate' or 'stile' in name.lower() for name in answer.headers)


FORGED = ['X-Stile-Subject: root', 'x-stile-client: root', 'X-STILE-EXPIRES: 9999999999', 'X-Stile-User: root', 'X-Stile-Challenge: root',
          'X-Stile-: root', 'X-Stile-Grant: user']


def ask_with(stack, path, token, *lines):
    authorization = [f'Authorization: Bearer {token}'] if token else []
    return raw_http.ask(stack.port, '\r\n'.join([f'GET {path} HTTP/1.1', 'Host: localhost', *authorization, *lines, '', '']).encode())


@pytest.mark.parametrize('path', ['/any/x', '/nested/own/x', '/fastcgi/x', '/uwsgi/x', '/scgi/x', '/grpc/x'])
@pytest.mark.parametrize('line', FORGED)
def test_headers_of_a_client(stack, api, robot, path, line):
    """STILE-verify-3 A request in which the client itself sends a header X-Stile-… is refused, whatever the upstream."""
    token = token_of(stack, robot, scope='read')
    before = api.requests
    answer = ask_with(stack, path, token, line)
    assert answer.status == 403 and b'root' not in answer.body
    assert answer.headers['www-authenticate'] == 'Bearer realm="stile", error="invalid_request"'
    assert ask_with(stack, path, None, line).status == 403
    assert api.requests == before


def test_headers_that_nginx_drops(stack, robot):
    """STILE-verify-3 A request in which the client itself sends a header X-Stile-… is refused, whatever the upstream."""
    answer = ask_with(stack, '/any/x', token_of(stack, robot, scope='read'), 'X_Stile_Subject: root', 'X.Stile.Subject: root')
    assert answer.status == 200 and b'root' not in answer.body
    told = forwarded(json.loads(answer.body))
    assert told['x-stile-client'] == 'robot' and 'x-stile-subject' not in told


def identity(kind, answer):
    """What the upstream was told: kind of grant, subject, client, scope, and what a client may have made up."""
    if kind == 'grpc':
        return answer.body.decode().split(' ')
    found = json.loads(answer.body)
    told = dict(found)
    assert len([name for name, _ in found if 'STILE' in name]) == len([name for name in told if 'STILE' in name]), found
    return [told.get(f'HTTP_X_STILE_{name}', '') for name in ('GRANT', 'SUBJECT', 'CLIENT', 'SCOPE', 'USER')]


@pytest.mark.parametrize('kind', KINDS)
def test_other_upstreams(stack, robot, kind):
    """STILE-verify-23 protect.conf tells every kind of upstream who calls, and admits no request without a token."""
    answer = ask_with(stack, f'/{kind}/x', token_of(stack, robot, scope='read'))
    assert answer.status == 200 and identity(kind, answer) == ['client', '', 'robot', 'read', '']
    assert ask_with(stack, f'/{kind}/x', None).status == 401 and ask_with(stack, f'/{kind}/x', UNKNOWN).status == 401


@pytest.mark.parametrize('kind', KINDS)
def test_without_a_question(stack, kind):
    """STILE-verify-24 Where no token is asked for (satisfy any), the headers that name the caller are overwritten."""
    answer = ask_with(stack, f'/{kind}-any/x', None, 'X-Stile-Subject: root', 'X-Stile-Client: root', 'X-Stile-Scope: admin')
    assert answer.status == 200 and identity(kind, answer)[:4] == ['', '', '', '']


def test_without_a_question_by_proxy(stack):
    """STILE-verify-24 Where no token is asked for (satisfy any), the headers that name the caller are overwritten."""
    answer = ask_with(stack, '/any-proxy/x', None, 'X-Stile-Subject: root', 'X-Stile-Expires: 9999999999')
    assert answer.status == 200 and forwarded(json.loads(answer.body)) == {}


def test_nested(stack, robot):
    """STILE-verify-25 A location within a protected one asks for a token, too, and tells its upstream who calls if it includes
    protect.conf again."""
    token = token_of(stack, robot, scope='read')
    for path in ('/nested/own/x', '/nested/again/x'):
        assert ask_with(stack, path, None).status == 401
    assert forwarded(json.loads(ask_with(stack, '/nested/own/x', token).body)) == {}
    assert forwarded(json.loads(ask_with(stack, '/nested/again/x', token).body))['x-stile-client'] == 'robot'


def test_every_header(stack):
    """STILE-verify-26 protect.conf hands on the same headers to every kind of upstream: those with which verify answers."""
    text = (ROOT / 'nginx/protect.conf').read_text()
    answered = set(re.findall(r'add_header\("(X-Stile-\w+)"', (ROOT / 'functions/verify/verify.cpp').read_text())) - {'X-Stile-Challenge'}
    for directive in ('proxy_set_header', 'grpc_set_header'):
        assert set(re.findall(rf'^{directive} (X-Stile-\w+) +\$', text, re.MULTILINE)) == answered
    for directive in ('fastcgi_param', 'uwsgi_param', 'scgi_param'):
        names = {f'HTTP_{name.upper().replace("-", "_")}' for name in answered}
        assert set(re.findall(rf'^{directive} (HTTP_\w+) +\$', text, re.MULTILINE)) == names


@pytest.mark.parametrize('path', ['/api/', '/both/'])
def test_insufficient_scope(stack, robot, path):
    """RFC6750-3-1 A 403 has its challenge, with the missing scope."""
    assert_refused(call(stack, path, token_of(stack, robot, scope='extra')), 403,
                   f'Bearer realm="stile", error="insufficient_scope", scope="{SCOPES[path]}"')


def test_token_elsewhere(stack, reading):
    """STILE-verify-7 A token in the query or in the body is ignored."""
    assert_refused(call(stack, '/api/x', params={'access_token': reading}), 401, BARE_CHALLENGE)
    assert_refused(call(stack, '/api/x', method='POST', data={'access_token': reading}), 401, BARE_CHALLENGE)


def test_methods(stack, api, reading):
    """STILE-verify-8 Every method passes with its body of any size, and none without a token."""
    before = api.requests
    body = 'b' * 2_000_000  # more than Stile's endpoints accept, and than nginx does by default
    answer = call(stack, '/api/upload', reading, 'POST', data=body, headers={'Content-Type': 'text/plain'})
    came = answer.json()
    assert (answer.status_code, came['method'], came['path'], came['body']) == (200, 'POST', '/api/upload', body)
    for method in ('HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'):
        assert call(stack, '/api/x', reading, method).status_code == 200, method
        assert call(stack, '/api/x', None, method).status_code == 401, method
    assert api.requests == before + 6
    assert call(stack, '/api/upload', None, 'POST', data=body).status_code == 401
    assert api.requests == before + 6


@pytest.mark.parametrize('path', ['/stile/verify', '/stile/verify?x', '/stile//verify', '/stile/./verify', '/stile/%76erify'])
def test_internal(stack, reading, path):
    """STILE-verify-9 The internal verify location cannot be requested from outside."""
    answer = raw_http.ask(stack.port, raw_http.encode('GET', path, Authorization=f'Bearer {reading}'))
    assert answer.status == 404 and not any(name.startswith('x-stile') for name in answer.headers)


@pytest.mark.skipif(os.geteuid() != 0, reason='only root sees that a function has accepted a connection')
def test_function_dies(stack, api):
    """STILE-verify-11 If the verify function dies during a request, the request does not pass."""
    before = api.requests
    answer = lost_request(stack, 'stile-verify', lambda: call(stack, '/any/x', UNKNOWN))
    assert answer.status_code >= 500 and api.requests == before


def test_at_once(stack, api, reading):
    """STILE-verify-12 64 verified requests at once are all answered."""
    before = api.requests

    def ask(number):
        assert call(stack, '/api/x', UNKNOWN).status_code == 401
        return call(stack, f'/api/{number}', reading)

    answers = at_once([lambda number=number: ask(number) for number in range(64)])
    assert [answer.status_code for answer in answers] == [200] * 64
    assert [answer.json()['path'] for answer in answers] == [f'/api/{number}' for number in range(64)]
    assert {forwarded(answer.json())['x-stile-client'] for answer in answers} == {'robot'}
    assert api.requests == before + 64
