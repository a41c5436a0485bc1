"""One running Stile for all attacks, two users, and the clients that are attacked most."""
import json
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from attacker import SHARED_SECRET, RunningStack  # noqa: E402
from pages import JSON, PAGES, REDIRECTS, every_json, every_page, every_redirect  # noqa: E402

@pytest.fixture(scope='session')
def stack():
    # Clients change between cases, and the wrong passwords of one case must not throttle the next one.
    with RunningStack(STILE_CLIENT_CACHE=0, STILE_LOGIN_TRIES_PER_USER=100_000, STILE_LOGIN_TRIES_PER_ADDRESS=1_000_000,
                      STILE_CLIENT_TRIES=100_000, STILE_SECRET_KEY=SHARED_SECRET) as stack:
        for user in ('alice', 'bob'):
            stack.admin('user', 'add', user, '--subject', user, '--password', user)
        yield stack


@pytest.fixture(scope='session')
def strict():
    """Another one, with the default throttles."""
    with RunningStack() as stack:
        yield stack


@pytest.fixture(scope='session')
def web(stack):
    """A confidential client: a web application."""
    return stack.client()


@pytest.fixture(scope='session')
def other(stack):
    """Another confidential client, the attacker's own or a compromised one; it has the same redirect URI."""
    return stack.client()


@pytest.fixture(scope='session')
def spa(stack):
    """A public client: an application in the browser."""
    return stack.client('--public', redirect_uri='https://spa.example/callback')


@pytest.fixture(scope='session')
def watcher(stack):
    """A resource server: it introspects all tokens, and so shows which are active."""
    return stack.client('--introspect', 'any', '--grant-type', 'client_credentials')


def pytest_runtest_logreport(report):
    """Writes one line for each case into the file STILE_REPORT."""
    path = os.environ.get('STILE_REPORT')
    if path and (report.when == 'call' or report.failed):
        line = {'suite': 'security', 'case': report.nodeid.partition('tests/security/')[2] or report.nodeid,
                'outcome': report.outcome}
        with open(path, 'a', encoding='utf-8') as file:
            file.write(json.dumps(line) + '\n')


@pytest.fixture(scope='session')
def answers(stack):
    """One of each kind of answer, by name."""
    client = stack.client()
    found = every_page(stack, client) | every_json(stack, client) | every_redirect(stack, client)
    assert sorted(found) == sorted(PAGES + JSON + REDIRECTS)
    return found
