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


def test_sound_as_started(stack):
    """STILE-flow-59 Check reports no problem for what make run starts, and otherwise names the problem."""
    status, lines = check(stack)
    assert status == 0 and 'PROBLEM' not in lines
    status, lines = check(stack, STILE_CODE_TTL='soon')
    assert status != 0 and 'STILE_CODE_TTL must be a number of seconds' in lines


@pytest.fixture(scope='module')
def nginx_configuration(stack):
    """What `nginx -T` prints of the nginx of the stack."""
    return subprocess.run(['/usr/sbin/nginx', '-T', '-e', stack.dir / 'log/nginx.log', '-p', stack.dir,
                           '-c', stack.dir / 'nginx.conf'], capture_output=True, text=True, check=True, timeout=PATIENCE,
                          env=clean_environment()).stdout


@pytest.mark.parametrize('text, replacement, problem', [
    ('fastcgi_request_buffering on', 'fastcgi_request_buffering on', None),
    ('fastcgi_request_buffering on', "fastcgi_request_buffering 'off'", 'fastcgi_request_buffering is off'),
    ('fastcgi_request_buffering on', '# fastcgi_request_buffering off;\nfastcgi_request_buffering on', None),
    ('token.sock;', 'token.sock max_conns=8;', 'upstream stile_token has max_conns'),
    ('fastcgi_next_upstream error', 'fastcgi_next_upstream error non_idempotent', 'a refresh token would be sent twice'),
    ('fastcgi_request_buffering on', 'fastcgi_request_buffering off', 'fastcgi_request_buffering is off'),
    ('fastcgi_pass_request_headers off', 'fastcgi_pass_request_headers on', 'fastcgi_pass_request_headers is on'),
    # Settings of other applications behind the same nginx are not checked.
    ('fastcgi_pass stile_token;', 'fastcgi_pass stile_token; } location /php { fastcgi_request_buffering off; fastcgi_pass php;', None),
])
def test_nginx(stack, tmp_path, nginx_configuration, text, replacement, problem):
    """STILE-flow-70 Check reports nginx settings that would starve clients or send a request twice."""
    assert text in nginx_configuration
    (tmp_path / 'nginx.txt').write_text(nginx_configuration.replace(text, replacement, 1))
    status, lines = check(stack, '--nginx', str(tmp_path / 'nginx.txt'))
    assert (status, 'PROBLEM  ' in lines) == ((1, True) if problem else (0, False)), lines
    assert (problem or 'nginx forwards each request once') in lines
    assert ('nginx forwards each request once' in lines) == (problem is None)


def test_nginx_without_stile(stack, tmp_path):
    """STILE-flow-71 Check reports an nginx configuration without Stile."""
    (tmp_path / 'other.txt').write_text('http { server { location / { fastcgi_pass php; } } }')
    status, lines = check(stack, '--nginx', str(tmp_path / 'other.txt'))
    assert status == 1 and 'include stile/stile.conf' in lines and 'include stile/upstreams.conf' in lines


def test_missing_signing_key(stack):
    """STILE-openid-7 Check reports a missing key for a signature algorithm that an OpenID Connect client has registered."""
    status, lines = check(stack)
    assert status == 0 and 'ok       there is a key for RS256, which OpenID Connect needs for ' in lines
    for client, scope, *algorithms in (('eddy', 'openid', '--id-token-signed-response-alg', 'EdDSA',
                                        '--userinfo-signed-response-alg', 'PS256'),
                                       ('plain', 'email', '--id-token-signed-response-alg', 'PS256')):
        stack.admin('client', 'add', '--id', client, '--redirect-uri', 'https://www.example.com/redirect',
                    '--scope', scope, *algorithms)
    status, lines = check(stack)
    assert status == 1
    for algorithm in ('EdDSA', 'PS256'):
        assert (f'PROBLEM  no key signs with {algorithm}, which OpenID Connect needs for client eddy; '
                f'run stile keys rotate --alg {algorithm}') in lines.splitlines()
        stack.admin('keys', 'rotate', '--alg', algorithm)
    assert check(stack)[0] == 0
