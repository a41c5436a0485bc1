"""nginx keeps its connections to the functions: what happens to them, and to requests, when a function ends."""
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from faults import eventually
from function import Function
from nginx import Client, Nginx
from raw_http import encode
from stack import PATIENCE, clean_environment
from supervisor import Holder

ENVIRONMENT = clean_environment(STILE_ISSUER='https://id.example')
POST = encode('POST', '/', 'grant_type=client_credentials')
GET = encode('GET', '/')


def is_refusal(answer):
    """The function's own response. What fails between nginx and the function is a 502, or nothing."""
    return answer is not None and answer.status == (401 if b'invalid_client' in answer.body else 405) and 'x-request-id' in answer.headers


def sockets(process):
    return sum(os.readlink(f'/proc/{process.pid}/fd/{name}').startswith('socket:') for name in os.listdir(f'/proc/{process.pid}/fd'))


def seconds_to_end(process):
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 0
    return time.monotonic() - began


def test_idle_connections():
    """STILE-kept-1 A function that ends makes nginx close the connections that it keeps, and ends within a second."""
    with Function('token', ENVIRONMENT) as token, Nginx(token.socket) as nginx, ThreadPoolExecutor(16) as pool:
        before = sockets(token.process)
        clients = [Client(nginx) for _ in range(16)]
        for _ in range(5):
            assert all(map(is_refusal, pool.map(lambda client: client.ask(POST), clients)))
        kept = sockets(token.process) - before
        assert 1 <= kept <= 2 * nginx.kept
        assert seconds_to_end(token.process) < 1
        assert nginx.problems() == []
        for client in clients:
            client.connection.close()


class Load:
    """Clients that send one request after the other, every second one a POST, until `enough`."""

    def __init__(self, nginx, clients=16):
        self.nginx = nginx
        self.enough = threading.Event()
        self.answered = 0  # a number of one thread each would be exact; this one shows progress
        self.failed = []
        self.pool = ThreadPoolExecutor(clients)
        self.clients = [self.pool.submit(self._ask) for _ in range(clients)]

    def _ask(self):
        with Client(self.nginx) as client:
            while not self.enough.is_set():
                for request in (POST, GET):
                    answer = client.ask(request)
                    if not is_refusal(answer):
                        self.failed.append(answer)
                    self.answered += 1

    def go_on(self, requests=40):
        """Returns when so many further ones have been answered."""
        goal = self.answered + requests
        eventually(lambda: self.answered >= goal or any(client.done() for client in self.clients), 'no progress')
        assert not any(client.done() for client in self.clients), [client.result() for client in self.clients if client.done()]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.enough.set()
        self.pool.shutdown()


@pytest.mark.parametrize('has_successor', [True, False])
def test_restarts_under_load(has_successor):
    """STILE-kept-2 A function is restarted 20 times behind an nginx that keeps its connections: no request fails, GET or
    POST, whether its successor runs already or is started afterwards, and each process ends within a second."""
    with Holder('token', ENVIRONMENT) as holder, Nginx(holder.socket) as nginx, Load(nginx) as load:
        durations = []
        holder.notifications.wait_for('READY=1')
        for _ in range(20):
            load.go_on()
            oldest = holder.running[0]
            if has_successor:
                holder.start()
                holder.notifications.wait_for('READY=1')
            began = time.monotonic()
            oldest.send_signal(signal.SIGTERM)
            assert holder.ended.get(timeout=PATIENCE) == 0
            durations.append(time.monotonic() - began)
            if not has_successor:
                holder.notifications.wait_for('READY=1')
        load.go_on()
        load.enough.set()
        load.pool.shutdown()
        assert load.failed == []
        assert nginx.problems() == []
        assert max(durations) < 1, durations
