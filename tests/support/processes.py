"""The processes of a running instance: what one tells about itself, and one that is stopped or killed in the middle of a request."""
import concurrent.futures
import contextlib
import os
import pathlib
import signal
import time

from stack import PATIENCE, REDIS_NAME


def eventually(condition, what, seconds=PATIENCE):
    """Waits for what sends no event, such as a change in another process."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


def of_process(pid, file):
    return pathlib.Path(f'/proc/{pid}/{file}').read_text(errors='replace')


@contextlib.contextmanager
def stopped(pid):
    """The process does not run within the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def without_redis(stack):
    """Redis is killed, and stile-run does not start it again within the block."""
    with stopped(stack.process.pid):
        for pid in stack.children(REDIS_NAME):
            os.kill(pid, signal.SIGKILL)
        eventually(lambda: not stack.children(REDIS_NAME), 'Redis does not end')
        yield


def killed_during(stack, function, request):
    """Kills the function while it has a request; the response of nginx. Only root sees that the function has the request."""
    [pid], [redis] = stack.children(function), stack.children(REDIS_NAME)

    def open_files():
        return len(os.listdir(f'/proc/{pid}/fd'))

    with stopped(redis), concurrent.futures.ThreadPoolExecutor(1) as pool:  # the function waits for Redis
        before = open_files()
        answer = pool.submit(request)
        try:
            eventually(lambda: open_files() > before, f'{function} accepts no connection')
        finally:
            os.kill(pid, signal.SIGKILL)
        return answer.result(PATIENCE)
