"""The whole of Stile for a test: `stile-run` on a free port in its own folder, ended and removed afterwards.

At its end all that it has written is searched for the secrets of the tests (leaks.py).
"""
import os
import pathlib
import re
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

from known_secrets import assert_nothing_leaked, remember_command

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get('STILE_TEST_BUILD', 'build')).resolve()
PROGRAMS = BUILD / 'bin'
# The Redis or Valkey server that the tests start: a program in PATH, or its path; and the name of its process.
REDIS = os.environ.get('STILE_TEST_REDIS', 'redis-server')
REDIS = str(ROOT / REDIS) if '/' in REDIS else REDIS
REDIS_NAME = pathlib.Path(REDIS).name[:15]
REDIS_CLI = 'redis-cli' if shutil.which('redis-cli') else 'valkey-cli'  # each speaks to every server
READY = 'Stile is ready on '
ATTEMPTS = 4  # to start an instance
PATIENCE = 120  # seconds, for operations that take a tenth of one on an idle machine


def clean_environment(**settings):
    """The environment of a program under test: only `settings`, without settings of Stile or of an outer make."""
    foreign = ('STILE_', 'MAKE', 'MFLAGS')
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return environment | {name: str(value) for name, value in settings.items()}


def redis_version():
    """Product and version of REDIS: ('Valkey', '8.1.1')."""
    said = subprocess.run([REDIS, '--version'], capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    return re.match(r'(Redis|Valkey) server v=([\d.]+) ', said).groups()


def read_env_file(path):
    return dict(word.split('=', 1) for word in shlex.split(pathlib.Path(path).read_text()))


def lines_up_to(process, beginning):
    """The lines of the process's output up to the first with this beginning; AssertionError with all of it if there is none."""
    deadline = time.monotonic() + PATIENCE
    seen = b''
    while select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))[0]:
        chunk = os.read(process.stdout.fileno(), 4096)
        seen += chunk
        *lines, _ = seen.decode(errors='replace').split('\n')
        for number, line in enumerate(lines, 1):
            if line.startswith(beginning):
                return lines[:number]
        if not chunk:
            break
    raise AssertionError(f'no line "{beginning}…"; the output was: {seen.decode(errors="replace")}')


def wait_for_line(process, beginning):
    """The first line of its output with this beginning."""
    return lines_up_to(process, beginning)[-1]


class Stack:
    """with Stack(STILE_CODE_TTL=2) as stack: stack.base, stack.admin('client', 'list'), stack.redis('KEYS', '*')

    `build`: where the pages and the command `stile` are; `programs`: where stile-run and the functions are.
    `under`: the words of a command that is to run stile-run in the given folder. nginx's limits do not count the
    addresses in `trusted`: tests send more than any person. With `tls` it speaks https; stack.authority is the file of
    the authority to trust.
    """

    def __init__(self, root=ROOT, programs=PROGRAMS, redis=REDIS, build=BUILD, under=lambda folder: [],
                 trusted=('127.0.0.1', '::1'), tls=False, **settings):
        self.root, self.programs, self.server, self.under, self.settings = root, programs, redis, under, settings
        self.build = build
        self.trusted = [argument for address in trusted for argument in ('--trust', address)]
        self.tls = ['--tls'] if tls else []

    def __enter__(self):
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self.begin()
            except AssertionError as failure:
                # Another process may take the free port before it is used.
                if 'nginx does not start' not in str(failure) or attempt == ATTEMPTS:
                    raise

    def begin(self):
        # A short path: it is part of the paths of unix sockets.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='run-'))
        self.process = subprocess.Popen(
            [*self.under(self.dir), self.programs / 'stile-run', '--port', '0', '--dir', self.dir,
             '--redis', self.server, '--pages', self.build / 'pages', '--root', self.root, *self.trusted, *self.tls], cwd=ROOT,
            env=clean_environment(**self.settings), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)
        try:
            self.base = wait_for_line(self.process, READY).removeprefix(READY).split()[0]
            # Where nginx listens; users may use another address (STILE_ISSUER).
            self.port = int(re.search(r'listen 127\.0\.0\.1:(\d+)', (self.dir / 'nginx.conf').read_text())[1])
            self.authority = self.dir / 'tls/authority.pem'
            # The tests' own passwords and secrets are short.
            self.environment = clean_environment(STILE_PASSWORD_LENGTH='0', STILE_CLIENT_SECRET_LENGTH='0',
                                                 **read_env_file(self.dir / 'stile.env'))
        except BaseException:
            self.end()
            shutil.rmtree(self.dir, ignore_errors=True)
            raise
        return self

    def __exit__(self, *_):
        try:
            status = self.end()
            assert status == 0, f'stile-run ended with status {status}'
            assert_nothing_leaked(self.dir)
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)

    def end(self):
        try:
            self.process.send_signal(signal.SIGTERM)
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            self.process.stdout.close()

    def children(self, name, parent=None):
        """The ids of the processes with that name (15 characters of it are kept) that stile-run, or `parent`, started."""
        found = []
        for entry in pathlib.Path('/proc').glob('[0-9]*/stat'):
            try:
                pid, _, rest = entry.read_text(errors='replace').partition(' (')
            except OSError:
                continue  # it has ended
            its_name, _, fields = rest.rpartition(') ')
            state, its_parent = fields.split()[:2]
            if its_name == name and state != 'Z' and int(its_parent) == (parent or self.process.pid):
                found.append(int(pid))
        return found

    def admin(self, *arguments):
        """Runs `stile …` against this stack and returns its output."""
        done = subprocess.run([self.build / 'bin/stile', *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE)
        assert done.returncode == 0, f'stile {" ".join(arguments)}: {done.stderr}'
        remember_command(arguments, done.stdout)
        return done.stdout

    @property
    def operator_redis(self):
        """The address of Redis for a function that a test starts itself: only the functions of the instance know their passwords."""
        return f'unix://{self.dir}/redis.sock?user=operator&password={(self.dir / "operator.password").read_text()}'

    def redis(self, *command):
        """Runs a command on the stack's Redis, as its operator, and returns its reply as text."""
        password = (self.dir / 'operator.password').read_text()
        done = subprocess.run([REDIS_CLI, '-s', self.dir / 'redis.sock', '--user', 'operator', *command],
                              env=clean_environment(REDISCLI_AUTH=password), capture_output=True, text=True,
                              timeout=PATIENCE)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def processes(self):
        """[(pid, name)] of the processes that stile-run has started and that still run, sorted."""
        found = []
        for entry in pathlib.Path('/proc').iterdir():
            if entry.name.isdigit():
                try:
                    before, _, after = (entry / 'stat').read_text(errors='replace').rpartition(')')
                except OSError:  # it has just ended
                    continue
                state, parent = after.split()[:2]
                if int(parent) == self.process.pid and state != 'Z':
                    found.append((int(entry.name), before.partition('(')[2]))
        return sorted(found)
