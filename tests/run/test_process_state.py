"""What a running function has given up, and what it forgets after a response."""
import base64
import os
import pathlib
import re
import subprocess

import pytest

from browser import REDIRECT_URI, Browser, redeem, refresh
from endpoints import ENDPOINTS
from faults import eventually, functions
from known_secrets import remember
from stack import BUILD, PATIENCE, PROGRAMS, Stack

ROOT = os.geteuid() == 0
SECRET = 'an HS256 secret of thirty-two bytes'
LARGEST = 1 << 30  # bytes of a mapping that is searched


@pytest.fixture(scope='module')
def stack():
    with Stack(STILE_SECRET_KEY=SECRET, STILE_KEY=SECRET + ' ') as stack:
        yield stack


@pytest.fixture(scope='module')
def pids(stack):
    """{name: process}"""
    found = functions(stack)
    assert {f'stile-{endpoint}'[:15] for endpoint in ENDPOINTS} <= set(found)
    return found


def of_process(pid, file):
    return pathlib.Path(f'/proc/{pid}/{file}').read_text(errors='replace')


def status_of(pid):
    return dict(line.split(':\t', 1) for line in of_process(pid, 'status').splitlines())


def test_hardened(pids):
    """STILE-process-1 Every function has umask 077, no core dumps, no new privileges, and memory that others cannot read."""
    for name, pid in pids.items():
        status = status_of(pid)
        assert (status['Umask'], status['NoNewPrivs']) == ('0077', '1'), name
        assert re.search(r'^Max core file size +0 +0 ', of_process(pid, 'limits'), re.MULTILINE), name
        # The files in /proc of a process that is not dumpable belong to root: no other user reads its memory or traces it.
        assert pathlib.Path(f'/proc/{pid}/environ').stat().st_uid == 0, name
        assert ROOT or not os.access(f'/proc/{pid}/mem', os.R_OK), name


def remembers(pid, secret):
    """Whether the writable memory of the process contains the secret. Only root can read it; what is not readable need not
    be erased."""
    if not ROOT:
        return os.access(f'/proc/{pid}/mem', os.R_OK)
    with open(f'/proc/{pid}/mem', 'rb', buffering=0) as memory:
        for begin, end in re.findall('^([0-9a-f]+)-([0-9a-f]+) rw', of_process(pid, 'maps'), re.MULTILINE):
            begin, end = int(begin, 16), int(end, 16)
            if end - begin > LARGEST:
                continue
            try:
                if secret.encode() in os.pread(memory.fileno(), end - begin, begin):
                    return True
            except OSError:
                continue  # a mapping of the kernel
    return False


def stile(stack, *words, secret):
    """The admin command with the secret on its standard input."""
    done = subprocess.run([PROGRAMS / 'stile', *words], env=stack.environment, input=secret + '\n', capture_output=True,
                          text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr


# A sanitizer has its own free(), which keeps what it is given (shared/base/wipe.h).
@pytest.mark.skipif(BUILD.name in ('address', 'thread'), reason='a sanitizer keeps memory that was freed')
@pytest.mark.parametrize('secret', ['Zwischen-den-Stuehlen-7391', 'kurz.9Qx4'], ids=['on the heap', 'within a string object'])
def test_erased(stack, pids, secret):
    """STILE-process-2 A function erases passwords, secrets, codes and tokens from memory after its response."""
    remember({'password': secret, 'client_secret': secret})
    name = f'forgetful{len(secret)}'
    stile(stack, 'user', 'add', name, '--password', '-', secret=secret)
    stile(stack, 'client', 'add', '--id', name, '--redirect-uri', REDIRECT_URI, '--scope', 'email', '--secret', '-', secret=secret)
    browser = Browser(stack.base)
    login = browser.authorize(client_id=name).headers['Location']
    assert browser.log_in(login, name, 'wrong:' + secret).status_code == 403
    consent = browser.log_in(login, name, secret).headers['Location']
    code = browser.approve(consent)['code']
    answer = redeem(stack.base, code, (name, secret))
    assert answer.status_code == 200
    tokens = answer.json()
    assert refresh(stack.base, tokens['refresh_token'], None, client_id=name, client_secret=secret).status_code == 200

    def assert_forgotten(function, value):
        # The response is sent a moment before its request is cleared away.
        eventually(lambda: not remembers(pids[function], value), f'{function} remembers {value}')

    sent = base64.b64encode(f'{name}:{secret}'.encode()).decode()  # in Authorization
    for value in (secret, sent, *(token[18:] for token in (code, tokens['access_token'], tokens['refresh_token']))):
        assert_forgotten('stile-token', value)  # of a token the part that is secret
    assert_forgotten('stile-login', secret)
    assert_forgotten('stile-consent', code[18:])
    for cookie in browser.cookies:
        assert_forgotten('stile-login', cookie.value)


@pytest.mark.skipif(not ROOT, reason='only root reads the environment of a function')
def test_environment(pids):
    """STILE-process-3 The environment of a running function contains no secrets."""
    for name, pid in pids.items():
        if not name.startswith('stile-demo'):  # not installed
            environment = of_process(pid, 'environ')
            assert SECRET not in environment and 'password=' not in environment, name
