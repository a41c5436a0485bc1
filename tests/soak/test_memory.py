"""A million token requests and a hundred thousand logins leave the memory of each function unchanged (`make soak`);
`make test` runs a small part of it."""
import json
import os
import pathlib
import re
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from stack import PROGRAMS, Stack  # noqa: E402

IS_LONG = 'STILE_LONG' in os.environ
SLICES = 10
WARM_UP = 3  # slices after which every thread has done each operation once and its buffers have their size
# The allowed growth: malloc's arenas are pages, not requests. A leak of a byte per request is a megabyte in the long form.
SLACK = 1024  # kB
CONNECTIONS = 16 if IS_LONG else 8
PATIENCE = 3600  # seconds for one slice

# How often each flow of the generator does its operation; the first three are a million token requests.
TOKENS = {'client_credentials': 300_000, 'refresh': 400_000, 'redeem-fresh': 300_000, 'introspect': 100_000,
          'verify': 100_000, 'metadata': 20_000, 'login-page': 20_000, 'revoke': 100_000}
LOGINS = {'login': 100_000}
SHORT = 0.01  # of these numbers in the short form


def processes(stack):
    """The functions of a stack: name and process id."""
    children = pathlib.Path(f'/proc/{stack.process.pid}/task/{stack.process.pid}/children').read_text().split()
    names = {int(pid): pathlib.Path(f'/proc/{pid}/comm').read_text().strip() for pid in children}
    return {name: pid for pid, name in sorted(names.items(), key=lambda item: item[1]) if name.startswith('stile-')}


def resident(pid):
    """Resident memory in kB."""
    for line in pathlib.Path(f'/proc/{pid}/status').read_text().splitlines():
        if line.startswith('VmRSS:'):
            return int(line.split()[1])
    raise AssertionError(f'process {pid} has no memory')


def register(stack):
    """A client for the generator, and its generated secret."""
    answer = stack.admin('client', 'add', '--id', 'load', '--redirect-uri', 'https://www.example.com/redirect', '--scope',
                         'email', '--grant-type', 'authorization_code', '--grant-type', 'refresh_token', '--grant-type',
                         'client_credentials')
    return re.search(r'^client_secret: (\S+)', answer, re.MULTILINE)[1]


def drive(stack, secret, flow, requests):
    tokens = stack.dir / 'tokens'
    more = {'client_credentials': ['--save', tokens], 'revoke': ['--use', tokens]}.get(flow, [])
    done = subprocess.run([PROGRAMS / 'load', '--port', str(stack.port), '--flow', flow, '--requests', str(requests),
                           '--connections', str(CONNECTIONS), '--client-id', 'load', '--client-secret', secret, *more],
                          capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer['stuck'] == 0 and not answer['failed'], answer
    return answer['well']


def report(**line):
    if path := os.environ.get('STILE_REPORT'):
        with open(path, 'a') as file:
            file.write(json.dumps({'suite': 'soak', **line}) + '\n')


def soak(flows):
    """Drives the flows in slices; returns how often each did its operation, and each function's memory after each slice."""
    counts, memory = {}, {}
    with Stack(STILE_ACCESS_TTL=60) as stack:
        secret = register(stack)
        functions = processes(stack)
        for _ in range(SLICES):
            for flow, total in flows.items():
                share = max(1, int(total * (1 if IS_LONG else SHORT) / SLICES))
                counts[flow] = counts.get(flow, 0) + drive(stack, secret, flow, share)
            assert processes(stack) == functions, 'a function was restarted meanwhile'
            for name, pid in functions.items():
                memory.setdefault(name, []).append(resident(pid))
    return counts, memory


@pytest.mark.parametrize('case, flows', [('token requests', TOKENS), ('logins', LOGINS)], ids=lambda value: value if
                         isinstance(value, str) else '')
def test_memory_stays_flat(case, flows):
    """STILE-soak-1 A million token requests and a hundred thousand logins leave the memory of each function unchanged."""
    counts, memory = soak(flows)
    print(f'\n{case}: {counts}')
    for name, kilobytes in memory.items():
        print(f'  {name:16} kB after each slice: {" ".join(map(str, kilobytes))}')
    grown = {name: max(kilobytes[WARM_UP:]) - max(kilobytes[:WARM_UP]) for name, kilobytes in memory.items()}
    report(case=f'memory after {case}', requests=sum(counts.values()), counts=counts, grown_kB=max(grown.values()),
           outcome='passed' if max(grown.values()) <= SLACK else 'failed')
    assert max(grown.values()) <= SLACK, f'kB that functions grew after the first {WARM_UP} of {SLICES} slices: {grown}'
