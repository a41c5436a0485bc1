"""Strangers who guess at chosen secrets and passwords, each from an address of its own, and who is served meanwhile."""
import base64
import itertools
import re
import select

import pytest

from raw_http import Answers, ask, connect, encode
from visitor import Visitor

STRANGERS = 100
REDIRECT = 'https://www.example.com/redirect'


def basic(client_id, secret):
    return 'Basic ' + base64.b64encode(f'{client_id}:{secret}'.encode()).decode()


def token_request(client_id, secret):
    return encode('POST', '/oauth/token', 'grant_type=client_credentials', Authorization=basic(client_id, secret))


@pytest.fixture(scope='module')
def machine(limited):
    """A client with a generated secret: its request."""
    printed = limited.admin('client', 'add', '--id', 'machine', '--redirect-uri', REDIRECT, '--grant-type', 'client_credentials')
    return token_request('machine', re.search(r'^client_secret: (\S+)', printed, re.MULTILINE)[1])


class Crowd:
    """Strangers who have each sent one request, from an address of its own."""

    def __init__(self, port, requests, network):
        self.addresses = [f'127.{network}.{number // 250}.{number % 250 + 1}' for number in range(len(requests))]
        self.connections = [connect(port, address) for address in self.addresses]
        for connection, request in zip(self.connections, requests):
            connection.sendall(request)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self.connections:
            connection.close()

    def unanswered(self):
        poll = select.poll()
        for connection in self.connections:
            poll.register(connection, select.POLLIN)
        return len(self.connections) - len(poll.poll(0))

    def answers(self):
        return [Answers(connection).next() for connection in self.connections]


def counted(stack, pattern):
    return len(stack.redis('KEYS', f'throttle:{pattern}').split())


def ask_until_answered(stack, crowd, request):
    """The answers to a request that is repeated while the crowd waits, and how many waited when the first came."""
    # From many addresses: nginx limits each.
    sources = (f'127.154.{third}.{fourth}' for third in itertools.count() for fourth in range(1, 250))
    answers = [ask(stack.port, request, next(sources))]
    waiting = crowd.unanswered()
    while crowd.unanswered():
        answers.append(ask(stack.port, request, next(sources)))
    return answers, waiting


def test_many_clients_are_guessed(limited, machine):
    """STILE-guessing-1 While strangers guess the chosen secrets of many clients, a client with a generated secret is served
    before the guesses that came earlier."""
    for number in range(STRANGERS):  # their secret is test_client's
        limited.redis('COPY', 'client:test_client', f'client:guessed-{number}')
    guesses = [token_request(f'guessed-{number}', f'guess {number}') for number in range(STRANGERS)]
    with Crowd(limited.port, guesses, 150) as crowd:
        served, waiting = ask_until_answered(limited, crowd, machine)
        answers = crowd.answers()
    assert {answer.status for answer in served} == {200}
    assert waiting > STRANGERS / 2
    computed = [answer for answer in answers if answer.status == 401]
    refused = [answer for answer in answers if answer.status == 503]
    # Some find no room; on a slow machine others wait for longer than ten seconds.
    assert computed and len(computed) + len(refused) == STRANGERS
    assert {answer.headers['retry-after'] for answer in refused} <= {'1'}
    assert counted(limited, 'client:guessed-*') == len(computed)


def test_one_client_is_guessed(limited, machine):
    """STILE-guessing-3 A guess that is refused for lack of room gets 503 with Retry-After and is not counted; one that is
    computed is."""
    before = counted(limited, 'client:test_client:127.151.*')
    with Crowd(limited.port, [token_request('test_client', f'guess {number}') for number in range(STRANGERS)], 151) as crowd:
        served, _ = ask_until_answered(limited, crowd, machine)
        answers = crowd.answers()
    assert {answer.status for answer in served} == {200}
    computed = [answer for answer in answers if answer.status == 401]
    refused = [answer for answer in answers if answer.status == 503]
    assert computed and refused and len(computed) + len(refused) == STRANGERS
    assert {answer.headers['retry-after'] for answer in refused} == {'1'}
    assert counted(limited, 'client:test_client:127.151.*') - before == len(computed)


def test_busy_client(limited):
    """STILE-guessing-4 50 requests with the right chosen secret at once cost one hash, and all succeed."""
    limited.admin('client', 'add', '--id', 'busy', '--secret', 'chosen', '--redirect-uri', REDIRECT, '--grant-type', 'client_credentials')
    with Crowd(limited.port, [token_request('busy', 'chosen')] * 50, 152) as crowd:
        assert [answer.status for answer in crowd.answers()] == [200] * 50
    assert counted(limited, 'client:busy:*') == 0


def test_login(limited, address):
    """STILE-guessing-2 While strangers guess at the login page, a known browser logs in before the guesses that came earlier."""
    own = Visitor(limited.port, address)
    answer = own.ask(own.login_form('admin', 'admin'))
    assert answer.status == 303, answer
    assert 'stile_browser' in own.cookies and 'stile_session' not in own.cookies
    again = own.login_form('admin', 'admin')
    visitors = [Visitor(limited.port, f'127.153.0.{number + 1}') for number in range(STRANGERS)]
    guesses = [visitor.login_form(f'nobody{number}', 'guess') for number, visitor in enumerate(visitors)]
    with Crowd(limited.port, guesses, 153) as crowd:
        answer = own.ask(again)
        waiting = crowd.unanswered()
        answers = crowd.answers()
    assert answer.status == 303 and answer.headers['location'].startswith('/approve')
    assert waiting > STRANGERS / 2
    computed = [answer for answer in answers if answer.status == 403]
    refused = [answer for answer in answers if answer.status == 503]
    # Some find no room; on a slow machine others wait for longer than ten seconds.
    assert computed and len(computed) + len(refused) == STRANGERS
    assert counted(limited, 'login:address:127.153.*') == len(computed)
