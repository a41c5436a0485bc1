"""tests/support/redis_server_of: the servers of other Debian releases, without a network: apt-get and the servers are
scripts."""
import os
import subprocess

import pytest

from conftest import PATIENCE, ROOT, clean_environment


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\n{text}\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def ask(tmp_path):
    """ask(name): the tool's status and output, with the programs of `tmp_path`/bin before those of this machine."""
    script(tmp_path / 'bin/apt-get', 'echo "E: there is no network"; exit 100')
    for server in ('redis', 'valkey'):
        script(tmp_path / f'bin/{server}-server', 'exit 1')

    def ask(name):
        path = f'{tmp_path}/bin:{os.environ["PATH"]}'
        done = subprocess.run([ROOT / 'tests/support/redis_server_of', name, tmp_path / 'servers'], env=clean_environment(PATH=path),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        return done.returncode, done.stdout + done.stderr

    return ask


@pytest.mark.parametrize('name, server, version, fits', [
    ('redis-7.0', 'redis-server', 'Redis server v=7.0.15 sha=0', True),
    ('redis-8.0', 'redis-server', 'Redis server v=8.0.2 sha=0', True),
    ('valkey-8.1', 'valkey-server', 'Valkey server v=8.1.1 sha=0', True),
    ('redis-8.0', 'redis-server', 'Redis server v=7.0.15 sha=0', False),
    ('redis-8.0', 'redis-server', 'Redis server v=8.01.1 sha=0', False),
    ('redis-8.0', 'redis-server', 'Valkey server v=8.0.1 sha=0', False),  # Valkey's package may bring this name, too
])
def test_installed_server(ask, tmp_path, name, server, version, fits):
    """STILE-servers-3 An installed server is used if its product and version match; another one is downloaded."""
    own = script(tmp_path / 'bin' / server, f'echo "{version}"')
    assert ask(name) == ((0, f'{own}\n') if fits else (1, f'redis_server_of: cannot read the package lists of '
                                                          'trixie: E: there is no network\n'))


def test_fetched_before(ask, tmp_path):
    """STILE-servers-4 A downloaded server is not downloaded again."""
    server = script(tmp_path / 'servers/valkey-8.1/root/usr/bin/valkey-server', 'echo "Valkey server v=8.1.9 sha=0"')
    assert ask('valkey-8.1') == (0, f'{server}\n')
    script(server, 'exit 1')  # it was damaged
    assert ask('valkey-8.1')[0] == 1


def test_unknown(ask):
    """STILE-servers-5 A server that no Debian release contains is refused in one line."""
    assert ask('redis-6.0') == (2, 'redis_server_of: no release of Debian has redis-6.0\n')
