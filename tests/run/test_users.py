"""The user as which a function serves."""
import os
import pathlib
import pwd
import signal
import stat
import subprocess
import tempfile
import time

import pytest

from fastcgi import ask
from stack import PATIENCE, PROGRAMS, clean_environment

ROOT = os.geteuid() == 0
ME = pwd.getpwuid(os.geteuid()).pw_name


@pytest.fixture
def folder():
    """A folder that the function's new user can write to and reach."""
    with tempfile.TemporaryDirectory(prefix='users-', dir='/tmp') as name:
        folder = pathlib.Path(name)
        if ROOT:
            os.chown(folder, pwd.getpwnam('nobody').pw_uid, -1)
        yield folder


def start(folder, *arguments):
    return subprocess.Popen([PROGRAMS / 'stile-verify', '--listen', folder / 'verify.sock', *arguments],
                            env=clean_environment(STILE_ISSUER='http://localhost'), stdin=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True)


def refusal(folder, *arguments):
    function = start(folder, *arguments)
    try:
        _, errors = function.communicate(timeout=PATIENCE)
    finally:
        function.kill()  # one that does serve
        function.wait()
    assert function.returncode == 1 and not (folder / 'verify.sock').exists()
    return errors


def status_of(function):
    lines = pathlib.Path(f'/proc/{function.pid}/status').read_text().splitlines()
    return dict(line.split(':\t', 1) for line in lines)


def serving(function, socket):
    """Its status once it serves: from then on SIGTERM ends it in order."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            ask(socket, REQUEST_METHOD='GET')
            return status_of(function)
        except OSError:  # it does not listen yet
            assert function.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)


def test_started_as_root(folder):
    """STILE-process-4 A function that root starts without a user to run as refuses to start, in one line."""
    if not ROOT:
        assert refusal(folder, '--user', 'root') == 'stile-verify: --user: only root can become root\n'
        return
    assert refusal(folder) == 'stile-verify: started as root: name the user to serve as, such as --user www-data\n'


def test_unknown_user(folder):
    """STILE-process-5 An unknown user is refused in one line."""
    assert refusal(folder, '--user', 'nosuchuser') == 'stile-verify: --user: there is no user nosuchuser\n'


def test_misspelt_option():
    """STILE-process-9 A function that is started with a wrong argument says so in one line, with exit status 2."""
    done = subprocess.run([PROGRAMS / 'stile-verify', '--lisen', 'verify.sock'], capture_output=True, text=True,
                          env=clean_environment(), timeout=PATIENCE, check=False)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr.count('\n') == 1 and '--lisen' in done.stderr and 'stile-verify --help' in done.stderr


def test_becomes_the_user(folder):
    """STILE-process-6 A function runs as the given user, with only that user's groups, and the user owns its socket."""
    name = 'nobody' if ROOT else ME
    user = pwd.getpwnam(name)
    function = start(folder, '--user', name)
    try:
        status = serving(function, folder / 'verify.sock')
        assert status['Uid'].split() == [str(user.pw_uid)] * 4
        assert status['Gid'].split() == [str(user.pw_gid)] * 4
        assert set(map(int, status['Groups'].split())) == set(os.getgrouplist(name, user.pw_gid))
        assert int(status['CapEff'], 16) == 0 or not ROOT
        assert status['Umask'] == '0077' and status['NoNewPrivs'] == '1'
        # If it were dumpable again, its files in /proc would belong to its user.
        assert pathlib.Path(f'/proc/{function.pid}/environ').stat().st_uid == 0
        socket = (folder / 'verify.sock').stat()
        assert (stat.S_IMODE(socket.st_mode), socket.st_uid) == (0o660, user.pw_uid)
    finally:
        function.send_signal(signal.SIGTERM)
        assert function.wait(PATIENCE) == 0
        function.stderr.close()
