"""The Redis-compatible servers that Stile supports, where they come from, and the suites that run on each."""
import pathlib
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVERS = ('redis-7.0', 'redis-8.0', 'valkey-8.1')
# The tests that depend on the server, by suite.
ON_EACH_SERVER = {
    'store': (),
    'run': tuple(f'tests/run/test_{name}.py' for name in ('check', 'outage', 'redis_connections', 'redis_users', 'run_processes')),
    # All but the minutes in which machines and their links are lost: those are between nginx and the functions.
    'fault': (*(f'tests/fault/test_{name}.py' for name in ('redis', 'processes', 'upgrade', 'backup', 'moving', 'moving_slot')),
              'tests/fault/test_scale_out.py::test_in_order'),
}


def server_of(name):
    """The path of that server, which may have to be downloaded, and None; or None and the reason why it is not available."""
    done = subprocess.run(['tests/support/redis_server_of', name, 'build/servers'], cwd=ROOT, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True)
    return (done.stdout.strip(), None) if done.returncode == 0 else (None, done.stderr.strip())


def servers_beside(usual):
    """(title, path, problem) of each server except the given one: a program in PATH, or its path."""
    for name in SERVERS:
        server, problem = server_of(name)
        if not server or server != shutil.which(usual):
            yield name.capitalize().replace('-', ' '), server, problem
