"""Many slow or broken clients at the same time, each with one fault, from their own addresses."""
import contextlib
import select
import time

from raw_http import connect

FORM = 'Content-Type: application/x-www-form-urlencoded'
SLOW_BODY = 'token=abcdef'
TICK = 0.8  # seconds between two bytes


def slow_headers(letters=10_000):
    yield b'GET /login HTTP/1.1\r\nHost: localhost\r\nX-Slow: '
    for _ in range(letters):
        yield b'a'


def slow_body():
    yield f'POST /oauth/introspect HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{FORM}\r\nContent-Length: {len(SLOW_BODY)}\r\n\r\n'.encode()
    for letter in SLOW_BODY:
        yield letter.encode()


def never_reads():
    # More answers than the kernel's buffers hold, from nginx's cache: 8 MB.
    yield b'GET /.well-known/oauth-authorization-server HTTP/1.1\r\nHost: localhost\r\n\r\n' * 8000


def silent():
    yield b''


class Client:
    def __init__(self, kind, connection):
        self.kind, self.connection = kind, connection
        self.pieces = kind()
        self.unsent = b''
        self.received = b''
        self.ended_after = None  # seconds


class Crowd:
    """`kinds`: how many of each kind; run() feeds them until each has ended or the time is up."""

    def __init__(self, port, kinds):
        self.clients = []
        for kind, count in kinds.items():
            for number in range(count):
                source = f'127.{100 + len(self.clients) % 100}.{number % 250}.9'
                connection = connect(port, source, receive_buffer=4096 if kind is never_reads else None)
                connection.setblocking(False)
                self.clients.append(Client(kind, connection))
        self.began = time.monotonic()

    def _end(self, client):
        client.ended_after = time.monotonic() - self.began

    def _send(self, client):
        with contextlib.suppress(BlockingIOError, StopIteration):
            client.unsent = client.unsent or next(client.pieces)
            while client.unsent:
                client.unsent = client.unsent[client.connection.send(client.unsent):]

    def _has_been_dropped(self, client):
        poll = select.poll()
        poll.register(client.connection, select.POLLRDHUP)  # reports the end without reading; always reports errors
        return bool(poll.poll(0))

    def _receive(self, client):
        with contextlib.suppress(BlockingIOError):
            piece = client.connection.recv(4096)
            client.received += piece
            if not piece:
                self._end(client)

    def _step(self, client):
        try:
            self._send(client)
            if client.kind is not never_reads:
                self._receive(client)
            elif self._has_been_dropped(client):
                self._end(client)
        except ConnectionError:
            self._end(client)

    def run(self, seconds):
        while time.monotonic() - self.began < seconds and (waiting := [c for c in self.clients if c.ended_after is None]):
            next_tick = time.monotonic() + TICK
            for client in waiting:
                self._step(client)
            time.sleep(max(0, next_tick - time.monotonic()))  # the clients' own pace

    def of(self, kind):
        return [client for client in self.clients if client.kind is kind]

    def close(self):
        for client in self.clients:
            client.connection.close()
