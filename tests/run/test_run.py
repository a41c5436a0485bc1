"""`make run` that works: what it says, what it serves, and that it leaves nothing behind."""
import os
import signal
import subprocess
import time

import pytest
import requests

from conftest import PATIENCE, PROGRAMS, REDIS, ROOT, clean_environment, free_port


def get(url):
    return requests.get(url, timeout=20)


def admin(run_dir, command):
    """As the README says it, in a shell that knows nothing of Stile."""
    done = subprocess.run(['sh', '-c', f'set -a; . {run_dir}/stile.env; {PROGRAMS}/stile {command}'], cwd=ROOT, text=True,
                          env=clean_environment(), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def token_answers(base):
    answer = requests.post(base + '/oauth/tokenize', auth=('test_client', 'password'), timeout=20,
                           data={'grant_type': 'refresh_token', 'refresh_token': 'x' * 48})
    return answer.status_code, answer.json()['error']


def test_make_run(start, run_dir):
    """STILE-run-2 make run says in one line where Stile is ready, serves a page there, and SIGTERM ends all that it started."""
    port = free_port()
    run = start.make(port, run_dir)
    assert run.ready() == f'http://localhost:{port}'
    home = get(f'http://localhost:{port}/')
    assert home.status_code == 200 and home.headers['Content-Type'].startswith('text/html')
    assert f'http://localhost:{port}/oauth/authorize?client_id=test_client&amp;' in home.text
    programs = {os.path.basename(command.split()[0]) for command in run.processes().values()}
    assert {'make', 'stile-run', 'stile-authorize', 'stile-login', 'stile-consent', 'stile-token'} <= programs
    assert any(REDIS in program for program in programs) and any('nginx' in program for program in programs)
    output, _ = run.stop()
    assert run.processes() == {}
    # What make itself says about the signal is its own.
    assert [line for line in output.splitlines() if not line.startswith('make')] == []


def test_environment_file(start, run_dir):
    """STILE-run-3 $RUN_DIR/stile.env is all that the admin command needs in another shell."""
    run = start.make(free_port(), run_dir)
    run.ready()
    assert admin(run_dir, 'client list') == 'demo\ntest_client\n'
    assert admin(run_dir, 'user list') == 'admin\n'
    assert 'PROBLEM' not in admin(run_dir, 'check')
    lines = (run_dir / 'stile.env').read_text().splitlines()
    assert all(line.startswith('STILE_') and '=' in line for line in lines)


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGHUP])
def test_ctrl_c(start, run_dir, number):
    """STILE-run-4 Ctrl-C, and the end of the terminal, end every process."""
    run = start.make(free_port(), run_dir)
    run.ready()
    os.killpg(run.process.pid, number)
    run.wait()
    run.wait_until_nothing_runs()


def test_exit_status(start, run_dir):
    """STILE-run-5 A set that was asked to end exits with status 0."""
    run = start.program(0, run_dir)
    run.ready()
    _, status = run.stop()
    assert status == 0 and run.processes() == {}


def test_killed(start, run_dir):
    """STILE-run-6 Nothing outlives the set, even when it is killed."""
    run = start.program(0, run_dir)
    run.ready()
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait()
    run.wait_until_nothing_runs()


def test_stopped_before_it_is_ready(start, run_dir):
    """STILE-run-7 A signal during the start ends every process, too."""
    run = start.program(0, run_dir)
    while not (run_dir / 'redis').exists():
        assert run.process.poll() is None
    run.stop()
    assert run.processes() == {}


def test_two_side_by_side(start, run_dir, another_run_dir):
    """STILE-run-8 Two sets run side by side and know nothing of each other."""
    first, second = start.make(free_port(), run_dir), start.make(free_port(), another_run_dir)
    bases = first.ready(), second.ready()
    assert bases[0] != bases[1]
    admin(run_dir, 'client add --id mine --redirect-uri https://a.example/ --scope a')
    assert admin(another_run_dir, 'client list') == 'demo\ntest_client\n'
    first.stop()
    assert get(bases[1] + '/').status_code == 200


def test_second_start(start, run_dir):
    """STILE-run-9 A second start takes seconds and finds the clients and users of the first."""
    first = start.make(free_port(), run_dir)
    first.ready()
    admin(run_dir, 'client add --id mine --redirect-uri https://a.example/ --scope a')
    admin(run_dir, 'user set-password admin --password changed')
    first.stop()
    second = start.make(free_port(), run_dir)
    base = second.ready()
    assert time.monotonic() - second.started < 10
    assert admin(run_dir, 'client list').split() == ['demo', 'mine', 'test_client']
    assert admin(run_dir, 'user list').split() == ['admin']
    assert token_answers(base) == (400, 'invalid_grant')


@pytest.mark.parametrize('program', ['stile-authorize', 'stile-login', 'stile-consent', 'stile-token'])
def test_function_dies(start, run_dir, program):
    """STILE-run-10 A function that dies is started again, and the requests meanwhile wait for it."""
    run = start.program(0, run_dir)
    base = run.ready()
    before = run.pid_of(program)
    os.kill(before, signal.SIGKILL)
    assert get(base + '/oauth/authorize').status_code == 400
    assert get(base + '/login').status_code == 400
    assert get(base + '/approve').status_code == 400
    assert token_answers(base) == (400, 'invalid_grant')
    assert run.pid_of(program) != before
    output, _ = run.stop()
    assert f"{program.removeprefix('stile-')} exited and was restarted" in output


def test_nginx_dies(start, run_dir):
    """STILE-run-31 When nginx's master is killed its workers go with it, it is started again, and nothing is left at the end."""
    run = start.program(0, run_dir)
    base = run.ready()
    os.kill(nginx_master(run), signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    # Its workers may answer for a moment longer, until their group is ended and all begins anew.
    while (count(run, 'nginx: master') != 1 or token_status(base) != 401) and time.monotonic() < deadline:
        pass
    assert token_status(base) == 401
    # A worker bears its master's name for a moment.
    while count(run, 'nginx: worker') != 2 and time.monotonic() < deadline:
        pass
    assert (count(run, 'nginx: master'), count(run, 'nginx: worker')) == (1, 2)
    run.stop()
    run.wait_until_nothing_runs()


def count(run, words):
    return sum(words in command for command in run.processes().values())


def nginx_master(run):
    return next(pid for pid, command in run.processes().items() if 'nginx: master' in command)


def token_status(base):
    """Of a request without credentials; 0 while nobody answers."""
    try:
        return requests.post(base + '/oauth/tokenize', data={'grant_type': 'refresh_token'}, timeout=5).status_code
    except requests.ConnectionError:
        return 0
