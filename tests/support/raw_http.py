"""HTTP/1.1 byte by byte, for requests that no client library sends."""
import socket

IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h
PATIENCE = 30  # seconds after which a silent server counts as stuck


def connect(port, source='127.0.0.1', patience=PATIENCE, receive_buffer=None):
    """A connection to 127.0.0.1:port from any address of 127.0.0.0/8."""
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(patience)
    connection.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)  # otherwise the search for a free port takes long
    connection.bind((source, 0))
    connection.connect(('127.0.0.1', port))
    return connection


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body  # names of headers in lower case

    def __repr__(self):
        return f'{self.status} {self.headers} {self.body[:200]!r}'


class Answers:
    """The responses of a connection, one after the other."""

    def __init__(self, connection):
        self.connection = connection
        self.unread = b''

    def _more(self):
        piece = self.connection.recv(65536)
        self.unread += piece
        return bool(piece)

    def _take_until(self, mark):
        while mark not in self.unread:
            if not self._more():
                return None
        found, _, self.unread = self.unread.partition(mark)
        return found

    def _take(self, length):
        while len(self.unread) < length and self._more():
            pass
        found, self.unread = self.unread[:length], self.unread[length:]
        return found

    def _body(self, status, headers):
        if status in (204, 304) or status < 200:
            return b''
        if headers.get('transfer-encoding') == 'chunked':
            body = b''
            while length := int(self._take_until(b'\r\n'), 16):
                body += self._take(length)
                self._take(2)
            self._take(2)
            return body
        if 'content-length' in headers:
            return self._take(int(headers['content-length']))
        while self._more():
            pass
        return self._take(len(self.unread))

    def next(self):
        """None if the connection ended instead."""
        head = self._take_until(b'\r\n\r\n')
        if head is None:
            return None
        first, *lines = head.decode('latin-1').split('\r\n')
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(':') for line in lines)}
        status = int(first.split()[1])
        return Answer(status, headers, self._body(status, headers))


def encode(method, target, body=None, **headers):
    """A well-formed request; `headers` replace or add to the default ones, _ for -."""
    fields = {'Host': 'localhost'}
    if body is not None:
        fields |= {'Content-Type': 'application/x-www-form-urlencoded', 'Content-Length': str(len(body))}
    fields |= {name.replace('_', '-'): value for name, value in headers.items()}
    lines = [f'{method} {target} HTTP/1.1', *(f'{name}: {value}' for name, value in fields.items()), '', body or '']
    return '\r\n'.join(lines).encode()


def ask(port, request, source='127.0.0.1'):
    """One request on its own connection; its response, or None."""
    with connect(port, source) as connection:
        connection.sendall(request)
        return Answers(connection).next()


def ask_all(port, requests, source='127.0.0.1'):
    """Pipelined over one connection: the responses until the server ends it."""
    with connect(port, source) as connection:
        connection.sendall(b''.join(requests))
        answers = Answers(connection)
        found = []
        while len(found) < len(requests) and (answer := answers.next()):
            found.append(answer)
        return found
