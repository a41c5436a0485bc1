"""The default nginx/limits.conf: how many requests one address may send."""
import collections
import json
import select
import time

import pytest

from raw_http import Answers, ask, ask_all, connect, encode

PAGES = ['/oauth/authorize', '/login', '/approve']
POSTS = ['/oauth/token', '/oauth/introspect', '/oauth/revoke', '/oauth/userinfo']
DOCUMENTS = ['/.well-known/oauth-authorization-server', '/.well-known/jwks.json']
ENOUGH = 20_000  # number of requests that exceeds any limit


def request(path):
    # Without credentials: refused by the function at no cost.
    return encode('POST', path, 'token=x') if path in POSTS else encode('GET', path)


def flood(stack, path, address):
    """Sends requests, faster than any limit allows, until one is refused; returns the answers, the refusal last."""
    answers = []
    while len(answers) < ENOUGH:
        answers += ask_all(stack.port, [request(path)] * 500, address)
        refused = [answer for answer in answers if answer.status == 429]
        if refused:
            return [answer for answer in answers if answer.status != 429] + [refused[-1]]
    raise AssertionError(f'no limit at {path}')


def assert_recovers(stack, path, address):
    deadline = time.monotonic() + 20
    while ask(stack.port, request(path), address).status == 429:
        assert time.monotonic() < deadline


@pytest.mark.parametrize('path', PAGES + POSTS + DOCUMENTS)
def test_flood(limited, address, path):
    """ASVS-V2.4.1-1 Too many requests from one address get 429 in the endpoint's format; a moment later requests
    succeed again."""
    *before, refused = flood(limited, path, address)
    # The limits of users, of application servers, and of what nginx answers itself.
    assert len(before) >= (1000 if path in POSTS else 200 if path in DOCUMENTS else 50)
    assert refused.headers['retry-after'] == '1'
    assert refused.headers['cache-control'] == 'no-store'
    assert refused.headers['x-content-type-options'] == 'nosniff'
    assert refused.headers['referrer-policy'] == 'no-referrer'
    assert refused.headers['x-frame-options'] == 'DENY'
    assert "default-src 'none'" in refused.headers['content-security-policy']
    if path in PAGES:
        assert refused.headers['content-type'].startswith('text/html')
    else:
        assert refused.headers['content-type'] == 'application/json'
        assert json.loads(refused.body)['error'] == 'temporarily_unavailable'
    assert_recovers(limited, path, address)


@pytest.mark.parametrize('path', PAGES + POSTS)
def test_others_are_not_limited(limited, address, another_address, path):
    """ASVS-V2.4.1-2 The limit of one endpoint or address does not use up another's."""
    flood(limited, path, address)
    # Other addresses are served while it is refused.
    others = [other for other in PAGES + POSTS + DOCUMENTS if other != path]
    mixed = ([path] * 20 + others) * 20
    answers = ask_all(limited.port, [request(one) for one in mixed], address)
    assert {one for one, answer in zip(mixed, answers) if answer.status == 429} <= {path}
    assert ask(limited.port, request(path), another_address).status != 429


def test_both_names_of_the_token_endpoint(limited, address):
    """ASVS-V2.4.1-2 Both paths of the token endpoint share one limit."""
    def has_refused_the_other():
        flood(limited, '/oauth/token', address)
        answers = ask_all(limited.port, [encode('POST', '/oauth/tokenize', 'token=x')] * 100, address)
        return 429 in [answer.status for answer in answers]

    assert any(has_refused_the_other() for _ in range(20))


def test_trusted(limited):
    """ASVS-V2.4.1-3 An address that the operator trusts has no limit."""
    answers = ask_all(limited.port, [request('/oauth/authorize')] * 500, '127.2.3.4')
    assert {answer.status for answer in answers} == {400} and len(answers) == 500


def test_verify(limited, address):
    """ASVS-V2.4.1-3 An API behind protect.conf has no limit: nginx's requests to verify are not limited."""
    answers = ask_all(limited.port, [encode('GET', '/demo/api/protected')] * 1500, address)
    assert {answer.status for answer in answers} == {401} and len(answers) == 1500


def readable(connections):
    poll = select.poll()
    for connection in connections:
        poll.register(connection, select.POLLIN)
    ready = {descriptor for descriptor, _ in poll.poll(1000)}
    return {connection for connection in connections if connection.fileno() in ready}


def test_under_way(limited, address, another_address):
    """ASVS-V2.4.1-5 One address can have 500 requests in progress and no more; others are served meanwhile."""
    unfinished = encode('POST', '/oauth/introspect', 'token=x')[:-1]
    connections = [connect(limited.port, address) for _ in range(520)]
    try:
        for connection in connections:
            connection.sendall(unfinished)
        deadline = time.monotonic() + 20
        while len(refused := readable(connections)) < 20:
            assert time.monotonic() < deadline
        assert ask(limited.port, request('/login'), another_address).status == 400
        for connection in set(connections) - refused:
            connection.sendall(b'x')
        statuses = collections.Counter(Answers(connection).next().status for connection in connections)
        assert statuses == {401: 500, 429: 20}
    finally:
        for connection in connections:
            connection.close()
    assert_recovers(limited, '/oauth/revoke', address)
