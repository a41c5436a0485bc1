"""All requests of a function share one connection to Redis: what fails there fails exactly the requests concerned."""
import re
import socket
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from attacker import RunningStack
from faults import eventually, functions, stopped
from function import Function
from stack import PATIENCE, REDIS_NAME

COUNT = 20  # requests at the same time


@pytest.fixture(scope='module')
def stack():
    with RunningStack() as stack:
        yield stack


@pytest.fixture(scope='module')
def client(stack):
    return stack.client('--introspect', 'any')


def end_of(data, at):
    """Where the message of Redis's protocol that begins at `at` ends; None if it is not complete."""
    line = data.find(b'\r\n', at)
    if line < 0:
        return None
    kind, number, at = data[at:at + 1], data[at + 1:line], line + 2
    if kind == b'$' and number != b'-1':
        at += int(number) + 2
        return at if at <= len(data) else None
    for _ in range(max(0, int(number)) if kind == b'*' else 0):
        at = end_of(data, at)
        if at is None:
            return None
    return at


def ends_of(data):
    """Where each complete message ends."""
    ends, at = [], 0
    while at < len(data) and (at := end_of(data, at)) is not None:
        ends.append(at)
    return ends


class Proxy:
    """Between a function and Redis. It can hold back commands or replies, and let them go one by one."""

    def __init__(self, path, real):
        self.real = real
        self.connections = 0
        self.changed = threading.Condition()
        self.held = {}  # of what is held back: the bytes
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listening.accept()
            except OSError:
                return  # closed
            server = socket.socket(socket.AF_UNIX)
            server.connect(str(self.real))
            self.connections += 1
            self.ends = {'commands': server, 'replies': client}
            for what, source in (('commands', client), ('replies', server)):
                threading.Thread(target=self._pass_on, args=(what, source, self.ends[what]), daemon=True).start()

    def _pass_on(self, what, source, target):
        try:
            while data := source.recv(65536):
                with self.changed:
                    if what in self.held:
                        self.held[what] += data
                        self.changed.notify_all()
                    else:
                        target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def hold(self, what):
        with self.changed:
            self.held[what] = b''

    def await_held(self, what, count):
        with self.changed:
            assert self.changed.wait_for(lambda: len(ends_of(self.held[what])) >= count, PATIENCE), self.held

    def let_go(self, what, count, more=0):
        """So many messages, and so many bytes of the next one."""
        with self.changed:
            size = ends_of(self.held[what])[count - 1] + more
            self.ends[what].sendall(self.held[what][:size])
            self.held[what] = self.held[what][size:]

    def let_all_go(self, what):
        with self.changed:
            self.ends[what].sendall(self.held.pop(what))

    def cut(self):
        with self.changed:
            self.held = {}
            for end in self.ends.values():
                end.shutdown(socket.SHUT_RDWR)


class Shared:
    """An introspection function behind a proxy, to which COUNT requests are sent at once."""

    def __init__(self, stack, client, folder, timeout):
        self.proxy = Proxy(folder / 'proxy', stack.dir / 'redis.sock')
        address = stack.operator_redis.replace(str(stack.dir / 'redis.sock'), str(folder / 'proxy'))
        self.function = Function('introspect', stack.environment | {'STILE_REDIS': address, 'STILE_REDIS_TIMEOUT': str(timeout)})
        self.client = client
        self.pool = ThreadPoolExecutor(COUNT)

    def __enter__(self):
        self.proxy.__enter__()
        self.function.__enter__()
        assert self.ask() == '200'  # and the client is in the cache: one command a request from now on
        return self

    def __exit__(self, *problem):
        self.pool.shutdown()
        self.function.__exit__(*problem)
        self.proxy.__exit__(*problem)

    def ask(self):
        answer = self.function.post('token=' + 'a' * 42, HTTP_AUTHORIZATION=self.client.headers['Authorization'])
        return answer.split()[1]

    def ask_at_once(self):
        return [self.pool.submit(self.ask) for _ in range(COUNT)]


def statuses(asked):
    return Counter(one.result(PATIENCE) for one in asked)


@pytest.mark.parametrize('answered', [1, 7, COUNT - 1])
def test_cut_in_a_reply(stack, client, tmp_path, answered):
    """STILE-shared-1 When the connection to Redis ends within a reply, the requests that have no whole reply get 503, those
    before them their responses, and the next request is served."""
    with Shared(stack, client, tmp_path, 60_000) as shared:
        shared.proxy.hold('replies')
        asked = shared.ask_at_once()
        shared.proxy.await_held('replies', COUNT)
        shared.proxy.let_go('replies', answered, more=3)
        eventually(lambda: sum(one.done() for one in asked) == answered, 'a reply is not used')
        shared.proxy.cut()
        assert statuses(asked) == {'200': answered, '503': COUNT - answered}
        assert [shared.ask() for _ in range(3)] == ['200'] * 3
        assert shared.proxy.connections == 2


@pytest.mark.parametrize('executed', [1, 7, COUNT - 1])
def test_cut_in_a_command(stack, client, tmp_path, executed):
    """STILE-shared-2 When the connection to Redis ends while commands are sent, the requests whose commands did not arrive
    get 503, the others their responses, and nothing is sent twice."""
    with Shared(stack, client, tmp_path, 60_000) as shared:
        def calls():  # of the step that introspects; it only reads, unlike what other functions do in the background
            return sum(map(int, re.findall(r'cmdstat_fcall_ro:calls=(\d+)', stack.redis('INFO', 'commandstats'))))

        before = calls()
        shared.proxy.hold('commands')
        asked = shared.ask_at_once()
        shared.proxy.await_held('commands', COUNT)
        shared.proxy.let_go('commands', executed, more=9)
        eventually(lambda: sum(one.done() for one in asked) == executed, 'a command is not answered')
        shared.proxy.cut()
        assert statuses(asked) == {'200': executed, '503': COUNT - executed}
        assert calls() == before + executed
        assert shared.ask() == '200'


@pytest.mark.parametrize('answered', [1, 7, COUNT - 1])
def test_late_replies(stack, client, tmp_path, answered):
    """STILE-shared-3 A reply that comes late fails the request that waits for it; the late replies go to no other request,
    and the connection is used further."""
    with Shared(stack, client, tmp_path, 1000) as shared:
        shared.proxy.hold('replies')
        asked = shared.ask_at_once()
        shared.proxy.await_held('replies', COUNT)
        shared.proxy.let_go('replies', answered)
        assert statuses(asked) == {'200': answered, '503': COUNT - answered}
        shared.proxy.let_all_go('replies')
        eventually(lambda: shared.ask() == '200', 'it does not recover')
        assert statuses(shared.ask_at_once()) == {'200': COUNT}
        assert shared.proxy.connections == 1


def test_silent_redis(stack, client, tmp_path):
    """STILE-shared-4 While Redis does not answer, requests get 503 at once and not after a time limit each; afterwards they are
    served."""
    with Shared(stack, client, tmp_path, 1000) as shared:
        with stopped(stack.children(REDIS_NAME)[0]):
            assert statuses(shared.ask_at_once()) == {'503': COUNT}
            began = time.monotonic()
            assert [shared.ask() for _ in range(10)] == ['503'] * 10
            assert time.monotonic() - began < 5
        eventually(lambda: shared.ask() == '200', 'it does not recover')


def test_one_connection(stack, client):
    """STILE-shared-5 However many requests are under way, a function has one connection to Redis, and the logout function a
    second one for its notices."""
    tokens = stack.tokens(client, 'admin')
    with ThreadPoolExecutor(64) as pool:
        for request in (lambda _: stack.introspect(client, tokens['access_token']), lambda _: stack.refresh(client, 'a' * 48),
                        lambda _: stack.revoke(client, 'a' * 42), lambda _: stack.browser().begin(client),
                        lambda _: stack.send('GET', '/oauth/logout')):
            list(pool.map(request, range(256)))
    users = Counter(re.findall(r'\buser=(stile-\S+)', stack.redis('CLIENT', 'LIST')))
    assert {'stile-introspect', 'stile-token', 'stile-revoke', 'stile-authorize', 'stile-login'} <= set(users)
    assert users.pop('stile-logout', 0) <= 2
    assert set(users.values()) == {1}, users
    assert len(functions(stack)) >= len(users)
