"""The contract of a login program (functions/login/README.md), point by point, with a program that sends what a test wants."""
import contextlib
import http.server
import json
import pathlib
import re
import subprocess
import tempfile
import threading
import time
import urllib.parse

import pytest
import requests

import known_secrets  # noqa: F401 (what goes over requests is remembered)
from fastcgi import ask
from other_login import SECRET, SETTINGS, readme_lines, root_with_other_login
from stack import PROGRAMS, ROOT, Stack

REDIRECT_URI = 'https://www.example.com/redirect'
PATIENCE = 30  # seconds


class Program:
    """A login program over HTTP; `description` is what it sends in addition to the request."""

    def __init__(self):
        program = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get('Content-Length', 0)))
                request = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query).get('request', [''])[0]
                self.send_response(200)
                self.send_header('X-Accel-Redirect', program.location(request))
                self.send_header('X-Stile-Subject', 'header')
                self.send_header('Set-Cookie', 'program=its-own; Path=/')
                self.send_header('Content-Length', '5')
                self.end_headers()
                if self.command != 'HEAD':
                    self.wfile.write(b'hello')

            do_POST = do_HEAD = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.tells({})

    def tells(self, description, raw=''):
        """`raw` is appended unchanged."""
        self.description, self.raw = description, raw

    def location(self, request):
        description = {'contract': '1', 'request': request, 'subject': '7c9e'} | self.description
        present = {name: value for name, value in description.items() if value is not None}
        return '/stile/accept-login?' + urllib.parse.urlencode(present) + self.raw

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class RunningStack(Stack):
    def authorize(self, browser):
        """The redirect of authorize: to /login, or to /approve if the user is logged in."""
        parameters = {'client_id': 'test_client', 'redirect_uri': REDIRECT_URI, 'response_type': 'code', 'scope': 'email'}
        answer = browser.get(f'{self.base}/oauth/authorize', params=parameters, allow_redirects=False, timeout=PATIENCE)
        assert answer.status_code == 303
        return answer.headers['Location']

    def begin_flow(self, browser):
        path = self.authorize(browser)
        assert path.startswith('/login?request=')
        return path

    def ask(self, browser, path, method='POST', **more):
        return browser.request(method, self.base + path, allow_redirects=False, timeout=PATIENCE, **more)

    def sessions(self):
        return {key: self.record(key) for key in self.redis('KEYS', 'session:*').split()}

    def record(self, key):
        words = self.redis('HGETALL', key).split('\n')
        return dict(zip(words[::2], words[1::2]))

    def login_events(self):
        lines = (self.dir / 'log/functions.log').read_text().splitlines()
        return [event for event in map(json.loads, lines) if event.get('event') == 'login_succeeded']

    def log_in(self, browser):
        """The record of the new session, for a login with the program's current description."""
        before = self.sessions()
        path = self.begin_flow(browser)
        answer = self.ask(browser, path, data={'password': 'for the program alone'})
        assert (answer.status_code, answer.headers['Location']) == (303, path.replace('/login', '/approve')), answer.text
        new = {key: record for key, record in self.sessions().items() if key not in before}
        assert len(new) == 1
        return next(iter(new.values()))

    def approve(self, browser):
        """The tokens of the last request."""
        page = self.ask(browser, self.begun, 'GET')
        token = re.search('name="csrf_token" value="([^"]*)"', page.text)[1]
        answer = self.ask(browser, self.begun, data={'csrf_token': token, 'approval': '1'})
        code = urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers['Location']).query)['code'][0]
        return requests.post(self.base + '/oauth/token', auth=('test_client', 'password'), timeout=PATIENCE,
                             data={'grant_type': 'authorization_code', 'code': code, 'redirect_uri': REDIRECT_URI}).json()

    def tokens(self, browser):
        path = self.begin_flow(browser)
        answer = self.ask(browser, path)
        assert answer.status_code == 303, answer.text
        self.begun = answer.headers['Location']
        return self.approve(browser)

    def is_active(self, token):
        return requests.post(self.base + '/oauth/introspect', auth=('test_client', 'password'), data={'token': token},
                             timeout=PATIENCE).json()


@pytest.fixture(scope='module')
def program():
    with Program() as program:
        yield program


@pytest.fixture(scope='module')
def stack(program):
    with tempfile.TemporaryDirectory() as folder:
        elsewhere = f'location = /elsewhere {{ proxy_pass http://127.0.0.1:{program.port}/login; }}\n'
        root = root_with_other_login(pathlib.Path(folder), f'proxy_pass http://127.0.0.1:{program.port};', elsewhere)
        with RunningStack(root=root, **SETTINGS) as stack:
            yield stack


@pytest.fixture
def browser():
    with requests.Session() as browser:
        yield browser


@pytest.fixture(autouse=True)
def plain(program):
    program.tells({})


def assert_refused(stack, browser, answer, status=400, before=None):
    assert answer.status_code == status, answer.text
    assert 'stile_session' not in ''.join(browser.cookies.keys()) and 'Location' not in answer.headers
    if before is not None:
        assert stack.sessions() == before


# How Stile handles the description.

def test_described_in_full(stack, program, browser):
    """STILE-contract-1 A login is accepted as described: subject, user, auth_time and amr in session, grant and event."""
    then = int(time.time()) - 100
    program.tells({'subject': 'auth0|7c9e', 'user': 'Ann@Example.org', 'auth_time': str(then), 'amr': 'pwd otp'})
    tokens = stack.tokens(browser)
    found = [session for session in stack.sessions().values() if session['sub'] == 'auth0|7c9e']
    assert [(session['user'], session['auth_time'], session['amr']) for session in found] == [('ann@example.org', str(then), 'pwd otp')]
    event = stack.login_events()[-1]
    assert (event['user'], event['sub'], event['amr'], event['client_id']) == ('ann@example.org', 'auth0|7c9e', 'pwd otp', 'test_client')
    assert event['function'] == 'login' and event['grant'] == tokens['access_token'][:12] and event['address']
    grant = stack.record('grant:{%s}' % tokens['access_token'][:12])
    assert (grant['sub'], grant['username'], grant['auth_time']) == ('auth0|7c9e', 'ann@example.org', str(then))
    facts = stack.is_active(tokens['access_token'])
    assert (facts['active'], facts['sub'], facts['username']) == (True, 'auth0|7c9e', 'ann@example.org')
    again = requests.post(stack.base + '/oauth/token', auth=('test_client', 'password'), timeout=PATIENCE,
                          data={'grant_type': 'refresh_token', 'refresh_token': tokens['refresh_token']})
    assert again.status_code == 200


def test_described_in_short(stack, program, browser):
    """STILE-contract-2 Without user, auth_time and amr the defaults are the subject, the current time, and no amr."""
    program.tells({'subject': 'Auth0|Short', 'user': '', 'amr': ''})
    before = int(time.time())
    session = stack.log_in(browser)
    assert (session['user'], session['sub']) == ('Auth0|Short', 'Auth0|Short')
    assert before <= int(session['auth_time']) <= time.time() and 'amr' not in session
    assert 'amr' not in stack.login_events()[-1]


@pytest.mark.parametrize('number', [None, '', '0', '2', '1 ', '01', '1.0', '-1', 'one', '11111111111'])
def test_other_contracts(stack, program, browser, number):
    """STILE-contract-3 An unknown or missing contract version is refused."""
    before = stack.sessions()
    program.tells({'contract': number})
    assert_refused(stack, browser, stack.ask(browser, stack.begin_flow(browser)), before=before)


WRONG = {
    'no subject': {'subject': None}, 'an empty subject': {'subject': ''}, 'a long subject': {'subject': 'a' * 256},
    'a colon': {'subject': 'a:b'}, 'a space': {'subject': 'a b'}, 'CR LF': {'subject': 'a\r\nSet-Cookie: a=b'},
    'NUL': {'subject': 'admin\0x'}, 'not ASCII': {'subject': 'änn'}, 'a long user': {'user': 'a' * 129},
    'a user with a space': {'user': 'Ann Example'}, 'a user with CR LF': {'user': 'a\r\nb'}, 'a user not ASCII': {'user': 'änn'},
    'auth_time of no number': {'auth_time': 'now'}, 'auth_time 0': {'auth_time': '0'}, 'auth_time below 0': {'auth_time': '-5'},
    'auth_time to come': {'auth_time': '99999999999'}, 'auth_time beyond numbers': {'auth_time': '9' * 20},
    'amr of no word': {'amr': 'password'}, 'amr in capitals': {'amr': 'PWD'}, 'amr with two spaces': {'amr': 'pwd  otp'},
    'amr twice': {'amr': 'pwd pwd'}, 'amr with CR LF': {'amr': 'pwd\r\notp'}, 'no request': {'request': None},
}


@pytest.mark.parametrize('description', WRONG.values(), ids=WRONG.keys())
def test_wrong_descriptions(stack, program, browser, description):
    """STILE-contract-4 A parameter that is missing, malformed, too long or out of range is refused, and nothing
    changes."""
    before = stack.sessions()
    program.tells(description)
    answer = stack.ask(browser, stack.begin_flow(browser))
    assert_refused(stack, browser, answer, before=before)
    assert answer.headers['Content-Type'].startswith('text/html') and answer.headers['Cache-Control'] == 'no-store'
    refusal = json.loads((stack.dir / 'log/functions.log').read_text().splitlines()[-2])
    assert refusal['event'] == 'refused' and refusal['request_id'] == answer.headers['X-Request-Id']


@pytest.mark.parametrize('name', ['contract', 'request', 'subject', 'user', 'auth_time', 'amr'])
def test_twice(stack, program, browser, name):
    """STILE-contract-5 A repeated parameter is refused, so that no value can be appended to the program's."""
    before = stack.sessions()
    program.tells({'user': 'ann', 'auth_time': '1000000', 'amr': 'pwd'}, raw=f'&{name}=1')
    assert_refused(stack, browser, stack.ask(browser, stack.begin_flow(browser)), before=before)


def test_longest(stack, program, browser):
    """STILE-contract-6 A subject and a user of maximum length are accepted, with every allowed character."""
    visible = ''.join(chr(c) for c in range(0x21, 0x7f) if chr(c) != ':')
    program.tells({'subject': (visible * 3)[:255], 'user': ('a0._@+-' * 20)[:128]})
    session = stack.log_in(browser)
    assert (session['sub'], session['user']) == ((visible * 3)[:255], ('a0._@+-' * 20)[:128])


def test_clocks(stack, program, browser):
    """STILE-contract-7 An auth_time slightly in the future is accepted and set to the current time."""
    program.tells({'auth_time': str(int(time.time()) + 30)})
    assert int(stack.log_in(browser)['auth_time']) <= time.time()


def test_refused_in_their_language(stack, program, browser):
    """STILE-contract-22 The error page is in the browser's language."""
    program.tells({'subject': ''})
    for language in ('de', 'fr'):
        answer = stack.ask(browser, stack.begin_flow(browser), headers={'Accept-Language': language})
        assert answer.status_code == 400 and f'<html lang="{language}"' in answer.text


# The owner of the request.

def test_requests_of_others(stack, program, browser):
    """STILE-contract-8 A login is accepted only for a request that this browser began."""
    with requests.Session() as attacker:
        path = stack.begin_flow(attacker)
        before = stack.sessions()
        assert_refused(stack, browser, stack.ask(browser, path), before=before)
        stack.begin_flow(browser)  # nor with its own pending request
        assert_refused(stack, browser, stack.ask(browser, path), before=before)
        assert stack.ask(attacker, path).status_code == 303


@pytest.mark.parametrize('request_id', ['aaaaaaaaaaaa', 'a', 'a' * 64, 'a' * 65, '../../etc/pw', 'aaaaaaaaaaa\0'])
def test_unknown_requests(stack, program, browser, request_id):
    """STILE-contract-9 A request that is unknown or malformed is refused."""
    before = stack.sessions()
    path = stack.begin_flow(browser)
    program.tells({'request': request_id})
    assert_refused(stack, browser, stack.ask(browser, path), before=before)


def test_expired_request(stack, browser):
    """STILE-contract-10 A request that has expired is refused."""
    before = stack.sessions()
    path = stack.begin_flow(browser)
    stack.redis('PEXPIRE', 'request:{%s}' % path.rpartition('=')[2], '1')
    assert_refused(stack, browser, stack.ask(browser, path), before=before)


# The session.

def test_session_is_new(stack, program, browser):
    """STILE-contract-11 The session is the same as with Stile's login page: a new id, the previous session ended, the
    same cookie."""
    stack.log_in(browser)
    first = browser.cookies['stile_session']
    program.tells({'subject': 'another'})
    path = stack.begin_flow(requests.Session())  # a request of another user changes nothing
    assert stack.ask(browser, path).status_code == 400 and browser.cookies['stile_session'] == first
    consent = stack.ask(browser, stack.authorize(browser).replace('/approve', '/login') + '&prompt=login')
    assert consent.status_code == 303 and browser.cookies['stile_session'][:18] != first[:18]
    assert 'session:' + first[:18] not in stack.sessions()
    cookie = next(line for line in consent.raw.headers.getlist('Set-Cookie') if line.startswith('stile_session='))
    assert re.fullmatch(r'stile_session=\w{42}; Path=/; Max-Age=28800; HttpOnly; SameSite=Lax', cookie)


def test_stiles_login_page_gives_the_same_session(stack, program, browser):
    """STILE-contract-12 A session of Stile's login page has the same fields, with amr pwd."""
    theirs = (program.tells({'user': 'ann', 'amr': 'pwd'}), stack.log_in(browser))[1]
    with RunningStack() as own, requests.Session() as person:
        path = own.begin_flow(person)
        token = re.search('name="csrf_token" value="([^"]*)"', own.ask(person, path, 'GET').text)[1]
        answer = own.ask(person, path, data={'csrf_token': token, 'username': 'admin', 'password': 'admin'})
        assert answer.status_code == 303
        ours = next(iter(own.sessions().values()))
        assert set(ours) == set(theirs) and ours['amr'] == 'pwd' and own.login_events()[-1]['amr'] == 'pwd'


def test_cookies_of_the_program(stack, browser):
    """STILE-contract-13 The browser receives the program's cookies, but not its status and body, for every method."""
    for method in ('GET', 'POST'):
        with requests.Session() as one:
            answer = stack.ask(one, stack.begin_flow(one), method)
            assert answer.status_code == 303 and 'hello' not in answer.text
            assert one.cookies['program'] == 'its-own' and one.cookies['stile_session']
            assert 'X-Stile-Subject' not in answer.headers and 'X-Accel-Redirect' not in answer.headers


# Attacks of a browser.

PATHS = ['/stile/accept-login', '/stile/accept-login/', '//stile/accept-login', '/stile//accept-login', '/STILE/accept-login',
         '/stile/%61ccept-login', '/login/../stile/accept-login', '/stile/./accept-login', '/stile/accept-login%00']


@pytest.mark.parametrize('path', PATHS)
def test_not_from_outside(stack, browser, path):
    """STILE-contract-14 A browser cannot reach the internal location, by any method or spelling of the path."""
    request = stack.begin_flow(browser).rpartition('=')[2]
    before = stack.sessions()
    query = urllib.parse.urlencode({'contract': 1, 'request': request, 'subject': 'admin'})
    for method in ('GET', 'POST', 'HEAD', 'PUT'):
        prepared = browser.prepare_request(requests.Request(method, stack.base))
        prepared.url = f'{stack.base}{path}?{query}'
        answer = browser.send(prepared, allow_redirects=False, timeout=PATIENCE)
        assert answer.status_code in (400, 404, 405)  # responses of nginx itself
        assert_refused(stack, browser, answer, answer.status_code, before)


def test_nothing_is_smuggled(stack, program, browser):
    """STILE-contract-15 Headers, query, body and cookies of a browser cannot set login parameters."""
    program.tells({'subject': 'the-truth', 'user': 'truth', 'amr': 'otp'})
    path = stack.begin_flow(browser)
    lies = {'contract': '1', 'subject': 'admin', 'user': 'admin', 'auth_time': '1', 'amr': 'mfa'}
    headers = {f'X-Stile-{name.title().replace("_", "-")}': value for name, value in lies.items()}
    headers |= {'X-Accel-Redirect': '/stile/accept-login?subject=admin', 'Stile-Login-Contract': '2', 'QUERY-STRING': 'subject=admin',
                'DOCUMENT-URI': '/stile/accept-login'}
    answer = stack.ask(browser, f'{path}&{urllib.parse.urlencode(lies)}', data=lies, headers=headers, cookies=lies)
    assert answer.status_code == 303, answer.text
    event = stack.login_events()[-1]
    assert (event['sub'], event['user'], event['amr']) == ('the-truth', 'truth', 'otp')


def test_no_other_location(stack, browser):
    """STILE-contract-16 Another upstream of the same server cannot submit a login."""
    before = stack.sessions()
    path = stack.begin_flow(browser)
    assert_refused(stack, browser, stack.ask(browser, path.replace('/login', '/elsewhere')), 404, before)


def test_headers_do_not_make_stiles_page_accept(browser):
    """STILE-contract-17 Without a login program this location does not exist, and /login shows Stile's page."""
    with RunningStack() as stack:
        path = stack.begin_flow(browser)
        assert stack.ask(browser, path.replace('/login?', '/stile/accept-login?contract=1&subject=admin&'), 'GET').status_code == 404
        answer = stack.ask(browser, path + '&contract=1&subject=admin', 'GET', headers={'X-Stile-Subject': 'admin'})
        assert answer.status_code == 200 and 'Sign in' in answer.text and stack.sessions() == {}


# Attacks of a program that can connect to the function's socket.

def ask_socket(stack, browser, **more):
    """The answer to a login as any user, for a request that this browser has begun, without nginx."""
    query = urllib.parse.urlencode({'contract': 1, 'request': stack.begin_flow(browser).rpartition('=')[2], 'subject': 'admin',
                                    'amr': 'mfa hwk'})
    cookies = '; '.join(f'{cookie.name}={cookie.value}' for cookie in browser.cookies)
    return ask(stack.dir / 'login.sock', REQUEST_METHOD='POST', DOCUMENT_URI='/stile/accept-login', QUERY_STRING=query,
               REMOTE_ADDR='127.0.0.1', HTTP_COOKIE=cookies, **more)


def test_off_by_default(browser):
    """STILE-contract-23 While no secret is set, the function answers 404 to a login of a program, whatever secret it presents."""
    with RunningStack() as stack:
        for presented in ({}, {'STILE_LOGIN_PROGRAM_SECRET': ''}, {'STILE_LOGIN_PROGRAM_SECRET': SECRET}):
            answer = ask_socket(stack, browser, **presented)
            assert answer.startswith('Status: 404 Not Found\r\n') and 'Set-Cookie' not in answer and 'Location' not in answer
        assert stack.sessions() == {} and stack.login_events() == []


@pytest.mark.parametrize('presented', [{}, {'STILE_LOGIN_PROGRAM_SECRET': ''}, {'STILE_LOGIN_PROGRAM_SECRET': SECRET[:-1]},
                                       {'STILE_LOGIN_PROGRAM_SECRET': SECRET + 'x'}, {'STILE_LOGIN_PROGRAM_SECRET': SECRET.lower()},
                                       {'HTTP_STILE_LOGIN_PROGRAM_SECRET': SECRET}])
def test_without_the_secret(stack, browser, presented):
    """STILE-contract-24 A login of a program is refused without nginx's secret, and nothing changes."""
    before, events = stack.sessions(), len(stack.login_events())
    answer = ask_socket(stack, browser, **presented)
    assert answer.startswith('Status: 403 Forbidden\r\n') and 'Set-Cookie' not in answer and 'Location' not in answer
    assert stack.sessions() == before and len(stack.login_events()) == events
    assert ask_socket(stack, browser, STILE_LOGIN_PROGRAM_SECRET=SECRET).startswith('Status: 303')  # so the rest was right


def test_nginx_without_the_secret(program, browser):
    """STILE-contract-24 A login of a program is refused without nginx's secret, and nothing changes."""
    with tempfile.TemporaryDirectory() as folder:
        root = root_with_other_login(pathlib.Path(folder), f'proxy_pass http://127.0.0.1:{program.port};')
        (root / 'nginx/accept-login-secret.conf').unlink()
        with RunningStack(root=root, **SETTINGS) as stack:
            assert_refused(stack, browser, stack.ask(browser, stack.begin_flow(browser)), 403, {})


# Failures.

def test_program_is_away():
    """STILE-contract-18 While the login program is unavailable the response is 503 with Retry-After, and the request
    continues afterwards."""
    with tempfile.TemporaryDirectory() as folder, requests.Session() as browser:
        with RunningStack(root=root_with_other_login(pathlib.Path(folder)), **SETTINGS) as stack:
            path = stack.begin_flow(browser)
            answer = stack.ask(browser, path, 'GET')
            assert (answer.status_code, answer.headers['Retry-After']) == (503, '1')
            assert stack.redis('EXISTS', 'request:{%s}' % path.rpartition('=')[2]) == '1'


# The operator.

@contextlib.contextmanager
def logged_in(stack, program, **description):
    program.tells(description)
    with requests.Session() as person:
        yield person, stack.tokens(person)


def is_logged_in(stack, person):
    return stack.authorize(person).startswith('/approve?')


def test_operator_ends_sessions(stack, program):
    """STILE-contract-19 An operator ends the sessions and grants of a user without a record, by name or subject, and no others."""
    with (logged_in(stack, program, subject='s-1', user='eve') as (eve, eves),
          logged_in(stack, program, subject='S|2') as (nameless, namelesss),
          logged_in(stack, program, subject='eve', user='other') as (other, others)):
        assert stack.admin('user', 'end-sessions', 'EVE') == '1 session ended, 1 grant revoked\n'
        assert not is_logged_in(stack, eve) and not stack.is_active(eves['access_token'])['active']
        assert is_logged_in(stack, other) and stack.is_active(others['access_token'])['active']
        assert stack.admin('user', 'end-sessions', '--subject', 'S|2') == '1 session ended, 1 grant revoked\n'
        assert not is_logged_in(stack, nameless) and not stack.is_active(namelesss['access_token'])['active']
        assert is_logged_in(stack, other) and stack.is_active(others['access_token'])['active']
        assert stack.admin('user', 'end-sessions', 'eve') == '0 sessions ended, 0 grants revoked\n'
        events = json.loads(stack.admin('events', '--json', '--count', '50'))
        ended = [event for event in events if event.get('reason') == 'ended_by_operator']
        assert [event['event'] for event in ended] == ['session_ended', 'grant_revoked'] * 2


def test_operator_says_whose(stack):
    """STILE-contract-20 end-sessions takes either a name or a subject."""
    for words in ([], ['eve', '--subject', 's-1'], ['a b']):
        done = subprocess.run([PROGRAMS / 'stile', 'user', 'end-sessions', *words], env=stack.environment,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 2 and done.stderr, words


def test_page_of_the_contract():
    """STILE-contract-21 The contract version of the README is that of the program, and its table lists every parameter."""
    readme = (ROOT / 'functions/login/README.md').read_text()
    source = (ROOT / 'functions/login/accept.cpp').read_text()
    number = re.search(r'contract = "(\d+)"', source)[1]
    assert f'contract {number}' in readme.splitlines()[0]
    assert re.findall(r'^\| `(\w+)` \|', readme, re.M) == re.findall(r'Parameter<Description>\{\{"(\w+)"', source)
    assert 'set $stile_login replaced;' in readme_lines()
