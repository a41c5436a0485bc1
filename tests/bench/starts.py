"""How long a start takes: from exec to the first answer of one function, with Redis; and of the whole set.

A request waits on the function's socket before the function is started, as when a socket unit starts it.
"""
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import time

from sets import PROGRAMS, clean_environment, listening

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
import fastcgi  # noqa: E402
from stack import Stack  # noqa: E402

ROUNDS = 15


def question(token):
    return fastcgi.request(REQUEST_METHOD='GET', HTTP_AUTHORIZATION=f'Bearer {token}')


def first_answer(command, environment, path, asked):
    """Milliseconds from exec to the first byte of the answer."""
    path.unlink(missing_ok=True)
    with listening(path) as listener, socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(path))
        client.sendall(asked)
        begun = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdin=listener, stderr=subprocess.DEVNULL)
        answer = client.recv(4096)
        milliseconds = (time.perf_counter() - begun) * 1000
        process.kill()
        process.wait()
    assert b'Status: 401' in answer, answer
    return milliseconds


def starts(stile, floor, say):
    run = stile.stack.dir
    asked = question('0' * 42)
    root = ['--user', 'root'] if os.getuid() == 0 else []
    of_floor = clean_environment(REDISCLI_AUTH=(run / 'operator.password').read_text())
    commands = {'verify': ([PROGRAMS / 'stile-verify', *root], stile.of_function()),
                floor.name: ([PROGRAMS / floor.program, 'verify', run / 'redis.sock'], of_floor)}
    say('starts: one function …')
    taken = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, (command, environment) in commands.items():
            taken[name].append(first_answer(command, environment, run / 'start.sock', asked))
    say('starts: the whole set …')
    taken['the whole set (make run, built)'] = [whole_set() for _ in range(3)]
    return [{'what': name, 'milliseconds': statistics.median(times), 'fastest': min(times)} for name, times in taken.items()]


def whole_set():
    begun = time.perf_counter()
    with Stack():
        return (time.perf_counter() - begun) * 1000


def table(rows):
    lines = ['| from exec to the first answer | ms, median | ms, fastest |\n', '| --- | ---: | ---: |\n']
    return ''.join(lines + [f"| {row['what']} | {row['milliseconds']:.1f} | {row['fastest']:.1f} |\n" for row in rows])
