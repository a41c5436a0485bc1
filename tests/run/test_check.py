"""What `stile check` reports of an installation with errors."""
import os
import subprocess

import pytest

from stack import PATIENCE, PROGRAMS, Stack, clean_environment, redis_version


def check(stack, *arguments, **settings):
    """Its exit status and its lines."""
    done = subprocess.run([PROGRAMS / 'stile', 'check', *arguments], env=stack.environment | settings, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope='module')
def stack():
    with Stack() as stack:
        yield stack


def test_sound(stack, tmp_path):
    """STILE-admin-18 Check reports problems of permissions, clock and persistence, and how to correct them."""
    (tmp_path / 'stile.env').touch(0o600)
    status, lines = check(stack, '--settings', tmp_path)
    assert status == 0 and 'PROBLEM' not in lines
    for good in ('the clocks of Redis and this machine agree', 'appendonly is yes', 'maxmemory-policy is noeviction',
                 f'the settings in {tmp_path} are accessible only to their owner'):
        assert f'ok       {good}\n' in lines
    assert 'the settings in' not in check(stack, '--settings', tmp_path / 'nowhere')[1]


def test_server(stack):
    """STILE-servers-2 Check names the server's product and version."""
    assert f'ok       {" ".join(redis_version())}\n' in check(stack)[1]


@pytest.mark.parametrize('name, value, right, finding', [
    ('appendonly', 'no', 'yes', 'PROBLEM  appendonly is no: after a crash used codes and refresh tokens could be used '
                                'again; set appendonly yes'),
    ('appendfsync', 'everysec', 'always', 'note     appendfsync is everysec: a power failure may lose the last second; '
                                          'set appendfsync always'),
    ('maxmemory-policy', 'allkeys-lru', 'noeviction', 'PROBLEM  maxmemory-policy is allkeys-lru: sessions, throttles and '
                                                      'used tokens would be dropped silently; set it to noeviction'),
])
def test_redis(stack, name, value, right, finding):
    """STILE-admin-18 Check reports problems of permissions, clock and persistence, and how to correct them."""
    stack.redis('CONFIG', 'SET', name, value)
    try:
        status, lines = check(stack)
    finally:
        stack.redis('CONFIG', 'SET', name, right)
    assert finding in lines.splitlines()
    assert status == (1 if finding.startswith('PROBLEM') else 0)


@pytest.mark.parametrize('name, mode, owner, words', [
    ('stile.env', 0o640, 0, 'contains passwords and is accessible to others; use chmod 600'),
    ('stile-token.env', 0o602, 0, 'contains passwords and is accessible to others; use chmod 600'),
    ('stile.env', 0o600, 65534, 'belongs to user 65534, who could change the settings; use chown root'),
    ('README', 0o644, 65534, None),
])
def test_settings(stack, tmp_path, name, mode, owner, words):
    """STILE-admin-18 Check reports problems of permissions, clock and persistence, and how to correct them."""
    if owner and os.geteuid() != 0:
        pytest.skip('only root gives files away')
    (tmp_path / name).touch()
    (tmp_path / name).chmod(mode)
    os.chown(tmp_path / name, owner or -1, -1)
    status, lines = check(stack, '--settings', tmp_path)
    assert (status, f'PROBLEM  {tmp_path / name} {words}' in lines.splitlines()) == ((1, True) if words else (0, False))


def test_key_file(stack, tmp_path):
    """STILE-admin-18 Check reports problems of permissions, clock and persistence, and how to correct them."""
    key = tmp_path / 'key'
    key.write_bytes(os.urandom(32))
    key.chmod(0o644)
    status, lines = check(stack, STILE_KEY_FILE=str(key))
    assert status == 1 and f'PROBLEM  STILE_KEY_FILE: {key} is readable by others; use chmod 600\n' in lines
    key.chmod(0o600)
    assert check(stack, STILE_KEY_FILE=str(key))[0] == 0


@pytest.mark.parametrize('seconds, finding', [
    (-60, 'the clock of Redis is 60 s ahead of that of this machine'),
    (3600, 'the clock of Redis is 3600 s behind that of this machine'),
])
def test_clock(stack, tmp_path, seconds, finding):
    """STILE-admin-18 Check reports problems of permissions, clock and persistence, and how to correct them."""
    source = tmp_path / 'clock.cpp'
    source.write_text(f"""#include <ctime>
        #include <sys/syscall.h>
        #include <unistd.h>
        extern "C" int clock_gettime(clockid_t id, timespec* time) noexcept
        {{
            const long status = syscall(SYS_clock_gettime, id, time);
            if (id == CLOCK_REALTIME)
                time->tv_sec += {seconds};
            return static_cast<int>(status);
        }}""")
    subprocess.run(['g++', '-shared', '-fPIC', '-o', tmp_path / 'clock.so', source], check=True, timeout=PATIENCE,
                   env=clean_environment())
    status, lines = check(stack, LD_PRELOAD=str(tmp_path / 'clock.so'))
    # Redis counts whole seconds, and so does the test.
    near = [finding.replace(str(abs(seconds)), str(abs(seconds) + off)) for off in (-1, 0, 1)]
    assert status == 1 and any(f'PROBLEM  {words}: ' in lines for words in near)
    assert 'timedatectl set-ntp true' in lines
