"""A `make run` that works: what it prints, what it serves, which processes it starts, restarts and ends."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest
import requests

from conftest import PATIENCE, PROGRAMS, REDIS, ROOT, clean_environment, folder_of_programs, free_port


def get(url):
    return requests.get(url, timeout=20)


def admin(run_dir, command):
    """Runs an admin command as the README does, in a shell without settings of Stile."""
    done = subprocess.run(['sh', '-c', f'set -a; . {run_dir}/stile.env; {PROGRAMS}/stile {command}'], cwd=ROOT, text=True,
                          env=clean_environment(), capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def token_answers(base):
    answer = requests.post(base + '/oauth/tokenize', auth=('test_client', 'password'), timeout=20,
                           data={'grant_type': 'refresh_token', 'refresh_token': 'x' * 48})
    return answer.status_code, answer.json()['error']


def test_make_run(start, run_dir):
    """STILE-run-2 make run prints one line with the address when Stile is ready, serves a page there, and SIGTERM ends every process."""
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
    # Without what make prints about the signal.
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
    """STILE-run-4 Ctrl-C and the end of the terminal end every process."""
    run = start.make(free_port(), run_dir)
    run.ready()
    os.killpg(run.process.pid, number)
    run.wait()
    run.wait_until_nothing_runs()


def test_exit_status(start, run_dir):
    """STILE-run-5 An instance that was asked to end exits with status 0."""
    run = start.program(0, run_dir)
    run.ready()
    _, status = run.stop()
    assert status == 0 and run.processes() == {}


def test_killed(start, run_dir):
    """STILE-run-6 No process outlives the instance, even when stile-run is killed."""
    run = start.program(0, run_dir)
    run.ready()
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait()
    run.wait_until_nothing_runs()


def test_stopped_before_it_is_ready(start, run_dir):
    """STILE-run-7 A signal during the start ends every process."""
    run = start.program(0, run_dir)
    while not (run_dir / 'redis').exists():
        assert run.process.poll() is None
    run.stop()
    assert run.processes() == {}


def test_two_side_by_side(start, run_dir, another_run_dir):
    """STILE-run-8 Two instances run side by side and do not affect each other."""
    first, second = start.make(free_port(), run_dir), start.make(free_port(), another_run_dir)
    bases = first.ready(), second.ready()
    assert bases[0] != bases[1]
    admin(run_dir, 'client add --id mine --redirect-uri https://a.example/ --scope a')
    assert admin(another_run_dir, 'client list') == 'demo\ntest_client\n'
    first.stop()
    assert get(bases[1] + '/').status_code == 200


def test_second_start(start, run_dir):
    """STILE-run-9 A second start takes seconds and keeps the clients and users of the first."""
    first = start.make(free_port(), run_dir)
    first.ready()
    admin(run_dir, 'client add --id mine --redirect-uri https://a.example/ --scope a')
    admin(run_dir, 'user set-password admin --password changed-by-hand')
    first.stop()
    second = start.make(free_port(), run_dir)
    base = second.ready()
    assert time.monotonic() - second.started < 10
    assert admin(run_dir, 'client list').split() == ['demo', 'mine', 'test_client']
    assert admin(run_dir, 'user list').split() == ['admin']
    assert token_answers(base) == (400, 'invalid_grant')


@pytest.mark.parametrize('program', ['stile-authorize', 'stile-login', 'stile-consent', 'stile-token'])
def test_function_dies(start, run_dir, program):
    """STILE-run-10 A function that dies is restarted, and requests meanwhile wait for it."""
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
    """STILE-run-31 When nginx's master is killed, its workers end too, nginx is restarted, and no process is left at the end."""
    run = start.program(0, run_dir)
    base = run.ready()
    os.kill(nginx_master(run), signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    # Its workers may answer for a moment, until their process group is killed.
    while (count(run, 'nginx: master') != 1 or token_status(base) != 401) and time.monotonic() < deadline:
        pass
    assert token_status(base) == 401
    # A new worker has the name of its master for a moment.
    while count(run, 'nginx: worker') != 2 and time.monotonic() < deadline:
        pass
    assert (count(run, 'nginx: master'), count(run, 'nginx: worker')) == (1, 2)
    run.stop()
    run.wait_until_nothing_runs()


def test_restarted_without_limit(start, run_dir):
    """STILE-run-38 A process that has served is restarted however often it dies."""
    run = start.program(0, run_dir)
    base = run.ready()
    for _ in range(7):
        before = nginx_master(run)
        os.kill(before, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while nginx_master(run) in (None, before) and time.monotonic() < deadline:
            time.sleep(0.02)
    while token_status(base) != 401 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert token_status(base) == 401


def test_function_restarted_without_limit(start, run_dir):
    """STILE-run-42 A function that has been ready is restarted however often it dies."""
    run = start.program(0, run_dir)
    base = run.ready()
    for _ in range(7):
        before = run.pid_of('stile-token')
        os.kill(before, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while token_status(base) != 401 and time.monotonic() < deadline:
            time.sleep(0.02)  # at first nginx may still reach the killed process
        assert run.pid_of('stile-token') != before


def test_functions_of_the_source_tree(start, run_dir, another_run_dir):
    """STILE-run-39 Only the functions of the source tree are started, no other programs in the folder."""
    programs = folder_of_programs(another_run_dir)
    (programs / 'stile-old').symlink_to(PROGRAMS / 'stile-token')
    run = start.program(0, run_dir, programs=programs)
    run.ready()
    listed = {path.parent.name for path in ROOT.glob('functions/*/main.cpp')} - {'run', 'stile', 'deliver'}
    expected = listed | {'demo-client', 'demo-resource'}
    assert {path.stem for path in run_dir.glob('*.sock')} == expected | {'redis'}
    started = {os.path.basename(command.split()[0]) for command in run.processes().values()}
    assert {f'stile-{name}' for name in expected} == {name for name in started if name.startswith('stile-')} - {'stile-run'}


def test_files_of_nginx(start, run_dir, another_run_dir):
    """STILE-run-40 Every file nginx/*.conf of the source tree is part of the configuration."""
    for name in ('functions', 'redis'):
        (another_run_dir / name).symlink_to(ROOT / name)
    nginx = shutil.copytree(ROOT / 'nginx', another_run_dir / 'nginx')
    (nginx / 'added.conf').write_text('location = /added { return 204; }\n')
    with open(nginx / 'stile.conf', 'a') as file:
        file.write('include stile/added.conf;\n')
    (run_dir / 'stile').mkdir(mode=0o700)
    (run_dir / 'stile/removed.conf').write_text('')  # of an earlier run
    run_dir.chmod(0o700)
    run = start.program(0, run_dir, '--root', another_run_dir)
    assert get(run.ready() + '/added').status_code == 204
    expected = {path.name for path in nginx.glob('*.conf')} - {'nginx.conf'}
    assert {path.name for path in (run_dir / 'stile').iterdir()} == expected


def test_other_files_in_run_dir(start, run_dir):
    """STILE-run-41 Files in RUN_DIR that are not its own stay, in the folder stile as well."""
    others = [run_dir / name for name in ('notes.txt', 'stile/notes.txt', 'stile/src/main.conf', 'tmp/notes.txt')]
    for other in others:
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text('mine')
    run_dir.chmod(0o700)
    start.program(0, run_dir).ready()
    assert [other.read_text() for other in others] == ['mine'] * len(others)


def count(run, words):
    return sum(words in command for command in run.processes().values())


def parent_of(pid):
    try:
        return int(pathlib.Path(f'/proc/{pid}/stat').read_text(errors='replace').rpartition(')')[2].split()[1])
    except (OSError, IndexError):
        return 0


def nginx_master(run):
    """A worker that has just been forked still has the title of its master, but not its parent."""
    return next((pid for pid, command in run.processes().items()
                 if 'nginx: master' in command and parent_of(pid) == run.process.pid), None)


def token_status(base):
    """The status of a request without credentials; 0 without a response."""
    try:
        return requests.post(base + '/oauth/tokenize', data={'grant_type': 'refresh_token'}, timeout=5).status_code
    except requests.ConnectionError:
        return 0
