"""The tools of an attack: requests of exactly these bytes, browsers that keep cookies, and checks of refusals. Every
refusal is checked completely: the exact status and error code, no redirect, nothing issued, nothing new in Redis."""
import base64
import contextlib
import hashlib
import http.client
import itertools
import json
import re
import socket
import urllib.parse

from stack import PATIENCE, Stack

ATTACKER = 'https://attacker.example'
REDIRECT_URI = 'https://client.example/callback'
VERIFIER = 'a-verifier-of-the-client-that-nobody-else-knows.~'
FORM = 'application/x-www-form-urlencoded'
# HS256's secret: the attacks on signed tokens try it where it must not be accepted.
SHARED_SECRET = 'the-secret-of-the-resource-servers-0123456789'


def challenge_of(verifier):
    """RFC 7636 §4.2, S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b'=').decode()


def encode(fields):
    """A query or form body of a dict or of pairs; bytes and text alike, every character that could be is escaped."""
    pairs = fields.items() if isinstance(fields, dict) else fields
    return '&'.join(f'{urllib.parse.quote(name, safe="")}={urllib.parse.quote(value, safe="")}'
                    for name, value in pairs if value is not None)


def basic(client_id, secret):
    """RFC 6749 §2.3.1."""
    pair = f'{urllib.parse.quote_plus(client_id)}:{urllib.parse.quote_plus(secret)}'
    return {'Authorization': 'Basic ' + base64.b64encode(pair.encode()).decode()}


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = [(name.lower(), value) for name, value in response.getheaders()]
        self.body = response.read().decode('utf-8', 'replace')

    def __repr__(self):
        text = re.sub('<style>.*?</style>|<svg.*?</svg>', '', self.body, flags=re.DOTALL)
        return f'{self.status} {dict(self.headers)}\n{text[:600]}'

    def all(self, name):
        return [value for found, value in self.headers if found == name]

    def header(self, name):
        """The one header of that name, or None."""
        values = self.all(name)
        assert len(values) <= 1, f'{name} came {len(values)} times: {values}'
        return values[0] if values else None

    @property
    def location(self):
        return self.header('location')

    @property
    def returned(self):
        """The parameters of the redirect URI in Location, each of which may be there once."""
        pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(self.location).query, keep_blank_values=True)
        assert len(dict(pairs)) == len(pairs), self.location
        return dict(pairs)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def csrf_token(self):
        found = re.search('name="csrf_token" value="([^"]+)"', self.body)
        assert found, f'no form: {self}'
        return found[1]


def exchange(port, data, method='GET'):
    """Sends the bytes as they are and reads one answer."""
    with socket.create_connection(('127.0.0.1', port), timeout=PATIENCE) as connection:
        connection.sendall(data)
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return Answer(response)


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode('latin-1')


class Client:
    """A registered client with its secret."""

    def __init__(self, client_id, redirect_uri, secret=None):
        self.id, self.redirect_uri, self.secret = client_id, redirect_uri, secret

    @property
    def is_public(self):
        return self.secret is None

    @property
    def headers(self):
        return {} if self.is_public else basic(self.id, self.secret)

    @property
    def fields(self):
        return {'client_id': self.id} if self.is_public else {}


class RunningStack(Stack):
    """The running Stile with helpers for attackers, clients and users."""

    numbers = itertools.count(1)

    def __enter__(self):
        super().__enter__()
        self.sessions = {}
        self.connection = None
        return self

    def __exit__(self, *problem):
        self.disconnect()
        return super().__exit__(*problem)

    def disconnect(self):
        """From Redis."""
        if self.connection:
            self.replies.close()
            self.connection.close()
        self.connection = None

    def send(self, method, target, body=None, headers=None):
        """One request, byte for byte; `headers` is a dict or pairs, None as a value leaves a default header out."""
        pairs = list(headers.items() if isinstance(headers, dict) else headers or [])
        named = {name.lower() for name, _ in pairs}
        defaults = {'Host': f'localhost:{self.port}', 'Connection': 'close'}
        if body is not None:
            body = as_bytes(body)
            defaults |= {'Content-Type': FORM, 'Content-Length': str(len(body))}
        pairs = [(name, value) for name, value in defaults.items() if name.lower() not in named] + pairs
        lines = [as_bytes(method) + b' ' + as_bytes(target) + b' HTTP/1.1']
        lines += [as_bytes(name) + b': ' + as_bytes(value) for name, value in pairs if value is not None]
        return exchange(self.port, b'\r\n'.join(lines) + b'\r\n\r\n' + (body or b''), method)

    def post(self, target, fields, headers=None):
        return self.send('POST', target, fields if isinstance(fields, (str, bytes)) else encode(fields), headers)

    def redis(self, *command):
        """As in Stack, over one connection, because the attacks read Redis often."""
        if self.connection is None:
            self.connection = socket.socket(socket.AF_UNIX)
            self.connection.settimeout(PATIENCE)
            self.connection.connect(str(self.dir / 'redis.sock'))
            self.replies = self.connection.makefile('rb')
            self.redis('AUTH', 'operator', (self.dir / 'operator.password').read_text())
        words = [word.encode() for word in command]
        request = b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words)
        self.connection.sendall(b'*%d\r\n' % len(words) + request)
        return self.read_reply()

    def read_reply(self):
        """A reply as redis-cli shows it, one element a line (RESP 2); an error is an AssertionError."""
        line = self.replies.readline()
        kind, text = line[:1], line[1:-2].decode()
        assert kind != b'-', text
        if kind == b'*':
            return '\n'.join(self.read_reply() for _ in range(int(text)))
        if kind == b'$':
            return self.replies.read(int(text) + 2)[:-2].decode(errors='replace') if text != '-1' else ''
        return text

    # Clients ------------------------------------------------------------------------------------------------------

    def client(self, *options, redirect_uri=REDIRECT_URI, scope='openid profile email', secret=None, client_id=None):
        """A new client; with '--public' among the options it has no secret."""
        client_id = client_id or f'client-{next(self.numbers)}'
        given = ['--secret', secret] if secret else []
        shown = self.admin('client', 'add', '--id', client_id, '--redirect-uri', redirect_uri, '--scope', scope,
                           *given, *options)
        if '--public' not in options and not secret:
            secret = re.search('client_secret: (.+)', shown)[1]
        return Client(client_id, redirect_uri, secret)

    def token(self, client, **fields):
        """A request at the token endpoint, authenticated as that client."""
        return self.post('/oauth/token', client.fields | fields, client.headers)

    def redeem(self, client, code, **fields):
        return self.token(client, **{'grant_type': 'authorization_code', 'code': code,
                                     'redirect_uri': client.redirect_uri} | fields)

    def refresh(self, client, refresh_token, **fields):
        return self.token(client, grant_type='refresh_token', refresh_token=refresh_token, **fields)

    def revoke(self, client, token, **fields):
        return self.post('/oauth/revoke', client.fields | {'token': token} | fields, client.headers)

    def introspect(self, client, token, **fields):
        return self.post('/oauth/introspect', client.fields | {'token': token} | fields, client.headers)

    def is_active(self, client, token):
        answer = self.introspect(client, token)
        assert answer.status == 200, answer
        return answer.json['active']

    def call_api(self, token):
        """A request at the protected API behind nginx's auth_request."""
        return self.send('GET', '/demo/api/protected', headers={'Authorization': f'Bearer {token}'})

    def userinfo(self, token):
        """The UserInfo response for a token."""
        return self.send('GET', '/oauth/userinfo', headers={'Authorization': f'Bearer {token}'})

    # People -------------------------------------------------------------------------------------------------------

    def request_of(self, client, **parameters):
        """The URL to which a client sends its user; a parameter that is None is left out."""
        sent = {'client_id': client.id, 'redirect_uri': client.redirect_uri, 'response_type': 'code',
                'scope': 'email', 'state': 'somestate'}
        if client.is_public:
            sent |= {'code_challenge': challenge_of(VERIFIER), 'code_challenge_method': 'S256'}
        return '/oauth/authorize?' + encode(sent | parameters)

    def browser(self, user=None):
        """A new browser; with `user`, logged in with that user's session. All cases share that session: a case that
        ends it in the course of an attack uses browser_of_its_own()."""
        browser = Browser(self)
        if user is not None:
            if user not in self.sessions:
                self.sessions[user] = self.browser_of_its_own(user).cookies['stile_session']
            browser.cookies = {'stile_session': self.sessions[user]}
        return browser

    def browser_of_its_own(self, user):
        """A new browser in which the user has just logged in (the password is the user name)."""
        browser = Browser(self)
        answer = browser.log_in(browser.begin(self.client()), user)
        assert answer.status == 303, answer
        return browser

    def code(self, client, user='alice', **parameters):
        """A code that this user has granted to this client, as it reaches the redirect URI."""
        browser = self.browser(user)
        answer = browser.get(self.request_of(client, **parameters))
        if answer.location.startswith('/approve?'):
            answer = browser.approve(answer.location)
        return answer.returned['code']

    def tokens(self, client, user='alice', **parameters):
        """The token response for such a code."""
        proof = {'code_verifier': VERIFIER} if client.is_public else {}
        answer = self.redeem(client, self.code(client, user, **parameters), **proof)
        assert answer.status == 200, answer
        return answer.json

    # What there is ------------------------------------------------------------------------------------------------

    def issued(self, families=('code:', 'access:', 'refresh:', 'grant:', 'session:', 'consent:')):
        """The keys of everything that was issued and has not expired."""
        return {key for key in self.redis('KEYS', '*').split() if key.startswith(families)}


class Browser:
    """Keeps cookies as a browser does, follows no redirects and fills in forms itself."""

    def __init__(self, stack):
        self.stack = stack
        self.cookies = {}

    def send(self, method, target, body=None, headers=None):
        headers = dict(headers or {})
        if self.cookies:
            headers.setdefault('Cookie', '; '.join(f'{name}={value}' for name, value in self.cookies.items()))
        answer = self.stack.send(method, target, body, headers)
        for cookie in answer.all('set-cookie'):
            name, _, value = cookie.partition(';')[0].partition('=')
            if 'Max-Age=0' in cookie:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer

    def get(self, target, headers=None):
        return self.send('GET', target, headers=headers)

    def post(self, target, fields, headers=None):
        return self.send('POST', target, fields if isinstance(fields, (str, bytes)) else encode(fields), headers)

    def begin(self, client, **parameters):
        """The redirect of the authorization endpoint for this browser: the path of the login or of the consent page."""
        answer = self.get(self.stack.request_of(client, **parameters))
        assert answer.status == 303, answer
        return answer.location

    def log_in(self, target, user, password=None, **fields):
        """Fills in the login form at `target`; the password is the user name."""
        token = self.get(target).csrf_token
        return self.post(target, {'csrf_token': token, 'username': user, 'password': password or user} | fields)

    def approve(self, target, **fields):
        """Presses Approve on the consent page at `target`."""
        return self.post(target, {'csrf_token': self.get(target).csrf_token, 'approval': '1'} | fields)


# What a refusal is -------------------------------------------------------------------------------------------------

def sends_nowhere(answer):
    """Neither a header nor the markup redirects the browser or contains a code or token."""
    for name in ('location', 'refresh', 'content-location', 'link', 'set-cookie'):
        assert answer.header(name) is None, f'{name}: {answer.header(name)}'
    for markup in ('http-equiv', '<form', '<a ', '<script', '<iframe', '<meta http', 'attacker'):
        assert markup not in answer.body.lower(), f'{markup} in {answer}'


def refused_with_page(answer, status=400, error='invalid_request'):
    """A page of Stile that shows the error to the user (RFC 6749 §4.1.2.1), without a redirect."""
    assert answer.status == status, answer
    assert answer.header('content-type') == 'text/html; charset=utf-8'
    sends_nowhere(answer)
    assert f'<code>{error}</code>' in answer.body


def refused_by_nginx(answer, status=400):
    """nginx itself refused the request: no function sends such a short content type."""
    assert (answer.status, answer.header('content-type')) == (status, 'text/html'), answer
    sends_nowhere(answer)


def refused_with_json(answer, status, error):
    """RFC 6749 §5.2, and no other members."""
    assert (answer.header('www-authenticate') is not None) == (status == 401)
    refused_with_json_body(answer, status, error)


def refused_by_userinfo(answer, status, error):
    """RFC 6750 §3, and no other attributes."""
    scope = ', scope="openid"' if error == 'insufficient_scope' else ''
    assert answer.header('www-authenticate') == f'Bearer realm="stile", error="{error}"{scope}', answer
    refused_with_json_body(answer, status, error)


def refused_with_json_body(answer, status, error):
    assert (answer.status, answer.json.get('error')) == (status, error), answer
    assert set(answer.json) == {'error', 'error_description'}
    assert answer.header('content-type') == 'application/json'
    assert answer.header('cache-control') == 'no-store'
    sends_nowhere(answer)


def refused_at_client(answer, client, stack, error, state='somestate'):
    """Only the registered redirect URI gets the error, with its state and the issuer, and no code."""
    assert answer.status == 303, answer
    assert answer.location.startswith(client.redirect_uri + '?'), answer.location
    expected = {'error': error, 'error_description': answer.returned.get('error_description'), 'iss': stack.base}
    assert answer.returned == expected | ({'state': state} if state else {}), answer.location
    assert answer.header('set-cookie') is None


@contextlib.contextmanager
def nothing_issued(stack, *families):
    """The block leaves nothing new in Redis: no code, token, grant, session or consent."""
    before = stack.issued()
    yield
    new = stack.issued(*[families] if families else []) - before
    assert not new, f'issued: {new}'


def no_token_issued(stack):
    """The same if the attack itself begins with a login and a code."""
    return nothing_issued(stack, 'access:', 'refresh:')
