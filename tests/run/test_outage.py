"""Killed processes are restarted, and meanwhile every client is told to try again."""
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from attacker import Browser, RunningStack
from chains import Chain, cookies_with_consent
from conftest import command
from faults import end_and_await_successor, eventually, functions, lost_request, outage, stopped
from stack import PATIENCE, REDIS_NAME

UNKNOWN_CODE = 'a' * 42
JSON, PAGE = 'application/json', 'text/html'


@pytest.fixture(scope='module')
def stack():
    with RunningStack() as stack:
        yield stack


@pytest.fixture(scope='module')
def client(stack):
    return stack.client('--introspect', 'any')


def assert_unavailable(answer, content_type):
    """The refusal that asks to try again, in the format of the endpoint, without anything for the client to keep."""
    assert answer.status == 503, answer
    assert answer.header('content-type').startswith(content_type)
    assert (answer.header('retry-after'), answer.header('cache-control')) == ('1', 'no-store')
    assert answer.location is None and answer.all('set-cookie') == []
    if content_type == JSON:
        assert answer.json['error'] == 'temporarily_unavailable'


def settled(request):
    """The first response that is not 503: a function that has lost its connection pauses before it connects again."""
    found = []

    def ask():
        found.append(request())
        return found[-1].status != 503

    eventually(ask, 'the server does not recover')
    return found[-1]


def test_redis_killed_in_a_flow(stack, client):
    """STILE-flow-43 Redis is killed in the middle of a flow: requests get 503, nothing is lost, and the flow continues."""
    code, used = stack.code(client, 'admin'), stack.code(client, 'admin')
    tokens = stack.tokens(client, 'admin')
    refresh_token, access_token = tokens['refresh_token'], tokens['access_token']
    assert stack.redeem(client, used).status == 200
    before = functions(stack)
    assert len(before) >= 8
    with outage(stack):
        for _ in range(20):  # while it pauses and when it connects
            assert_unavailable(stack.redeem(client, code), JSON)
            assert_unavailable(stack.refresh(client, refresh_token), JSON)
            assert_unavailable(stack.introspect(client, access_token), JSON)
            assert_unavailable(stack.revoke(client, access_token), JSON)
        assert command(stack, 'client', 'list').returncode == 5
    assert settled(lambda: stack.redeem(client, code)).status == 200
    assert settled(lambda: stack.refresh(client, refresh_token)).status == 200
    assert settled(lambda: stack.redeem(client, used)).status == 400
    assert settled(lambda: stack.introspect(client, access_token)).json['active'] is True
    assert settled(lambda: stack.revoke(client, access_token)).status == 200
    assert settled(lambda: stack.introspect(client, access_token)).json == {'active': False}
    assert functions(stack) == before  # none was restarted


def test_redis_killed_in_a_login(stack, client):
    """STILE-flow-63 Redis is killed in the middle of a login: the pages say so, and the login continues afterwards."""
    browser, late = stack.browser_of_its_own('admin'), Browser(stack)
    consent, login = browser.begin(client), late.begin(client)
    approval = {'csrf_token': browser.get(consent).csrf_token, 'approval': '1'}
    credentials = {'csrf_token': late.get(login).csrf_token, 'username': 'admin', 'password': 'admin'}
    with outage(stack):
        assert_unavailable(late.post(login, credentials), PAGE)
        assert_unavailable(browser.get(stack.request_of(client)), PAGE)
        assert_unavailable(browser.get(consent), PAGE)
        assert_unavailable(browser.post(consent, approval), PAGE)
    assert settled(lambda: late.post(login, credentials)).status == 303
    assert 'code' in settled(lambda: browser.post(consent, approval)).returned


def test_redis_does_not_answer():
    """STILE-flow-44 If Redis does not answer, the response is also 503, within a bounded time."""
    with RunningStack(STILE_REDIS_TIMEOUT=200) as stack:
        client = stack.client()
        browser, code = stack.browser(), stack.code(client, 'admin')
        began = time.monotonic()
        with stopped(stack.children(REDIS_NAME)[0]):
            assert_unavailable(stack.refresh(client, 'a' * 48), JSON)
            assert_unavailable(browser.get(stack.request_of(client)), PAGE)
        assert time.monotonic() - began < 5
        assert settled(lambda: stack.redeem(client, code)).status == 200


def test_function_killed(stack, client):
    """STILE-flow-45 A function that is killed is restarted."""
    before = functions(stack)
    for name in before:
        end_and_await_successor(stack, name, signal.SIGKILL)
    after = functions(stack)
    assert after.keys() == before.keys() and not set(after.values()) & set(before.values())
    # What arrived in between waited in the socket.
    browser = stack.browser_of_its_own('admin')
    code = browser.approve(browser.begin(client)).returned['code']
    assert stack.redeem(client, code).status == 200


def refresh_until(enough, chain, served):
    """The last status; a lost response would end the chain of refresh tokens."""
    with chain:
        while chain.status == 200 and not enough.is_set():
            chain.refresh()
            served.release()
        return chain.status


def test_function_ended_under_load():
    """STILE-flow-46 A function that receives SIGTERM under load loses no request."""
    served = threading.Semaphore(0)  # one more for each response
    enough = threading.Event()
    # An instance that other tests do not use: a function that ends five times soon after its start ends the instance.
    with RunningStack() as stack, ThreadPoolExecutor(16) as pool:
        client = stack.client()
        cookies = cookies_with_consent(stack, client)
        chains = [pool.submit(refresh_until, enough, Chain(stack, client, cookies), served) for _ in range(16)]
        try:
            for _ in range(4):
                end_and_await_successor(stack, 'stile-token', signal.SIGTERM)
                while served.acquire(blocking=False):
                    pass  # served before
                for _ in range(50):
                    assert served.acquire(timeout=PATIENCE)
        finally:
            enough.set()
        assert [chain.result(PATIENCE) for chain in chains] == [200] * 16


def test_function_killed_with_a_request(stack, client):
    """STILE-flow-47 A request whose function dies gets a 503 in the format of its endpoint."""
    browser = stack.browser()
    login = browser.begin(client)
    consent = login.replace('/login', '/approve')
    for name, content_type, request in (
            ('stile-token', JSON, lambda: stack.redeem(client, UNKNOWN_CODE)),
            ('stile-introspec', JSON, lambda: stack.introspect(client, UNKNOWN_CODE)),
            ('stile-revoke', JSON, lambda: stack.revoke(client, UNKNOWN_CODE)),
            ('stile-authorize', PAGE, lambda: browser.get(stack.request_of(client))),
            ('stile-login', PAGE, lambda: browser.get(login)),
            ('stile-consent', PAGE, lambda: browser.get(consent))):
        assert_unavailable(lost_request(stack, name, request), content_type)
        eventually(lambda: name in functions(stack), f'{name} is not started again')


def test_request_that_no_function_has_accepted(stack, client):
    """STILE-flow-51 A request that no function has accepted waits for the next process."""
    pid = functions(stack)['stile-token']
    os.kill(pid, signal.SIGSTOP)
    with ThreadPoolExecutor() as pool:
        killed = pool.submit(os.kill, pid, signal.SIGKILL)  # before or after the request arrives
        assert stack.redeem(client, UNKNOWN_CODE).status == 400
        killed.result(PATIENCE)
