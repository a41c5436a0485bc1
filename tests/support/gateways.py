"""Applications behind fastcgi_pass, uwsgi_pass and scgi_pass: each answers a request with its parameters, as JSON."""
import json
import socket
import struct
import threading

from fastcgi import END, PARAMS, STDIN, STDOUT, record


def read(connection, length):
    content = b''
    while len(content) < length:
        piece = connection.recv(length - len(content))
        assert piece, 'the connection ended early'
        content += piece
    return content


def short_pairs(data):
    """uwsgi's: lengths of two bytes, low byte first."""
    found = []
    while data:
        words = []
        for _ in range(2):
            (length,) = struct.unpack('<H', data[:2])
            words.append(data[2:2 + length].decode())
            data = data[2 + length:]
        found.append(tuple(words))
    return found


def pairs(data):
    """FastCGI 1.0 §3.4"""
    def length():
        nonlocal data
        size = 4 if data[0] & 128 else 1
        number = int.from_bytes(data[:size], 'big') & 0x7fffffff
        data = data[size:]
        return number

    found = []
    while data:
        name, value = length(), length()
        found.append((data[:name].decode(), data[name:name + value].decode()))
        data = data[name + value:]
    return found


def answer_fastcgi(connection):
    params, ended = b'', False
    while not ended:
        _, kind, number, length, padding, _ = struct.unpack('>BBHHBB', read(connection, 8))
        content = read(connection, length + padding)[:length]
        params += content if kind == PARAMS else b''
        ended = kind == STDIN and not content
    answer = b'Content-Type: application/json\r\n\r\n' + json.dumps(pairs(params)).encode()
    connection.sendall(record(STDOUT, answer, number) + record(STDOUT, b'', number) + record(END, bytes(8), number))


def answer_uwsgi(connection):
    _, size, _ = struct.unpack('<BHB', read(connection, 4))
    body = json.dumps(short_pairs(read(connection, size))).encode()
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s' % (len(body), body))


def answer_scgi(connection):
    digits = b''
    while not digits.endswith(b':'):
        digits += read(connection, 1)
    words = read(connection, int(digits[:-1]) + 1)[:-2].decode().split('\0')
    body = json.dumps(list(zip(words[::2], words[1::2]))).encode()
    connection.sendall(b'Status: 200 OK\r\nContent-Type: application/json\r\n\r\n' + body)


ANSWERS = {'fastcgi': answer_fastcgi, 'uwsgi': answer_uwsgi, 'scgi': answer_scgi}


class Gateway:
    """with Gateway('scgi') as gateway: gateway.port"""

    def __init__(self, protocol):
        self.answer = ANSWERS[protocol]

    def __enter__(self):
        self.listening = socket.create_server(('127.0.0.1', 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()
        return self

    def serve(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            with connection:
                self.answer(connection)

    def __exit__(self, *_):
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.thread.join()
