"""The measured servers: Stile as `make run` starts it, of this tree and of another; and floors beside it, behind nginx as well."""
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

# The functions of a set, and the operation of a floor that corresponds to each.
FUNCTIONS = {'token': 'token', 'introspect': 'introspect', 'revoke': 'revoke', 'authorize': 'authorize', 'verify': 'verify',
             'login': 'page', 'consent': 'page', 'userinfo': 'page', 'logout': 'page', 'metadata': 'page', 'demo-client': 'page',
             'demo-resource': 'page'}

KEPT_CONNECTIONS = 64  # of each of nginx's workers to each function: as many as there are clients


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

    def of_function(self):
        """The environment of a function that is started beside the instance, whose own functions alone know their passwords."""
        return self.stack.environment | {'STILE_REDIS': self.stack.operator_redis}


class Before(Stile):
    """The same of another checkout, with its own programs, pages and nginx files: an earlier commit, for example."""

    name = 'before'

    def __init__(self, root):
        build = root / 'build'
        super().__init__(root=root, programs=build / 'bin', build=build)


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
            file.write_text(self.nginx_file(file.read_text().replace(f'{run}/', f'{self.dir}/')))
        self.functions = [process for name in FUNCTIONS for process in self.start(name, self.dir / f'{name}.sock')]
        self.nginx = subprocess.Popen(['nginx', '-e', self.dir / 'log/nginx.log', '-p', self.dir, '-c', self.dir / 'nginx.conf',
                                       '-g', 'daemon off; user root;' if os.getuid() == 0 else 'daemon off;'], env=clean_environment())
        try:
            self.wait_until_open()
        except BaseException:
            self.__exit__()
            raise
        return self

    def nginx_file(self, text):
        """One of the instance's files, as these functions need it."""
        return text

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


def without_kept_connections(text):
    """A file of nginx in which no connection to a function is kept, as is nginx's default."""
    return re.sub(r'(?<![^\s{])(fastcgi_keep_conn \w+|keepalive \d+);', '', text)


def with_kept_connections(text):
    """A file of nginx in which each function is an upstream whose connections are kept."""
    passes = re.compile(r'fastcgi_pass (unix:[^;]+/(demo-\w+)\.sock);')  # the demo's functions have no upstream
    of_demo = [f'upstream {name} {{ server {socket}; }}' for socket, name in passes.findall(text)]
    text = passes.sub(r'fastcgi_pass \2;', without_kept_connections(text))
    settings = '\n    '.join(['    include stile/upstreams.conf;', 'fastcgi_keep_conn on;', *of_demo])
    text = re.sub(r'^ +include stile/upstreams\.conf;', settings, text, flags=re.MULTILINE)
    return re.sub(r'(upstream [\w-]+ *\{[^}]*\S)\s*\}', rf'\1 keepalive {KEPT_CONNECTIONS}; }}', text)


class Floor(Beside):
    """The least that an operation can be done with: see floor/operations.h."""

    secret = 'any'
    options = {'login-page': '/login'}  # its authorization endpoint never asks for a login

    def nginx_file(self, text):
        """Its pages go into no cache, so nobody need wait for one to be there."""
        return text.replace('fastcgi_cache_lock on;', '')

    def start(self, function, path):
        environment = clean_environment(REDISCLI_AUTH=(self.stack.dir / 'operator.password').read_text())
        with listening(path) as socket_of_function:
            return [subprocess.Popen([PROGRAMS / self.program, FUNCTIONS[function], self.stack.dir / 'redis.sock'],
                                     env=environment, stdin=socket_of_function)]


class LoopFloor(Floor):
    """On an event loop, behind connections that nginx keeps: see floor/floor_loop.cpp. Ratios are taken against it."""

    name = 'event-loop floor'
    program = 'floor-loop'

    def nginx_file(self, text):
        return with_kept_connections(super().nginx_file(text))


class LibfcgiFloor(Floor):
    """On libfcgi, with threads, which a kept connection would occupy: see floor/floor.cpp."""

    name = 'libfcgi floor'
    program = 'floor'

    def nginx_file(self, text):
        return without_kept_connections(super().nginx_file(text))


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
        environment = self.stile.of_function()
        log = (self.stack.dir / 'log/functions.log').open('a')
        with listening(path) as socket_of_function, log:
            return [subprocess.Popen(program, env=environment, stdin=socket_of_function, stderr=log)
                    for _ in range(self.count)]
