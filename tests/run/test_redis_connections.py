"""Redis in the configurations of operators: each kind of STILE_REDIS, and TLS by stunnel, with a real Redis."""
import base64
import contextlib
import pathlib
import re
import signal
import socket
import subprocess
import time

import pytest

from function import Function
from stack import BUILD, PATIENCE, PROGRAMS, REDIS, REDIS_CLI, ROOT, clean_environment

ISSUER = 'https://id.example'
SECRET = 'x' * 43
BASIC = {'HTTP_AUTHORIZATION': 'Basic ' + base64.b64encode(f'app:{SECRET}'.encode()).decode()}


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def listens(where):
    family = socket.AF_UNIX if isinstance(where, pathlib.Path) else socket.AF_INET
    with socket.socket(family) as probe:
        return probe.connect_ex(str(where) if family == socket.AF_UNIX else ('127.0.0.1', where)) == 0


@contextlib.contextmanager
def running(folder, name, words, where):
    log = folder / f'{name}.log'
    with open(log, 'wb') as output:
        process = subprocess.Popen([str(word) for word in words], cwd=folder, env=clean_environment(), stdin=subprocess.DEVNULL,
                                   stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + PATIENCE
        while not listens(where):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors='replace')
            time.sleep(0.02)
        yield process
    finally:
        process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(PATIENCE)


@contextlib.contextmanager
def redis(folder, *options, where):
    """A Redis with redis/redis.conf and redis/users.acl, where the password of each user is its name."""
    users = re.sub('#@([a-z-]+)@', r'>\1', (BUILD / 'users.acl').read_text())
    (folder / 'users.acl').write_text(users)
    with running(folder, 'redis', [REDIS, ROOT / 'redis/redis.conf', '--dir', folder, '--aclfile', folder / 'users.acl',
                                   *options], where) as process:
        yield process


def stile(address, *words):
    return subprocess.run([PROGRAMS / 'stile', *words], env=clean_environment(STILE_ISSUER=ISSUER, STILE_REDIS=address),
                          input=f'{SECRET}\n', capture_output=True, text=True, timeout=PATIENCE)


def add_client(address):
    done = stile(address, 'client', 'add', '--id', 'app', '--secret', '-', '--grant-type', 'client_credentials')
    assert done.returncode == 0, done.stderr


def ask_for_token(address):
    """The response of a token function that is configured with this Redis."""
    environment = clean_environment(STILE_ISSUER=ISSUER, STILE_REDIS=address, STILE_REDIS_TIMEOUT='20000', STILE_THREADS='1')
    with Function('token', environment) as token:
        return token.post('grant_type=client_credentials', **BASIC)


def redis_cli(*words):
    return subprocess.run([REDIS_CLI, '--no-auth-warning', *map(str, words)], env=clean_environment(), capture_output=True, text=True,
                          timeout=PATIENCE).stdout.split()


@pytest.mark.parametrize('address, database', [
    ('unix://{socket}?user={user}&password={user}', 0),
    ('unix://{socket}?db=3&password={user}&user={user}', 3),
    ('redis://{user}:{user}@127.0.0.1:{port}', 0),
    ('redis://{user}:{user}@localhost:{port}/5', 5),
    ('redis://:one%20password@127.0.0.1:{port}/2', 2),
    ('unix://{socket}?password=one%20password', 0),
])
def test_address(tmp_path, address, database):
    """STILE-address-18 Each kind of Redis address connects: unix socket or TCP, with user or password, with a database."""
    port, where = free_port(), tmp_path / 'redis.sock'
    with redis(tmp_path, '--port', port, '--unixsocket', where, where=where):
        operator = ['-p', port, '--user', 'operator', '--pass', 'operator', '-n', database]
        redis_cli(*operator, 'ACL', 'SETUSER', 'default', 'on', '>one password')
        add_client(address.format(socket=where, port=port, user='stile'))
        answer = ask_for_token(address.format(socket=where, port=port, user='stile-token'))
        assert answer.startswith('Status: 200 OK\r\n'), answer
        kinds = {key.split(':')[0] for key in redis_cli(*operator, 'KEYS', '*')}
        assert {'client', 'grant', 'access'} <= kinds


# TLS ------------------------------------------------------------------------------------------------------------------

def documented(beginning):
    """The code block of redis/README.md with this beginning."""
    blocks = re.findall(r'^```\n(.*?)^```$', (ROOT / 'redis/README.md').read_text(), re.MULTILINE | re.DOTALL)
    [block] = [block for block in blocks if re.search(beginning, block)]
    return block


def make_certificate(folder, name, host):
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
                    f'/CN={host}', '-addext', f'subjectAltName=DNS:{host}', '-keyout', f'{name}.key', '-out', f'{name}.pem'],
                   cwd=folder, check=True, capture_output=True, timeout=PATIENCE)


@contextlib.contextmanager
def stunnel(folder, name, settings, port):
    file = folder / f'{name}.conf'
    file.write_text(settings)
    with running(folder, name, ['stunnel', file], port):
        yield


@contextlib.contextmanager
def tls_redis(folder, by_stunnel):
    """A Redis with TLS, its own or by stunnel, with the documented settings; returns the port."""
    make_certificate(folder, 'redis', 'redis.example.com')
    plain, port = free_port(), free_port()
    if by_stunnel:
        settings = documented('accept = 6380').replace('/etc/stunnel/', f'{folder}/').replace('6380', f'127.0.0.1:{port}')
        with redis(folder, '--port', plain, where=plain), \
                stunnel(folder, 'server', settings.replace('127.0.0.1:6379', f'127.0.0.1:{plain}'), port):
            yield port
    else:
        settings = documented('tls-port 6380').replace('/etc/redis/', f'{folder}/').replace('6380', str(port))
        options = [word for line in settings.splitlines() for word in ('--' + line).split()]
        with redis(folder, *options, where=port):
            yield port


@contextlib.contextmanager
def client_stunnel(folder, port, **changes):
    own = free_port()
    settings = documented('client = yes').replace('127.0.0.1:6379', f'127.0.0.1:{own}')
    settings = settings.replace('redis.example.com:6380', f'127.0.0.1:{port}').replace('/etc/stunnel/redis-ca.pem', f'{folder}/redis.pem')
    for name, value in changes.items():
        settings = re.sub(f'{name} = .*', f'{name} = {value}', settings)
    with stunnel(folder, 'client', settings, own):
        yield f'redis://{{user}}:{{user}}@127.0.0.1:{own}'


@pytest.mark.parametrize('by_stunnel', [False, True])
def test_tls(tmp_path, by_stunnel):
    """STILE-address-19 Through stunnel, as documented, a token request goes over TLS, and its content is not readable
    on the way."""
    with tls_redis(tmp_path, by_stunnel) as port, client_stunnel(tmp_path, port) as address:
        add_client(address.format(user='stile'))
        answer = ask_for_token(address.format(user='stile-token'))
        assert answer.startswith('Status: 200 OK\r\n'), answer
        # The port uses TLS: unencrypted Redis commands get no reply.
        done = subprocess.run([REDIS_CLI, '-p', str(port), '--user', 'operator', '--pass', 'operator', 'PING'],
                              env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE)
        assert 'PONG' not in done.stdout


@pytest.mark.parametrize('changes', [{'checkHost': 'other.example.com'}, {'CAfile': 'other.pem'}])
def test_tls_of_another(tmp_path, changes):
    """STILE-address-20 A Redis whose certificate has another name or issuer is refused: 503."""
    make_certificate(tmp_path, 'other', 'redis.example.com')
    with tls_redis(tmp_path, False) as port:
        with client_stunnel(tmp_path, port) as address:
            add_client(address.format(user='stile'))
        with client_stunnel(tmp_path, port, **changes) as address:
            assert ask_for_token(address.format(user='stile-token')).startswith('Status: 503')
            done = stile(address.format(user='stile'), 'client', 'list')
            assert done.returncode == 5
