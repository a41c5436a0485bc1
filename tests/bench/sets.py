"""The measured servers: Stile as `make run` starts it, and the floor beside it, behind an nginx with the same settings."""
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from stack import PATIENCE, PROGRAMS, Stack, clean_environment  # noqa: E402

# The functions of a set, and the operation of the floor that corresponds to each.
FUNCTIONS = {'token': 'token', 'introspect': 'introspect', 'revoke': 'revoke', 'authorize': 'authorize', 'verify': 'verify',
             'login': 'page', 'consent': 'page', 'userinfo': 'page', 'logout': 'page', 'metadata': 'page', 'demo-client': 'page',
             'demo-resource': 'page'}


def children(pid):
    return [int(child) for child in pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]


def workers(nginx):
    """The nginx children that answer requests; its cache processes come and go."""
    return [pid for pid in children(nginx) if 'worker' in pathlib.Path(f'/proc/{pid}/cmdline').read_text()]


def name_of(pid):
    return pathlib.Path(f'/proc/{pid}/comm').read_text().strip()


def can_connect(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


def reads_in(stats):
    """How often Redis has read from a socket, by its INFO stats: the round trips of its clients."""
    return int(re.search(r'^total_reads_processed:(\d+)', stats, re.MULTILINE)[1])


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Stile:
    """The running set. `processes()` gives the process ids that work for it: nginx's workers, functions, Redis."""

    name = 'Stile'
    fastest = 12000  # requests a second: more than was ever seen
    options = {}  # of the generator, which knows Stile

    def __init__(self, **settings):
        self.stack = Stack(**settings)

    def __enter__(self):
        self.stack.__enter__()
        self.port = self.stack.port
        answer = self.stack.admin(
            'client', 'add', '--id', 'load', '--redirect-uri', 'https://www.example.com/redirect', '--scope', 'email',
            '--grant-type', 'authorization_code', '--grant-type', 'refresh_token', '--grant-type', 'client_credentials')
        self.secret = re.search(r'^client_secret: (\S+)', answer, re.MULTILINE)[1]
        return self

    def __exit__(self, *details):
        self.stack.__exit__(*details)

    def processes(self):
        groups = {'nginx': [], 'function': [], 'redis': []}
        for pid in children(self.stack.process.pid):
            name = name_of(pid)
            if name == 'nginx':
                groups['nginx'] += workers(pid)
            elif name.startswith('redis'):
                groups['redis'].append(pid)
            else:
                groups['function'].append(pid)
        return groups

    def redis_reads(self):
        return reads_in(self.stack.redis('INFO', 'stats'))


class Beside:
    """Other functions behind their own nginx, with the settings and the Redis of a running Stile."""

    fastest = Stile.fastest
    options = Stile.options

    def __init__(self, stile):
        self.stile = stile
        self.stack = stile.stack

    def __enter__(self):
        run = self.stack.dir
        self.dir = run / self.name.replace(' ', '-')
        self.port = free_port()
        for folder in ('log', 'tmp'):
            shutil.copytree(run / folder, self.dir / folder, ignore=lambda *_: ['redis.log'])
        shutil.copytree(run / 'stile', self.dir / 'stile')
        (self.dir / 'nginx.conf').write_text(re.sub(rf'(listen \S+):{self.stile.port}\b', rf'\g<1>:{self.port}',
                                                    (run / 'nginx.conf').read_text()))
        for file in [self.dir / 'nginx.conf', *(self.dir / 'stile').iterdir()]:
            file.write_text(file.read_text().replace(f'{run}/', f'{self.dir}/'))
        self.functions = [process for name in FUNCTIONS for process in self.start(name, self.dir / f'{name}.sock')]
        self.nginx = subprocess.Popen(['nginx', '-e', self.dir / 'log/nginx.log', '-p', self.dir, '-c', self.dir / 'nginx.conf',
                                       '-g', 'daemon off; user root;' if os.getuid() == 0 else 'daemon off;'], env=clean_environment())
        try:
            self.wait_until_open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_until_open(self):
        deadline = time.monotonic() + PATIENCE
        while not can_connect(self.port):
            assert time.monotonic() < deadline and self.nginx.poll() is None, f'{self.name} does not start'
            time.sleep(0.01)

    def __exit__(self, *_):
        self.nginx.terminate()
        for function in self.functions:
            function.kill()  # libfcgi handles SIGTERM only at the next accept
        for process in (self.nginx, *self.functions):
            process.wait(PATIENCE)

    def processes(self):
        return {'nginx': workers(self.nginx.pid), 'function': [process.pid for process in self.functions],
                'redis': self.stile.processes()['redis']}

    def redis_reads(self):
        return self.stile.redis_reads()


def listening(path):
    """A socket for functions to share; the caller passes it to them as their standard input."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o666)
    listener.listen(4096)
    return listener


class Floor(Beside):
    """The minimum cost of libfcgi and Redis: see floor/floor.cpp."""

    name = 'floor'
    secret = 'any'
    options = {'login-page': '/login'}  # its authorization endpoint never asks for a login

    def start(self, function, path):
        environment = clean_environment(REDISCLI_AUTH=(self.stack.dir / 'operator.password').read_text())
        with listening(path) as socket_of_function:
            return [subprocess.Popen([PROGRAMS / 'floor', FUNCTIONS[function], self.stack.dir / 'redis.sock'],
                                     env=environment, stdin=socket_of_function)]


class Processes(Beside):
    """Stile's functions, several processes of each on one socket, as systemd starts them."""

    def __init__(self, stile, count):
        super().__init__(stile)
        self.count = count
        self.name = f'{count} processes'
        self.secret = stile.secret

    def start(self, function, path):
        if function.startswith('demo-'):
            return []
        program = [PROGRAMS / f'stile-{function}', *(['--user', 'root'] if os.getuid() == 0 else [])]
        log = (self.stack.dir / 'log/functions.log').open('a')
        with listening(path) as socket_of_function, log:
            return [subprocess.Popen(program, env=self.stack.environment, stdin=socket_of_function, stderr=log)
                    for _ in range(self.count)]
