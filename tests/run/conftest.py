"""Starts `make run`, each time in a separate session, so that every process that it leaves can be found."""
import contextlib
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / 'security'))  # attacker.py: browsers and clients
from known_secrets import assert_nothing_leaked, remember_command  # noqa: E402
from stack import BUILD, PATIENCE, PROGRAMS, READY, REDIS, ROOT, clean_environment, wait_for_line  # noqa: E402

SANITIZE = '' if BUILD == ROOT / 'build' else BUILD.name


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def folder_of_programs(folder):
    """A new folder with links to the programs, and a copy of stile-run, which starts the programs in its own folder."""
    programs = folder / 'bin'
    programs.mkdir()
    for program in PROGRAMS.glob('stile*'):
        (programs / program.name).symlink_to(program)
    (programs / 'stile-run').unlink()
    shutil.copy(PROGRAMS / 'stile-run', programs)
    return programs


def session_and_state(pid):
    """Fields 6 and 3 of /proc/<pid>/stat; the fields before them may contain spaces and parentheses."""
    try:
        fields = pathlib.Path(f'/proc/{pid}/stat').read_text(errors='replace').rpartition(')')[2].split()
        return int(fields[3]), fields[0]
    except (OSError, IndexError):
        return 0, 'Z'


def command_line(pid):
    try:
        return pathlib.Path(f'/proc/{pid}/cmdline').read_bytes().replace(b'\0', b' ').decode(errors='replace').strip()
    except OSError:
        return ''


def command(stack, *arguments):
    """`stile …` against a stack: its exit status and output."""
    done = subprocess.run([PROGRAMS / 'stile', *arguments], env=stack.environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=PATIENCE)
    remember_command(arguments, done.stdout)
    return done


class Run:
    """One `make run`, or one `stile-run` as make starts it."""

    def __init__(self, command, **settings):
        self.process = subprocess.Popen(command, cwd=ROOT, env=clean_environment(**settings), start_new_session=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.started = time.monotonic()

    def ready(self):
        """Waits until it prints that it is ready; returns the base URL."""
        return wait_for_line(self.process, READY).removeprefix(READY).split()[0]

    def processes(self):
        """{pid: command line} of all processes of this session."""
        pids = [int(entry.name) for entry in pathlib.Path('/proc').iterdir() if entry.name.isdigit()]
        states = {pid: session_and_state(pid) for pid in pids}
        return {pid: command_line(pid) for pid, (session, state) in states.items()
                if session == self.process.pid and state != 'Z'}

    def pid_of(self, program):
        return next(pid for pid, command in self.processes().items() if command.split()[0].endswith(program))

    def wait_until_nothing_runs(self):
        deadline = time.monotonic() + PATIENCE
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.02)  # the end of another process's child sends no event
        assert self.processes() == {}

    def wait(self):
        """All output until the end, and the exit status."""
        output, _ = self.process.communicate(timeout=PATIENCE)
        return output.decode(), self.process.returncode

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.wait()

    def clean_up(self):
        for pid in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def start():
    """start.make(port, run_dir) and start.program(port, run_dir), with more words of the command and settings of Stile as keywords."""
    runs = []

    class Start:
        @staticmethod
        def make(port, run_dir, *words, **settings):
            runs.append(Run(['make', '-s', 'run', f'PORT={port}', f'RUN_DIR={run_dir}', f'SANITIZE={SANITIZE}', f'REDIS={REDIS}', *words],
                            **settings))
            return runs[-1]

        @staticmethod
        def program(port, run_dir, *words, pages=BUILD / 'pages', redis=REDIS, programs=PROGRAMS, **settings):
            runs.append(Run([programs / 'stile-run', '--port', str(port), '--dir', run_dir, '--redis', redis, '--pages', pages, *words],
                            **settings))
            return runs[-1]

    yield Start
    for run in runs:
        run.clean_up()


@pytest.fixture
def run_dir():
    with tempfile.TemporaryDirectory(prefix='run-') as folder:
        yield pathlib.Path(folder)
        assert_nothing_leaked(folder)


@pytest.fixture
def another_run_dir():
    with tempfile.TemporaryDirectory(prefix='run-') as folder:
        yield pathlib.Path(folder)
