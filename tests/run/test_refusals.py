"""A `make run` that cannot start: one clear line, an exit status other than 0, and no process left."""
import os
import getpass
import socket
import subprocess
import tempfile

import pytest
import requests

from conftest import folder_of_programs, free_port
from stack import PROGRAMS, clean_environment


def assert_refused(run, *words):
    """Ignores what make prints about the failed target."""
    output, status = run.wait()
    lines = [line for line in output.splitlines() if not line.startswith('make: ***')]
    assert len(lines) == 1 and lines[0].startswith('stile: '), output
    for word in words:
        assert word in lines[0]
    assert status != 0
    assert run.processes() == {}


def test_taken_port(start, run_dir):
    """STILE-run-11 A taken port is refused in one line that tells how to choose another."""
    with socket.socket() as other:
        other.bind(('127.0.0.1', 0))
        other.listen()
        port = other.getsockname()[1]
        assert_refused(start.make(port, run_dir), f'port {port} is taken', 'PORT=')


def test_port_taken_on_ipv6(start, run_dir):
    """STILE-run-12 A port that is taken only on ::1 is refused too: a browser may try ::1 first."""
    with socket.socket(socket.AF_INET6) as other:
        try:
            other.bind(('::1', 0))
        except OSError:
            pytest.skip('no IPv6 here')
        other.listen()
        port = other.getsockname()[1]
        assert_refused(start.program(port, run_dir), f'port {port} is taken')


def test_same_folder_twice(start, run_dir):
    """STILE-run-13 A second instance in the same folder is refused in one line, and the first continues to run."""
    first = start.make(free_port(), run_dir)
    base = first.ready()
    before = (run_dir / 'stile.env').read_text()
    assert_refused(start.make(free_port(), run_dir), str(run_dir), 'in use', 'RUN_DIR=')
    assert (run_dir / 'stile.env').read_text() == before
    assert requests.get(base + '/', timeout=20).status_code == 200


def test_missing_package(start, run_dir, another_run_dir):
    """STILE-run-14 A missing program is refused in one line that names its package."""
    assert_refused(start.program(0, run_dir, redis='redis-server', PATH=another_run_dir), 'redis-server is not installed',
                   'apt-get install redis-server')


@pytest.mark.parametrize('server, sentence', [
    ('valkey-server', 'valkey-server is not installed; install its Debian package: apt-get install valkey-server'),
    ('/nowhere/redis-server', '/nowhere/redis-server is not an executable file'),
    ('/tmp', '/tmp is not an executable file'),
    ('tests/main.cpp', 'tests/main.cpp is not an executable file'),
])
def test_missing_server(start, run_dir, another_run_dir, server, sentence):
    """STILE-run-14 A missing program is refused in one line that names its package."""
    assert_refused(start.program(0, run_dir, redis=server, PATH=another_run_dir), sentence)


def test_redis_does_not_start(start, run_dir):
    """STILE-run-15 A Redis that does not start is reported in one line with the path of its log."""
    append_only = run_dir / 'redis' / 'appendonlydir'
    append_only.mkdir(parents=True)
    (append_only / 'appendonly.aof.manifest').write_text('this is no manifest\n')
    assert_refused(start.make(free_port(), run_dir), 'redis does not start', str(run_dir / 'log/redis.log'))


def test_nginx_does_not_start(start, run_dir):
    """STILE-run-16 An nginx that does not start is reported in one line with the path of its log, and Redis and the functions end."""
    (run_dir / 'nginx.pid').mkdir()  # a folder in the place of a file that it must write
    assert_refused(start.program(0, run_dir), 'nginx does not start', str(run_dir / 'log/nginx.log'))


FAILING_NGINX = '''#!/usr/bin/python3
import pathlib, re, socket, sys, time
port = int(re.search(r'listen 127[.]0[.]0[.]1:(\\d+)', pathlib.Path(sys.argv[sys.argv.index('-c') + 1]).read_text())[1])
listening = socket.create_server(('127.0.0.1', port))
time.sleep(1)
sys.exit(1)
'''


def test_nginx_that_listens_and_fails(start, run_dir, another_run_dir):
    """STILE-run-37 An nginx that listens and then fails to start is not reported as ready."""
    (another_run_dir / 'nginx').write_text(FAILING_NGINX)
    (another_run_dir / 'nginx').chmod(0o700)
    started = start.program(0, run_dir, PATH=f'{another_run_dir}:/usr/bin:/bin')
    assert_refused(started, 'nginx does not start', str(run_dir / 'log/nginx.log'))


@pytest.mark.parametrize('name, value', [('STILE_CODE_TTL', 'soon'), ('STILE_THREADS', '0'), ('STILE_REQUIRE_PKCE', 'maybe'),
                                         ('STILE_ISSUER', 'ftp://example.com')])
def test_wrong_setting(start, run_dir, name, value):
    """STILE-run-17 A setting with a wrong value is reported in one line with its name and what it must be."""
    assert_refused(start.make(free_port(), run_dir, **{name: value}), name, 'must be')


def test_folder_with_a_space(start, run_dir):
    """STILE-run-18 A RUN_DIR with characters that nginx or the shell treat specially is refused in one line."""
    assert_refused(start.make(free_port(), run_dir / 'with a space'), 'RUN_DIR', 'spaces')
    assert list(run_dir.iterdir()) == []


def test_long_folder(start, run_dir):
    """STILE-run-19 A RUN_DIR that is too long for unix sockets is refused in one line."""
    assert_refused(start.make(free_port(), run_dir / ('x' * 80)), 'RUN_DIR', 'too long')


def test_folder_that_cannot_be_made(start):
    """STILE-run-20 A RUN_DIR that cannot be made is refused in one line."""
    with tempfile.NamedTemporaryFile() as file:
        assert_refused(start.make(free_port(), file.name + '/run'), file.name)


@pytest.mark.parametrize('port', ['eighty', '65536', '-1'])
def test_wrong_port(start, run_dir, port):
    """STILE-run-21 A PORT that is not a port number is refused in one line, and nothing starts."""
    assert_refused(start.program(port, run_dir), '--port', 'make help')


def test_function_that_cannot_start(start, run_dir, another_run_dir):
    """STILE-run-22 A function that exits five times in a row at its start ends the instance, and the last line has the path of its log."""
    run = start.program(0, run_dir, pages=another_run_dir)
    output, status = run.wait()
    last = output.splitlines()[-1]
    assert last.startswith('stile: ') and 'exits before it is ready' in last and str(run_dir / 'log') in last
    assert status != 0 and run.processes() == {}


def test_function_that_is_never_ready(start, run_dir, another_run_dir):
    """STILE-run-43 A function that exits before it is ready ends the instance, however long that takes."""
    programs = folder_of_programs(another_run_dir)
    (programs / 'stile-token').unlink()
    (programs / 'stile-token').write_text('#!/bin/sh\nsleep 1.2\nexit 1\n')
    (programs / 'stile-token').chmod(0o700)
    output, status = start.program(0, run_dir, programs=programs).wait()
    assert 'token exits before it is ready' in output.splitlines()[-1]
    assert output.count('token exited and was restarted') == 4
    assert status != 0


def test_folder_of_others(start, another_run_dir):
    """STILE-run-32 A folder with other files that is open to other users is refused in one line, and its permissions do not change."""
    (another_run_dir / 'theirs').write_text('data')
    another_run_dir.chmod(0o777)
    assert_refused(start.program(0, another_run_dir), 'RUN_DIR must be a new or empty folder')
    assert another_run_dir.stat().st_mode & 0o777 == 0o777
    assert [entry.name for entry in another_run_dir.iterdir()] == ['theirs']


@pytest.mark.skipif(os.geteuid() != 0, reason='only root can give a folder away')
def test_folder_of_another_user(start, another_run_dir):
    """STILE-run-36 A folder that belongs to another user, who could replace its files, is refused in one line."""
    os.chown(another_run_dir, 65534, 65534)
    assert_refused(start.program(0, another_run_dir), 'RUN_DIR belongs to another user')
    assert list(another_run_dir.iterdir()) == []


def test_socket_path_that_is_a_file(run_dir):
    """STILE-run-33 A function does not replace a regular file at the path of its socket."""
    path = run_dir / 'token.sock'
    path.write_text('data')
    answer = subprocess.run([PROGRAMS / 'stile-token', '--user', getpass.getuser(), '--listen', path], capture_output=True, text=True, timeout=20,
                            env=clean_environment(STILE_ISSUER='http://localhost'))
    assert (answer.returncode, answer.stderr) == (1, f'stile-token: {path} exists and is not a socket\n')
    assert path.read_text() == 'data'
