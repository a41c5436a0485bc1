"""What is measured: Stile as `make run` starts it, and the floor beside it, behind an nginx of the same settings."""
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

FLOORS = {'token': 'token', 'introspect': 'introspect', 'revoke': 'revoke', 'authorize': 'authorize', 'verify': 'verify',
          'login': 'page', 'consent': 'page', 'metadata': 'page', 'demo-client': 'page', 'demo-resource': 'page'}


def children(pid):
    return [int(child) for child in pathlib.Path(f'/proc/{pid}/task/{pid}/children').read_text().split()]


def name_of(pid):
    return pathlib.Path(f'/proc/{pid}/comm').read_text().strip()


def can_connect(port):
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


def reads_in(stats):
    """How often a Redis has read from a socket, by its INFO stats: the round trips of its clients."""
    return int(re.search(r'^total_reads_processed:(\d+)', stats, re.MULTILINE)[1])


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Stile:
    """The running set. `processes()` gives the process ids that work for it: nginx's workers, functions, Redis."""

    name = 'Stile'
    fastest = 12000  # requests a second: more than a processor of this time does
    endpoints = {}  # the generator knows them
    session_cookie = None  # its clients log in

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
                groups['nginx'] += children(pid)
            elif name.startswith('redis'):
                groups['redis'].append(pid)
            else:
                groups['function'].append(pid)
        return groups

    def redis_reads(self):
        return reads_in(self.stack.redis('INFO', 'stats'))


class Floor:
    """The floor, on the Redis of a running Stile."""

    name = 'floor'
    secret = 'any'
    fastest = Stile.fastest
    endpoints = Stile.endpoints
    session_cookie = None

    def __init__(self, stile):
        self.stile = stile

    def __enter__(self):
        run = self.stile.stack.dir
        self.dir = run / 'floor'
        self.port = free_port()
        for folder in ('log', 'tmp'):
            shutil.copytree(run / folder, self.dir / folder, ignore=lambda *_: ['redis.log'])
        shutil.copytree(run / 'stile', self.dir / 'stile')
        (self.dir / 'nginx.conf').write_text(re.sub(rf'(listen \S+):{self.stile.port}\b', rf'\g<1>:{self.port}',
                                                    (run / 'nginx.conf').read_text()))
        for file in [self.dir / 'nginx.conf', *(self.dir / 'stile').iterdir()]:
            file.write_text(file.read_text().replace(f'{run}/', f'{self.dir}/'))
        environment = clean_environment(REDISCLI_AUTH=(run / 'operator.password').read_text())
        self.functions = [subprocess.Popen([PROGRAMS / 'floor', operation, self.dir / f'{name}.sock', run / 'redis.sock'],
                                           env=environment) for name, operation in FLOORS.items()]
        self.nginx = subprocess.Popen(['nginx', '-e', self.dir / 'log/nginx.log', '-p', self.dir, '-c', self.dir / 'nginx.conf',
                                       '-g', 'daemon off; user root;' if os.getuid() == 0 else 'daemon off;'], env=clean_environment())
        try:
            self.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def wait_until_ready(self):
        deadline = time.monotonic() + PATIENCE
        while not (can_connect(self.port) and all((self.dir / f'{name}.sock').exists() for name in FLOORS)):
            assert time.monotonic() < deadline and self.nginx.poll() is None, 'the floor does not start'
            time.sleep(0.01)
        for name in FLOORS:
            (self.dir / f'{name}.sock').chmod(0o666)

    def __exit__(self, *_):
        self.nginx.terminate()
        for function in self.functions:
            function.kill()  # libfcgi takes SIGTERM for a wish, to be fulfilled at the next accept
        for process in (self.nginx, *self.functions):
            process.wait(PATIENCE)

    def processes(self):
        return {'nginx': children(self.nginx.pid), 'function': [process.pid for process in self.functions],
                'redis': self.stile.processes()['redis']}

    def redis_reads(self):
        return self.stile.redis_reads()
