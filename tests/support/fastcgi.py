"""A FastCGI client of one request, for input that nginx never sends (FastCGI specification 1.0, §3 and §6)."""
import socket
import struct

BEGIN, END, PARAMS, STDIN, STDOUT = 1, 3, 4, 5, 6
RESPONDER = 1


def record(kind, content):
    return struct.pack('>BBHHBB', 1, kind, 1, len(content), 0, 0) + content


def pair(name, value):
    name, value = name.encode(), value.encode()
    return struct.pack('>II', len(name) | 1 << 31, len(value) | 1 << 31) + name + value


def read_exactly(connection, length):
    content = b''
    while len(content) < length:
        piece = connection.recv(length - len(content))
        assert piece, 'the connection ended early'
        content += piece
    return content


def request(body='', **parameters):
    """The bytes of a whole request. The caller sets CONTENT_LENGTH."""
    return (record(BEGIN, struct.pack('>HBxxxxx', RESPONDER, 0))
            + record(PARAMS, b''.join(pair(*item) for item in parameters.items())) + record(PARAMS, b'')
            + (record(STDIN, body.encode()) if body else b'') + record(STDIN, b''))


def ask(path, body='', **parameters):
    """The whole answer, headers and body, as text."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(120)  # patient: it may run under valgrind, beside another suite
        connection.connect(str(path))
        connection.sendall(request(body, **parameters))
        answer = b''
        while True:
            _, kind, _, length, padding, _ = struct.unpack('>BBHHBB', read_exactly(connection, 8))
            content = read_exactly(connection, length + padding)[:length]
            if kind == END:
                return answer.decode()
            if kind == STDOUT:
                answer += content
