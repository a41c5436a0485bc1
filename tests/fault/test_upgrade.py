"""Two versions side by side: the functions of one are replaced by those of the other under load."""
import contextlib
import os
import re
import shutil
import signal
import subprocess

import pytest

from conftest import LIVES_LONG
from endpoints import ENDPOINTS
from function import Function
from load import Load
from running import REDIRECT_URI, Clients
from stack import PATIENCE, PROGRAMS, Stack
from test_processes import eventually

LIBRARY = b'_' + re.search(rb'stile_([0-9a-f]{12})', subprocess.run(
    ['strings', '-n', '18', PROGRAMS / 'stile'], capture_output=True, check=True, timeout=PATIENCE).stdout)[1]
OTHER = b'_' + b'0' * 12


@pytest.fixture(scope='module')
def other(tmp_path_factory):
    """The programs with another library of redis/: its digest, which names the library, differs."""
    folder = tmp_path_factory.mktemp('other')
    for program in PROGRAMS.glob('stile*'):
        content = program.read_bytes().replace(LIBRARY, OTHER)
        (folder / program.name).write_bytes(content)
        (folder / program.name).chmod(0o755)
    return folder


@pytest.fixture
def clients(other, tmp_path):
    """An instance that runs the other version, from a folder in which programs can be replaced."""
    programs = tmp_path / 'programs'
    shutil.copytree(other, programs)
    with Stack(programs=programs, **LIVES_LONG) as stack:
        yield Clients(stack)


def stile(stack, programs, *words):
    done = subprocess.run([programs / 'stile', *words], env=stack.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return done.stdout


def roll(stack, version):
    """Replaces the functions one by one, as a package upgrade with systemd does."""
    for name in ENDPOINTS:
        program = stack.programs / f'stile-{name}'
        shutil.copy2(version / program.name, f'{program}.new')
        os.replace(f'{program}.new', program)
        kept = f'stile-{name}'[:15]
        [before] = stack.children(kept)
        os.kill(before, signal.SIGTERM)
        eventually(lambda: stack.children(kept) not in ([], [before]), f'{name} is not started again')


def test_rolling(clients, other, survive):
    """STILE-upgrade-1 The functions of one version are replaced one by one by those of another, and back: no request
    fails."""
    names = {LIBRARY: PROGRAMS, OTHER: other}

    def forth_and_back(load):
        for library, version in names.items():
            stile(clients.stack, version, 'library', 'load')
            roll(clients.stack, version)
            load.run_well(100)
            assert f'stile{library.decode()}' in clients.stack.redis('CLIENT', 'LIST')

    ledger = survive(clients, 'rolling upgrade, and back', forth_and_back, refusals_are_final=True)
    assert ledger.unavailable == 0 and ledger.acknowledged > 200
    assert len(clients.stack.redis('FUNCTION', 'LIST', 'LIBRARYNAME', 'stile_*').split('library_name')) == 3


def code_of(clients):
    answer = clients.connection.request('GET', clients.authorize_path(clients.strict), Cookie=clients.cookie)
    return re.search('code=([^&]*)', answer.headers['Location'])[1]


def test_tokens_of_each_other(clients, other, monkeypatch):
    """STILE-upgrade-2 Each version accepts codes and tokens of the other, and a used one is used for both."""
    environment = clients.stack.environment | {'STILE_REDIS': clients.stack.operator_redis}
    stile(clients.stack, PROGRAMS, 'library', 'load')

    def ask(function, **parameters):
        body = '&'.join(f'{name}={value}' for name, value in parameters.items())
        return function.post(body, HTTP_AUTHORIZATION=clients.strict.authorization)

    def refreshed(function, token):
        answer = ask(function, grant_type='refresh_token', refresh_token=token)
        assert answer.startswith('Status: 200 OK'), answer
        return re.search('"refresh_token":"([^"]*)"', answer)[1]

    with contextlib.ExitStack() as running:
        new = running.enter_context(Function('token', environment))
        monkeypatch.setattr('function.PROGRAMS', other)
        old = running.enter_context(Function('token', environment))
        assert f'stile{OTHER.decode()}' in clients.stack.redis('CLIENT', 'LIST')
        for first, second in ((old, new), (new, old)):
            answer = ask(first, grant_type='authorization_code', code=code_of(clients), redirect_uri=REDIRECT_URI)
            used = re.search('"refresh_token":"([^"]*)"', answer)[1]
            newest = refreshed(first, refreshed(second, used))
            # Both versions detect the reuse of a token, whichever saw the first use, and revoke the other's tokens.
            assert 'invalid_grant' in ask(first, grant_type='refresh_token', refresh_token=used)
            assert 'invalid_grant' in ask(second, grant_type='refresh_token', refresh_token=newest)
        names = clients.stack.redis('CLIENT', 'LIST')
        assert f'stile{OTHER.decode()}' in names and f'stile{LIBRARY.decode()}' in names


def test_clean(clients):
    """STILE-upgrade-3 A library version is deleted when no function that uses it is connected; requests continue
    meanwhile."""
    old, new = f'stile{OTHER.decode()}', f'stile{LIBRARY.decode()}'
    stack = clients.stack
    stile(stack, PROGRAMS, 'library', 'load')
    assert stile(stack, PROGRAMS, 'library', 'clean') == f'{old} kept: a connection uses it\n'
    assert set(stile(stack, PROGRAMS, 'library', 'list').splitlines()) == {f'{old}  in use', f'{new}  of this version'}
    with Load(clients) as load:
        roll(stack, PROGRAMS)
        eventually(lambda: f' name={old} ' not in stack.redis('CLIENT', 'LIST'), 'a connection still uses the old library')
        assert f'note     Redis has the unused library {old}; run stile library clean' in stile(stack, PROGRAMS, 'check')
        assert stile(stack, PROGRAMS, 'library', 'clean') == f'{old} removed\n'
        load.run_well(100)
    assert load.ledger.unavailable == 0 and load.ledger.other == []
    assert stile(stack, PROGRAMS, 'library', 'list') == f'{new}  of this version, in use\n'
