"""stile-run ends what it has started, and keeps the data in its folder."""
import concurrent.futures
import os
import queue
import re
import signal
import threading

import pytest
import requests

from browser import Browser, redeem, refresh
from conftest import PATIENCE, REDIS
from endpoints import ENDPOINTS
from test_run import admin, token_answers


def programs(run):
    """The names of the programs that run."""
    return {os.path.basename(command.split()[0]) for command in run.processes().values() if command}


def assert_all_run(run):
    running = programs(run)
    assert {'stile-run', 'nginx:', os.path.basename(REDIS), *(f'stile-{endpoint}' for endpoint in ENDPOINTS)} <= running, running


class Load:
    """Requests without a pause, from four clients, until the instance is gone."""

    def __init__(self, base):
        self.base, self.finished, self.answered = base, threading.Event(), queue.Queue()

    def ask(self):
        while not self.finished.is_set():
            try:
                self.answered.put(token_answers(self.base))
            except (requests.RequestException, ValueError):
                return  # it has ended

    def __enter__(self):
        self.pool = concurrent.futures.ThreadPoolExecutor(4)
        for _ in range(4):
            self.pool.submit(self.ask)
        for _ in range(20):
            assert self.answered.get(timeout=PATIENCE) == (400, 'invalid_grant')
        return self

    def __exit__(self, *_):
        self.finished.set()
        self.pool.shutdown()


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals(start, run_dir, number):
    """STILE-flow-60 SIGTERM and Ctrl-C end every process, also under load."""
    run = start.program(0, run_dir)
    base = run.ready()
    assert_all_run(run)
    assert re.fullmatch('[A-Za-z0-9]{42}', Browser(base).code())
    with Load(base):
        _, status = run.stop(number)
        assert status == 0 and run.processes() == {}
    assert ' is now ready to exit, bye bye' in (run_dir / 'log/redis.log').read_text()


def test_killed(start, run_dir):
    """STILE-flow-61 When stile-run itself is killed, its processes end with it."""
    run = start.program(0, run_dir)
    run.ready()
    assert_all_run(run)
    run.process.kill()
    run.process.wait()
    run.wait_until_nothing_runs()


def test_second_start(start, run_dir, another_run_dir):
    """STILE-flow-62 A second start in the same folder keeps all data, and two instances do not share any."""
    first, other = start.program(0, run_dir), start.program(0, another_run_dir)
    base, other_base = first.ready(), other.ready()
    assert base != other_base
    admin(run_dir, 'user add only-here --password only-this-password')
    assert 'only-here' not in admin(another_run_dir, 'user list')
    tokens = redeem(base, Browser(base).code()).json()
    first.stop()
    base = start.program(0, run_dir).ready()
    assert refresh(base, tokens['refresh_token']).status_code == 200
    assert 'only-here' in admin(run_dir, 'user list')
