"""`stile events`: the audit trail as an operator reads it."""
import json
import subprocess

import pytest

from attacker import Client, RunningStack, basic
from conftest import command
from faults import eventually, outage
from stack import PATIENCE, PROGRAMS, wait_for_line

TEST_CLIENT = Client('test_client', 'https://www.example.com/redirect', 'password')
PASSWORD = 'the password of ann'


def events(stack, *arguments):
    """What `stile events …` prints."""
    done = command(stack, 'events', *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def names(table):
    """The column EVENT with its title: it begins behind the time."""
    return [line[22:].split(' ')[0] for line in table.splitlines()]


def fail(stack, client_id):
    """A wrong client secret, which is an event client_auth_failed."""
    answer = stack.post('/oauth/token', {'grant_type': 'client_credentials'}, basic(client_id, 'a-wrong-client-secret'))
    assert answer.status == 401, answer


@pytest.fixture(scope='module')
def stack():
    """A user has failed to log in, has logged in and got tokens; a client has failed to authenticate."""
    with RunningStack() as stack:
        stack.admin('user', 'add', 'ann', '--subject', '7c9e', '--password', PASSWORD)
        browser = stack.browser()
        login = browser.begin(TEST_CLIENT)
        browser.log_in(login, 'ann', 'wrong-password-typed')
        consent = browser.log_in(login, 'ann', PASSWORD).location
        code = browser.approve(consent).returned['code']
        assert stack.redeem(TEST_CLIENT, code).status == 200
        fail(stack, 'demo')
        # The functions write their events soon after the responses.
        for event in ('code_issued', 'code_redeemed', 'client_auth_failed'):
            eventually(lambda: event in events(stack, '--event', event), f'{event} is not in the stream')
        yield stack


def test_table(stack):
    """STILE-audit-40 Events are printed as rows of a table, newest last, up to the requested number."""
    of_ann = events(stack, '--user', 'ann')
    assert names(of_ann) == ['EVENT', 'user_added', 'login_failed', 'login_succeeded', 'consent_given', 'code_issued']
    row = of_ann.splitlines()[2]
    assert row[10] == 'T'
    for words in ('login_failed  ', ' ann  ', ' test_client  ', ' 127.0.0.1  ', ' grant=', ' reason=wrong_password'):
        assert words in row
    assert names(events(stack, '--user', 'ann', '--count', '1')) == ['EVENT', 'code_issued']


def test_filters(stack):
    """STILE-audit-41 Events are filtered by user name or subject, client, event name and grant."""
    assert names(events(stack, '--user', '7c9e'))[-1] == 'code_redeemed'  # it has only the subject
    assert names(events(stack, '--client', 'demo', '--count', '100')) == ['EVENT', 'client_added', 'client_auth_failed']
    assert names(events(stack, '--event', 'login_failed')) == ['EVENT', 'login_failed']
    grant = json.loads(events(stack, '--event', 'code_redeemed', '--json'))[0]['grant']
    assert names(events(stack, '--grant', grant)) == ['EVENT', 'login_failed', 'login_succeeded', 'consent_given',
                                                      'code_issued', 'code_redeemed']
    assert names(events(stack, '--user', 'nobody')) == ['EVENT']


def test_json(stack):
    """STILE-audit-42 As JSON an event has all its fields, the same as in the log."""
    [shown] = json.loads(events(stack, '--event', 'login_failed', '--json'))
    line = json.dumps(shown, separators=(',', ':'), ensure_ascii=False)
    assert line in (stack.dir / 'log/functions.log').read_text().splitlines()


def test_follow(stack):
    """STILE-audit-44 --follow prints new events, and ends when its reader ends."""
    fail(stack, 'test_client')
    process = subprocess.Popen([PROGRAMS / 'stile', 'events', '--follow', '--event', 'client_auth_failed',
                                '--client', 'test_client', '--json'], env=stack.environment,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    try:
        before = json.loads(wait_for_line(process, '{'))
        fail(stack, 'test_client')
        new = json.loads(wait_for_line(process, '{'))
        assert before['client_id'] == new['client_id'] == 'test_client' and before != new
        process.stdout.close()  # no signal ends it
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


def test_control_characters(stack):
    """STILE-audit-45 Control characters in a stream entry are not printed to the terminal."""
    stack.redis('XADD', 'events', '*', 'event', 'forged\x1b[2J\nline', 'user', 'x\ry')
    table = events(stack, '--count', '1')
    assert 'forged?[2J?line' in table and len(table.split('\n')) == 3
    assert not {'\x1b', '\r'} & set(table)
    assert '\x1b' not in events(stack, '--count', '1', '--json')


def test_verify(stack):
    """STILE-audit-58 stile events --verify accepts what the functions wrote."""
    done = command(stack, 'events', '--verify')
    assert done.returncode == 0, done.stdout + done.stderr
    for stream in ('events:login:routine', 'events:login:refused', 'events:token:routine', 'events:consent:routine', 'events:stile'):
        assert f'ok       {stream}: ' in done.stdout


@pytest.mark.parametrize('arguments', [['--event', 'nonsense'], ['--count', '0'], ['extra']])
def test_usage_error(stack, arguments):
    """STILE-audit-43 A usage error is exit status 2; an unavailable Redis is exit status 5."""
    assert command(stack, 'events', *arguments).returncode == 2


def test_redis_unavailable(stack):
    """STILE-audit-43 A usage error is exit status 2; an unavailable Redis is exit status 5."""
    stack.disconnect()
    with outage(stack):
        assert command(stack, 'events').returncode == 5
        assert command(stack, 'events', '--follow').returncode == 5
    eventually(lambda: command(stack, 'events').returncode == 0, 'Redis is not started again')
