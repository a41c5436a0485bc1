"""Faults of a running instance: a stopped process, a killed Redis, a function that dies with a request."""
import contextlib
import os
import pathlib
import re
import select
import signal
import time
from concurrent.futures import ThreadPoolExecutor

from stack import PATIENCE, REDIS_NAME


def eventually(condition, what):
    """The first true value of `condition`."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.01)  # the processes of others send no event
    return value


def end(pid, number):
    """Sends a signal that ends the process, and waits for its end."""
    process = os.pidfd_open(pid)
    try:
        os.kill(pid, number)
        assert select.select([process], [], [], PATIENCE)[0], f'process {pid} does not end after signal {number}'
    finally:
        os.close(process)


@contextlib.contextmanager
def stopped(pid):
    """The process does not run inside the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def outage(stack):
    """Redis is killed, and not started again before the end of the block."""
    with stopped(stack.process.pid):
        end(stack.children(REDIS_NAME)[0], signal.SIGKILL)
        yield


def functions(stack):
    """{name: pid} of the functions; the kernel keeps 15 characters of a name."""
    return {name: pid for pid, name in stack.processes() if name.startswith('stile-')}


def end_and_await_successor(stack, name, number):
    """Sends a signal that ends the function, and waits until stile-run has started it again."""
    before = functions(stack)[name]
    end(before, number)
    eventually(lambda: functions(stack).get(name, before) != before, f'{name} is not started again')


def lost_request(stack, name, request):
    """The response to `request` if its function is killed while it processes it: the response of nginx."""
    pid = functions(stack)[name]

    def reads():
        return int(re.search('syscr: (.*)', pathlib.Path(f'/proc/{pid}/io').read_text())[1])

    # The function waits for Redis, with the request.
    with stopped(stack.children(REDIS_NAME)[0]), ThreadPoolExecutor() as pool:
        before = reads()
        answer = pool.submit(request)
        eventually(lambda: reads() > before, f'{name} reads no request')
        os.kill(pid, signal.SIGKILL)
        return answer.result(PATIENCE)
