"""The users of Redis that make run creates: what the functions and `stile check` say if one has too many or too few rights."""
import hashlib
import re
import stat
import subprocess

import pytest

from browser import Browser, redeem
from conftest import command_line
from endpoints import ENDPOINTS
from faults import eventually, functions
from stack import PATIENCE, PROGRAMS, REDIS_NAME, Stack
from test_check import check

UNKNOWN = 'a' * 42  # as long as a code


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class Site(Stack):
    def acl(self, *words):
        assert self.redis('ACL', *words) == 'OK'

    def log(self):
        return (self.dir / 'log/functions.log').read_text()


@pytest.fixture(scope='module')
def running():
    with Site(STILE_CLIENT_CACHE=0) as site:
        yield site


@pytest.fixture
def site(running):
    """The instance; afterwards each user has the rights and the password of users.acl again."""
    yield running
    running.acl('LOAD')


def test_users_of_make_run(site):
    """STILE-acl-6 make run gives each function and the admin command its own Redis user and password."""
    assert redeem(site.base, UNKNOWN).status_code == 400
    clients = site.redis('CLIENT', 'LIST')
    assert ' user=stile-token ' in clients and ' user=default ' not in clients
    for name in ('users.acl', 'operator.password', 'stile.env'):
        assert stat.S_IMODE((site.dir / name).stat().st_mode) == 0o600, name
    assert '?user=stile&password=' in (site.dir / 'stile.env').read_text()
    password = (site.dir / 'operator.password').read_text()
    with Stack() as other:
        assert len(password) == 43 and password != (other.dir / 'operator.password').read_text()


def test_list_of_processes(site):
    """STILE-acl-7 No Redis password appears in the list of processes."""
    hashes = set(re.findall('#([0-9a-f]{64})', (site.dir / 'users.acl').read_text()))
    assert sha256((site.dir / 'operator.password').read_text()) in hashes and len(hashes) > len(ENDPOINTS)
    for pid, name in site.processes():
        words = re.findall(r'[\w-]+', command_line(pid))
        assert words and not hashes & set(map(sha256, words)), name
    assert site.children(REDIS_NAME)


def test_lacking_right(site):
    """STILE-acl-8 If a Redis user lacks a right, the response is 503, the log says why, and no process crashes."""
    code = Browser(site.base).code()
    before = functions(site)
    for user in ('stile-token', 'stile-authorize'):
        site.acl('SETUSER', user, 'clearselectors', '(%R~schema +get)', '(%R~client:* +hgetall)')
    answer = redeem(site.base, code)
    assert (answer.status_code, answer.json()['error']) == (503, 'temporarily_unavailable')
    assert Browser(site.base).authorize().status_code == 503
    assert " has no permissions to run the 'fcall' command" in site.log()
    records = '~code:* ~grant:* ~access:* ~refresh:*'
    site.acl('SETUSER', 'stile-token', '(~throttle:client:* +fcall +@hash +del +expire)',
             f'({records} +fcall +hgetall +hdel +del +expire +ttl)')  # no HSET within a step
    assert redeem(site.base, code).status_code == 503
    site.acl('SETUSER', 'stile-token', f'({records} +hset)')
    assert redeem(site.base, code).status_code == 200
    assert functions(site) == before


def test_wrong_password(site):
    """STILE-acl-9 With a wrong Redis password the response is 503, the log says why, and the admin command reports it."""
    for user in ('stile-token', 'stile'):
        site.acl('SETUSER', user, 'resetpass', '>other')
    site.redis('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes')

    def is_refused():
        return redeem(site.base, UNKNOWN).status_code == 503 and 'WRONGPASS' in site.log()

    eventually(is_refused, 'no word about the password')
    assert redeem(site.base, UNKNOWN).status_code == 503
    done = subprocess.run([PROGRAMS / 'stile', 'client', 'list'], env=site.environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 5 and 'WRONGPASS' in done.stderr


def test_check(site):
    """STILE-acl-10 stile check names each Redis user with too many or too few rights, and how to correct it."""
    status, lines = check(site)
    assert status == 0, lines
    for user in ('stile', *(f'stile-{endpoint}' for endpoint in ENDPOINTS)):
        assert f'the Redis user {user} has exactly the rights that it needs\n' in lines

    site.acl('SETUSER', 'stile-token', '-time')
    status, lines = check(site)
    assert status == 1 and 'see redis/README.md' in lines
    assert 'PROBLEM  the Redis user stile-token lacks rights: TIME; ' in lines

    site.acl('SETUSER', 'stile-token', '+@all', '~*')
    status, lines = check(site)
    assert status == 1 and 'PROBLEM  the Redis user stile-token has more rights than it needs: GET access:x, ' in lines

    site.acl('SETUSER', 'default', 'on', 'nopass')
    assert 'PROBLEM  Redis accepts connections without a password; disable its default user' in check(site)[1]

    site.acl('SETUSER', 'default', 'off', 'resetkeys', '-@all')
    assert 'PROBLEM  the default user may not write: ' in check(site)[1]

    assert site.redis('ACL', 'DELUSER', 'stile-verify') == '1'
    assert 'note     Redis has no user stile-verify' in check(site)[1]
    site.acl('SETUSER', 'stile', '-acl|dryrun')
    assert 'note     Redis does not show the rights of its users' in check(site)[1]
