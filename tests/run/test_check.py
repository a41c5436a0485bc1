"""What `stile check` reports of an installation with errors."""
import grp
import os
import socket
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


def check_with(stack, tmp_path, nginx_configuration, locations, before='', **settings):
    """The report on nginx with more locations beside Stile's, and with more directives in the http block."""
    mark = 'location = /oauth/authorize {'
    assert mark in nginx_configuration and 'http {' in nginx_configuration
    text = nginx_configuration.replace(mark, f'{locations}\n{mark}', 1).replace('http {', f'http {{ {before}', 1)
    (tmp_path / 'nginx.txt').write_text(text)
    return check(stack, '--nginx', str(tmp_path / 'nginx.txt'), **settings)


GUARD = 'include stile/protect.conf; proxy_pass http://127.0.0.1:9;'
SOUND = 'the protected locations ask each request for a token, and their upstreams are told who calls'


@pytest.mark.parametrize('locations, before', [
    (f'location ^~ /api/ {{ set $stile_scope read; {GUARD} }}', ''),
    (f'location = /api {{ {GUARD} }} location ~ \\.php$ {{ fastcgi_pass php; }}', ''),
    (f'location ^~ /api/ {{ {GUARD} }} location ~ \\.php$ {{ fastcgi_pass php; }}', ''),
    (f'location /api/ {{ {GUARD} }} location ~ ^/other/ {{ proxy_pass http://127.0.0.1:9; }}', ''),
    (f'location /api/ {{ {GUARD} }} location ~ /\\.ht {{ deny all; }}', ''),
    (f'location /api/ {{ {GUARD} location /api/v2/ {{ proxy_pass http://127.0.0.1:9; }} }}', ''),
    (f'location /api/ {{ {GUARD} location /api/v2/ {{ proxy_set_header Host x; {GUARD} }} }}', ''),
    (f'location /api/ {{ set $stile_scope read; {GUARD} location /api/v2/ {{ set $stile_scope write; {GUARD} }} }}', ''),
    (f'location /api/ {{ set $stile_scope read; {GUARD} if ($arg_x) {{ proxy_pass http://127.0.0.1:9; }} }}', ''),
    ('location ^~ /f/ { fastcgi_param SCRIPT_FILENAME x; include stile/protect.conf; fastcgi_pass php; }', ''),
    ('location ^~ /f/ { include stile/protect.conf; uwsgi_pass x:1; } location ^~ /g/ { include stile/protect.conf; grpc_pass x:1; }', ''),
    (f'location ^~ /api/ {{ {GUARD} }}', 'underscores_in_headers off;'),
    # What is not protected is not checked.
    ('location /x/ { proxy_set_header Host x; proxy_pass http://127.0.0.1:9; } location ~ \\.php$ { satisfy any; fastcgi_pass php; }', ''),
])
def test_protected(stack, tmp_path, nginx_configuration, locations, before):
    """STILE-verify-20 Check finds nothing wrong with locations that are protected."""
    status, lines = check_with(stack, tmp_path, nginx_configuration, locations, before)
    assert status == 0 and 'PROBLEM' not in lines, lines
    assert f'ok       {SOUND}\n' in lines


@pytest.mark.parametrize('locations, before, problems', [
    (f'location /api/ {{ {GUARD} location /api/v2/ {{ proxy_set_header Host x; proxy_pass http://127.0.0.1:9; }} }}', '',
     ['location /api/v2/', "own proxy_set_header; write \"include stile/protect.conf;\" there"]),
    ('location /api/ { include stile/protect.conf; location /api/f/ { fastcgi_param A b; fastcgi_pass php; } }', '',
     ['location /api/f/', 'own fastcgi_param']),
    ('location /u/ { auth_request /stile/verify; uwsgi_pass x:1; }', '', ['location /u/', 'its upstream gets no X-Stile-… headers']),
    ('location /s/ { auth_request /stile/verify; scgi_param A b; scgi_pass x:1; }', '', ['location /s/', 'own scgi_param']),
    ('location /g/ { auth_request /stile/verify; grpc_pass x:1; }', '', ['location /g/', 'its upstream gets no X-Stile-… headers']),
    (f'location /api/ {{ set $stile_scope read; {GUARD} location /api/v2/ {{ {GUARD} }} }}', '',
     ['location /api/v2/', 'demands no $stile_scope', 'repeat it there']),
    (f'location /api/ {{ set $stile_audience x; {GUARD} limit_except GET {{ allow all; }} }}', '',
     ['limit_except GET', 'demands no $stile_audience', 'a separate location']),
    (f'location /api/ {{ {GUARD} }} location ~ \\.(json|php)$ {{ fastcgi_pass php; }}', '',
     ['location ~ \\.(json|php)$', 'takes addresses of location /api/', 'write "location ^~ /api/"']),
    (f'location /api/ {{ {GUARD} }} location ~* ^/API/ {{ fastcgi_pass php; }}', '', ['location ~* ^/API/', 'write "location ^~ /api/"']),
    (f'location /api/ {{ {GUARD} location ~ x$ {{ auth_request off; root /x; }} location /api/v1/ {{ {GUARD} }} }}', '',
     ['location ~ x$', 'write "location ^~ /api/v1/"']),
    (f'location ~ ^/a {{ root /x; }} location ~ ^/api/ {{ {GUARD} }}', '', ['location ~ ^/a', 'write it behind location ~ ^/api/']),
    (f'location ^~ /api/ {{ satisfy any; allow 10.0.0.0/8; deny all; {GUARD} }}', '', ['location ^~ /api/', 'satisfy any', 'satisfy all;']),
    (f'location ^~ /api/ {{ {GUARD} }}', 'satisfy any;', ['location ^~ /api/', 'satisfy any']),
    (f'location ^~ /api/ {{ {GUARD} }}', 'underscores_in_headers on;', ['underscores_in_headers is on', 'location ^~ /api/']),
    (f'location ^~ /api/ {{ {GUARD} }}', 'ignore_invalid_headers off;', ['ignore_invalid_headers is off', 'location ^~ /api/']),
    ('location ^~ /api/ { include stile/protect.conf; try_files $uri @app; } location @app { proxy_pass http://127.0.0.1:9; }', '',
     ['location @app', 'gets requests of location ^~ /api/', 'include stile/protect.conf;']),
])
def test_open(stack, tmp_path, nginx_configuration, locations, before, problems):
    """STILE-verify-21 Check names each location that is open, or whose upstream is not told who calls, and what to write there."""
    status, lines = check_with(stack, tmp_path, nginx_configuration, locations, before)
    found = [line for line in lines.splitlines() if line.startswith('PROBLEM')]
    assert status == 1 and any(all(word in line for word in problems) for line in found), lines
    assert SOUND not in lines


@pytest.mark.parametrize('locations, words', [
    (f'location /api/ {{ {GUARD} }} location /api/public/ {{ proxy_pass http://127.0.0.1:9; }}',
     ['location /api/public/', 'asks for no token, though its address lies within location /api/']),
    (f'location /api/ {{ {GUARD} location /api/health/ {{ auth_request off; proxy_pass http://127.0.0.1:9; }} }}',
     ['location /api/health/', 'has auth_request off']),
])
def test_open_on_purpose(stack, tmp_path, nginx_configuration, locations, words):
    """STILE-verify-22 Check notes a location within a protected one that the operator has left open."""
    status, lines = check_with(stack, tmp_path, nginx_configuration, locations)
    notes = [line for line in lines.splitlines() if line.startswith('note')]
    assert status == 0 and any(all(word in line for word in words) for line in notes), lines


def test_verify_sees_headers(stack, tmp_path, nginx_configuration):
    """STILE-verify-21 Check names each location that is open, or whose upstream is not told who calls, and what to write there."""
    text = nginx_configuration.replace('fastcgi_pass_request_headers on;', 'fastcgi_pass_request_headers off;')
    assert text != nginx_configuration
    (tmp_path / 'nginx.txt').write_text(text)
    status, lines = check(stack, '--nginx', str(tmp_path / 'nginx.txt'))
    assert status == 1 and 'PROBLEM  location = /stile/verify has fastcgi_pass_request_headers off' in lines


def test_login_program(stack, tmp_path, nginx_configuration):
    """STILE-contract-25 Check says whether logins of a program are turned on, and whether nginx has the secret in a file that others
    cannot read."""
    secret = 'a1' * 20
    location = 'location = /stile/accept-login { internal; %s fastcgi_pass stile_login; }'
    status, lines = check_with(stack, tmp_path, nginx_configuration, '')
    assert status == 0 and 'ok       logins of a login program are off' in lines
    (tmp_path / 'stile-login.env').write_text(f"STILE_LOGIN_PROGRAM_SECRET='{secret}'\n")
    (tmp_path / 'stile-login.env').chmod(0o600)
    status, lines = check(stack, '--settings', tmp_path)
    assert status == 0 and f'note     logins of a login program are on: STILE_LOGIN_PROGRAM_SECRET is set in {tmp_path}/stile-login.env' in lines
    status, lines = check(stack, STILE_LOGIN_PROGRAM_SECRET=secret)
    assert status == 0 and 'note     logins of a login program are on' in lines and secret not in lines
    status, lines = check_with(stack, tmp_path, nginx_configuration, location % '')
    assert status == 1 and 'PROBLEM  nginx has accept-login.conf and no STILE_LOGIN_PROGRAM_SECRET' in lines
    parameter = f'fastcgi_param STILE_LOGIN_PROGRAM_SECRET {secret};'
    status, lines = check_with(stack, tmp_path, nginx_configuration, f'location /x {{ {parameter} fastcgi_pass stile_login; }}')
    assert status == 1 and 'outside of location = /stile/accept-login; remove it there' in lines
    file = tmp_path / 'accept-login-secret.conf'
    file.write_text(parameter + '\n')
    for mode, its_status, words in ((0o600, 0, f'ok       nginx has the secret of the login program in {file}'),
                                    (0o640, 1, f'PROBLEM  {file} has the secret of the login program and is accessible to others')):
        file.chmod(mode)
        more = f'{nginx_configuration}\n# configuration file {file}:\n{parameter}\n'
        status, lines = check_with(stack, tmp_path, more, location % f'include {file};')
        assert status == its_status and words in lines and secret not in lines, lines


@pytest.mark.skipif(os.geteuid() != 0, reason='only root gives files away')
def test_sockets(stack, tmp_path, nginx_configuration):
    """STILE-units-20 Check says whether nginx's workers, and who besides, can connect to the functions' sockets."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / 's'))
        (tmp_path / 's').chmod(0o660)

        def lines_for(group, user):
            os.chown(tmp_path / 's', 0, grp.getgrnam(group).gr_gid)
            text = nginx_configuration.replace('worker_processes', f'user {user}; worker_processes', 1)
            text = text.replace(f'unix:{stack.dir}/authorize.sock', f'unix:{tmp_path}/s', 1)
            (tmp_path / 'nginx.txt').write_text(text)
            return check(stack, '--nginx', str(tmp_path / 'nginx.txt'))

        status, lines = lines_for('games', 'www-data')
        assert status == 1 and f"PROBLEM  nginx's workers cannot connect to {tmp_path}/s, which belongs to the group games" in lines
        assert 'write "user www-data stile-web;" into nginx.conf' in lines
        status, lines = lines_for('games', 'www-data games')
        assert status == 0 and f'{tmp_path}/s' not in lines
        status, lines = lines_for('www-data', 'www-data')
        assert status == 0 and f'note     every program of the group www-data can connect to {tmp_path}/s' in lines


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
