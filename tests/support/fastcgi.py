"""A FastCGI client for input that nginx never sends (FastCGI specification 1.0, §3, §4 and §6)."""
import fcntl
import socket
import struct
import termios
import time

BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, DATA, GET_VALUES, GET_VALUES_RESULT, UNKNOWN_TYPE = range(1, 12)
RESPONDER = 1
COMPLETE, CANNOT_MULTIPLEX, OVERLOADED, UNKNOWN_ROLE = range(4)  # §5.5
PATIENCE = 120  # seconds: it may run under valgrind, beside another suite


def record(kind, content, number=1, padding=0):
    return struct.pack('>BBHHBB', 1, kind, number, len(content), padding, 0) + content + bytes(padding)


def begin(number=1, role=RESPONDER, keeps=False):
    return record(BEGIN, struct.pack('>HBxxxxx', role, keeps), number)


def pair(name, value):
    name, value = name.encode(), value.encode()
    return struct.pack('>II', len(name) | 1 << 31, len(value) | 1 << 31) + name + value


def request(body='', number=1, keeps=False, padding=0, **parameters):
    """The bytes of a whole request. The caller sets CONTENT_LENGTH."""
    pairs = b''.join(pair(*item) for item in parameters.items())
    return (begin(number, keeps=keeps) + record(PARAMS, pairs, number, padding) + record(PARAMS, b'', number, padding)
            + (record(STDIN, body.encode(), number, padding) if body else b'') + record(STDIN, b'', number, padding))


class Peer:
    """A connection like those that nginx keeps: with Peer(path) as peer: peer.send(request(…)); peer.answer()"""

    def __init__(self, where):
        self.connection = socket.socket(socket.AF_INET if isinstance(where, tuple) else socket.AF_UNIX)
        self.connection.settimeout(PATIENCE)
        try:
            self.connection.connect(where if isinstance(where, tuple) else str(where))
        except BaseException:
            self.connection.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, data):
        self.connection.sendall(data)

    def send_and_await_its_reading(self, data):
        """Returns when the other side has taken all of it, so that the next bytes come to it separately."""
        self.send(data)
        while struct.unpack('i', fcntl.ioctl(self.connection, termios.TIOCOUTQ, bytes(4)))[0]:
            time.sleep(0)  # the reading of another process sends no event

    def next(self):
        """The next record: its type, request number and content; None at the end of the connection."""
        header = self.read(8)
        if not header:
            return None
        _, kind, number, length, padding, _ = struct.unpack('>BBHHBB', header)
        return kind, number, self.read(length + padding)[:length]

    def read(self, length):
        content = b''
        while len(content) < length:
            piece = self.connection.recv(length - len(content))
            if not piece and not content:
                return b''
            assert piece, 'the connection ended early'
            content += piece
        return content

    def answer(self, number=1):
        """The next whole answer, headers and body, as text."""
        answer = b''
        while True:
            found = self.next()
            assert found, 'the connection ended early'
            kind, its_number, content = found
            assert its_number == number, found
            if kind == END:
                assert content == bytes(8), 'not FCGI_REQUEST_COMPLETE with status 0'
                return answer.decode()
            if kind == STDOUT:
                answer += content

    def is_at_end(self):
        """Waits for the end; False if something else comes."""
        try:
            return self.next() is None
        except ConnectionError:
            return True


def ask(path, body='', **parameters):
    """One request on its own connection; the whole answer, headers and body, as text."""
    with Peer(path) as peer:
        peer.send(request(body, **parameters))
        return peer.answer()
