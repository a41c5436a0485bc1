"""The systemd units, checked with systemd's tools as far as possible without running as the first process."""
import os
import re
import signal
import subprocess

import pytest

from endpoints import ENDPOINTS
from function import Function
from stack import BUILD, PATIENCE, ROOT, clean_environment


def run(*command):
    return subprocess.run(command, env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE)


@pytest.fixture(scope='module')
def units(installed, tmp_path_factory):
    """The units in a separate folder, with the current paths of the programs."""
    folder = tmp_path_factory.mktemp('units')
    for unit in (installed / 'usr/lib/systemd/system').iterdir():
        (folder / unit.name).write_text(unit.read_text().replace('/usr/bin/', f'{installed}/usr/bin/'))
    return folder


@pytest.mark.parametrize('name', ENDPOINTS)
def test_verify(units, name):
    """STILE-units-1 systemd accepts every line of the units, and every path they refer to exists."""
    checked = run('systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', units / f'stile-{name}.socket',
                  units / f'stile-{name}@1.service', units / f'stile-{name}@2.service')
    assert checked.returncode == 0 and f'stile-{name}' not in checked.stderr, checked.stderr


@pytest.mark.parametrize('name', ENDPOINTS)
def test_sandbox(units, name):
    """STILE-units-2 systemd rates the exposure of each function under 2.0 of 10."""
    done = run('systemd-analyze', 'security', '--offline=yes', '--no-pager', '--threshold=19', units / f'stile-{name}@.service')
    rating = re.search(r'Overall exposure level for \S+: ([\d.]+)', done.stdout)
    assert done.returncode == 0 and float(rating[1]) < 2, done.stdout + done.stderr


def settings(unit, key):
    return re.findall(f'^{key}=(.*)$', unit.read_text(), re.MULTILINE)


def test_socket_and_service_belong_together(units):
    """STILE-units-3 The socket is at nginx's path, with the backlog; the first request starts process 1, and all
    processes share it."""
    upstreams = (ROOT / 'nginx/upstreams.conf').read_text()
    for name in ENDPOINTS:
        socket, service = units / f'stile-{name}.socket', units / f'stile-{name}@.service'
        [path] = settings(socket, 'ListenStream')
        assert f'server unix:{path};' in upstreams
        assert settings(socket, 'Backlog') == ['4096'] and settings(socket, 'SocketMode') == ['0660']
        assert settings(socket, 'Service') == [f'stile-{name}@1.service']
        assert settings(service, 'Sockets') == [f'stile-{name}.socket'] and settings(service, 'Type') == ['notify']


def test_target(units):
    """STILE-units-7 stile.target enables the socket of each endpoint; sockets and services stop with it, and only
    services restart with it."""
    target = units / 'stile.target'
    assert settings(target, 'Also') == [' '.join(f'stile-{name}.socket' for name in [*ENDPOINTS, 'deliver'])]
    for name in ENDPOINTS:
        socket, service = units / f'stile-{name}.socket', units / f'stile-{name}@.service'
        assert settings(socket, 'WantedBy') == settings(service, 'WantedBy') == ['stile.target']
        # A restart of a socket would lose the requests that wait in it.
        assert settings(socket, 'StopPropagatedFrom') == settings(service, 'PartOf') == ['stile.target']
        assert settings(socket, 'PartOf') == []
    checked = run('systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', target)
    assert checked.returncode == 0 and 'stile' not in checked.stderr, checked.stderr


def test_users(installed, units):
    """STILE-units-4 Each function has its own system user, without a shell, a home folder or other groups."""
    users = (installed / 'usr/lib/sysusers.d/stile.conf').read_text().splitlines()
    assert sorted(line.split()[:3] for line in users if line[0] == 'u') == [['u', f'stile-{name}', '-'] for name in sorted([*ENDPOINTS, 'deliver'])]
    assert [line for line in users if line[0] != 'u'] == ['g stile-web -']
    for name in ENDPOINTS:
        assert settings(units / f'stile-{name}@.service', 'User') == [f'stile-{name}']
        assert settings(units / f'stile-{name}@.service', 'SupplementaryGroups') == []


def test_group_of_the_sockets(units):
    """STILE-units-21 The sockets belong to the group stile-web, of which no other user of Stile is a member."""
    for name in ENDPOINTS:
        assert settings(units / f'stile-{name}.socket', 'SocketGroup') == ['stile-web']
        assert settings(units / f'stile-{name}.socket', 'SocketUser') == []
        assert 'stile-web' not in (units / f'stile-{name}@.service').read_text()


def test_users_are_made(installed, tmp_path):
    """STILE-units-5 systemd-sysusers creates these users."""
    (tmp_path / 'etc').mkdir()
    done = run('systemd-sysusers', f'--root={tmp_path}', installed / 'usr/lib/sysusers.d/stile.conf')
    assert done.returncode == 0, done.stderr
    lines = dict(line.split(':', 1) for line in (tmp_path / 'etc/passwd').read_text().splitlines())
    assert sorted(lines) == [f'stile-{name}' for name in sorted([*ENDPOINTS, 'deliver'])]
    assert all(line.endswith(':/:/usr/sbin/nologin') for line in lines.values())
    [group] = [line for line in (tmp_path / 'etc/group').read_text().splitlines() if line.startswith('stile-web:')]
    assert group.endswith(':')  # no members
    assert len({line.split(':')[1] for line in lines.values()}) == len(lines)


def allowed_calls(service):
    """The system calls that the filter of a unit allows."""
    groups = {}
    for line in run('systemd-analyze', 'syscall-filter', '--no-pager').stdout.splitlines():
        if line.startswith('@'):
            current = groups.setdefault(line.strip(), set())
        elif line.strip() and not line.strip().startswith('#'):
            current.add(line.strip())

    def expand(word):
        return set().union(*map(expand, groups[word])) if word.startswith('@') else {word}

    calls = set()
    for words in settings(service, 'SystemCallFilter'):
        named = set().union(*map(expand, words.lstrip('~').split()))
        calls = calls - named if words.startswith('~') else calls | named
    return calls


@pytest.mark.parametrize('name', ENDPOINTS)
def test_system_calls(units, name, tmp_path):
    """STILE-units-6 The unit's system call filter allows every call that a function makes from start to end."""
    calls = tmp_path / 'calls'
    environment = clean_environment(STILE_ISSUER='https://id.example', STILE_PAGES=BUILD / 'pages',
                                    STILE_REDIS='redis://127.0.0.1:1')
    tracer = ['strace', '-f', '-qq', '-o', calls, '-e', 'signal=none']
    with Function(name, environment, runner=[str(word) for word in tracer]) as function:
        function.get('client_id=a&request=b')
        function.post('token=x&client_id=a&client_secret=b&grant_type=client_credentials')
        os.kill(int(calls.read_text().split()[0]), signal.SIGTERM)  # the tracer would keep it to itself
        assert function.process.wait(PATIENCE) == 0
    lines = calls.read_text().splitlines()
    used = {found[1]: line for line in lines if (found := re.match(r'\d+ +([a-z]\w*)\(', line))}
    # The tracer starts the program, which starts no other; a process that already has the user changes nothing.
    forbidden = set(used) - allowed_calls(units / f'stile-{name}@.service') - {'execve'}
    # Answered with EPERM, which has no effect: systemd has set it already.
    assert forbidden <= {'prlimit64'}, [used[call] for call in forbidden]


def test_journal(units):
    """STILE-units-8 journald drops no line of a function, however many it writes."""
    for name in ENDPOINTS:
        assert settings(units / f'stile-{name}@.service', 'LogRateLimitIntervalSec') == ['0']


def test_sender(units):
    """STILE-units-9 What talks to other machines is a separate unit and user, which only stile-logout can reach: it gets no settings, and
    addresses for special use are denied to it."""
    socket, service = units / 'stile-deliver.socket', units / 'stile-deliver@.service'
    checked = run('systemd-analyze', 'verify', '--man=no', '--recursive-errors=no', socket, units / 'stile-logout@1.service')
    assert checked.returncode == 0 and 'stile-deliver' not in checked.stderr, checked.stderr
    assert settings(socket, 'SocketUser') == ['stile-logout'] and settings(socket, 'SocketMode') == ['0600'] and settings(socket, 'Accept') == ['yes']
    assert settings(socket, 'WantedBy') == settings(socket, 'StopPropagatedFrom') == settings(service, 'PartOf') == ['stile.target']
    assert settings(service, 'User') == ['stile-deliver'] and settings(service, 'EnvironmentFile') == settings(service, 'Environment') == []
    rated = run('systemd-analyze', 'security', '--offline=yes', '--no-pager', '--threshold=25', service)
    assert rated.returncode == 0, rated.stdout + rated.stderr
    # The unit and the program deny the same.
    [listed] = re.findall(r'special_ranges =\n((?:    ".*"[\n;]+)+)', (ROOT / 'shared/base/address_range.cpp').read_text())
    ranges = ''.join(re.findall('"(.*)"', listed)).split(',')
    assert sorted(' '.join(settings(service, 'IPAddressDeny')).split()) == sorted([*ranges, '2002::/16'])
    # No other function reaches any machine, and only logout knows of the socket.
    for name in ENDPOINTS:
        other = units / f'stile-{name}@.service'
        assert settings(other, 'IPAddressDeny') == ['any'] and settings(other, 'IPAddressAllow') == ['localhost']
        assert (settings(other, 'Environment') == ['STILE_DELIVER_SOCKET=/run/stile/deliver.sock']) == (name == 'logout')
        assert ('stile-deliver.socket' in other.read_text()) == (name == 'logout')
