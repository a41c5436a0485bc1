"""One Stile, one Chromium and one callback server for all tests; each test begins with a browser without cookies."""
import itertools
import pathlib
import sys
import tempfile
import urllib.parse

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from callback import Callback, make_certificate  # noqa: E402
from chromium import Browser  # noqa: E402
from stack import Stack  # noqa: E402

REDIRECT_URI = 'https://www.example.com/redirect'


class RunningStack(Stack):
    """The running Stile with helpers for the tests of its pages."""

    numbers = itertools.count(1)

    def flow(self, client_id='test_client', redirect_uri=REDIRECT_URI, scope='email', state='somestate', **more):
        """The authorization request that a client sends its user to."""
        parameters = {'client_id': client_id, 'redirect_uri': redirect_uri, 'response_type': 'code', 'state': state,
                      'scope': scope, **more}
        return f'{self.base}/oauth/authorize?{urllib.parse.urlencode(parameters)}'

    def new_client(self, *options, redirect_uri=REDIRECT_URI):
        client_id = f'client-{next(self.numbers)}'
        self.admin('client', 'add', '--id', client_id, '--secret', 'password', '--redirect-uri', redirect_uri,
                   '--scope', 'openid profile email', *options)
        return client_id

    def codes(self):
        return set(self.redis('KEYS', 'code:*').split())


@pytest.fixture(scope='session')
def stack():
    with RunningStack() as stack:
        yield stack


@pytest.fixture(autouse=True)
def wrong_passwords_are_forgiven(request):
    """All tests share the account of admin: failed attempts in one test must not throttle another."""
    yield
    if 'stack' in request.fixturenames:
        request.getfixturevalue('stack').admin('user', 'unlock', 'admin')


@pytest.fixture(scope='session')
def landing():
    """https://www.example.com/redirect"""
    with tempfile.TemporaryDirectory() as folder:
        certificate = make_certificate(pathlib.Path(folder), 'www.example.com')
        with Callback('/redirect', certificate) as callback:
            callback.certificate = certificate
            yield callback


@pytest.fixture(scope='session')
def hosts(landing):
    return {'www.example.com': f'127.0.0.1:{landing.port}'}


@pytest.fixture(scope='session')
def chromium(hosts):
    with Browser(hosts) as browser:
        yield browser


@pytest.fixture
def browser(chromium, landing):
    """STILE-browser-1 is checked after every test: no page violates its own policy or causes a message in the browser
    console."""
    chromium.start_afresh()
    landing.forget()
    yield chromium
    assert chromium.complaints() == []
