"""Many browsers and clients at the same time, with the default settings."""
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from attacker import RunningStack
from chains import Chain, cookies_with_consent
from raw_http import Answers, connect
from raw_http import encode as encode_request
from stack import PATIENCE


@pytest.fixture(scope='module')
def stack():
    with RunningStack() as stack:
        yield stack


@pytest.fixture(scope='module')
def client(stack):
    return stack.client()


def at_once(count, action):
    """The results of action(0) … action(count - 1), which all begin together."""
    start = threading.Barrier(count)

    def run(number):
        start.wait(PATIENCE)
        return action(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_browsers(stack, client):
    """STILE-flow-41 200 simultaneous browsers all complete the flow; those whose password finds no place in the queue try
    again, as they are told."""
    def log_in(browser, target):
        for _ in range(PATIENCE):
            answer = browser.log_in(target, 'admin')
            if answer.status != 503:
                return answer.location
            time.sleep(int(answer.header('retry-after')))
        raise AssertionError('the queue does not get shorter')

    def walk(number):
        browser, state = stack.browser(), f'state-{number}'
        consent = log_in(browser, browser.begin(client, state=state))
        returned = browser.approve(consent).returned
        assert returned['state'] == state
        tokens = stack.redeem(client, returned['code'])
        assert tokens.status == 200, tokens
        return stack.refresh(client, tokens.json['refresh_token']).status

    assert at_once(200, walk) == [200] * 200


def test_kept_alive_connections(stack, client):
    """STILE-flow-42 256 clients with kept-alive connections are all served."""
    assert 'worker_processes 2;' in (stack.dir / 'nginx.conf').read_text()
    cookies = cookies_with_consent(stack, client)

    def refresh_five_times(_):
        with Chain(stack, client, cookies) as chain:
            for _ in range(5):
                assert chain.status == 200, chain.body
                chain.refresh()
            return chain.status

    assert at_once(256, refresh_five_times) == [200] * 256  # a response that never comes fails after PATIENCE


@pytest.mark.parametrize('count', [64, 256, 1000])
def test_nobody_is_stuck(stack, client, count):
    """STILE-flow-84 With 64, 256 and 1,000 kept-alive clients, two workers of nginx that keep 32 connections each to a
    function, each client's requests are answered one after the other."""
    upstreams = (stack.dir / 'stile/upstreams.conf').read_text()
    assert re.search(r'upstream stile_introspect +\{ [^}]*keepalive 32;', upstreams)
    request = encode_request('POST', '/oauth/introspect', 'token=unknown', **client.headers)
    connections = [connect(stack.port, f'127.0.{number // 100}.1', PATIENCE) for number in range(count)]
    try:
        clients = [(connection, Answers(connection)) for connection in connections]
        for _ in range(5):
            for connection, _ in clients:
                connection.sendall(request)
            for _, answers in clients:  # one that never comes is a timeout after PATIENCE
                answer = answers.next()
                assert answer.status == 200, answer
    finally:
        for connection in connections:
            connection.close()
