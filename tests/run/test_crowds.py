"""Many browsers and clients at the same time, with the default settings."""
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from attacker import RunningStack
from chains import Chain, cookies_with_consent
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
    """STILE-flow-41 200 simultaneous browsers all complete the flow."""
    def walk(number):
        browser, state = stack.browser(), f'state-{number}'
        consent = browser.log_in(browser.begin(client, state=state), 'admin').location
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
