"""How a function handles the connections of FastCGI peers, and input that nginx sends only after an error."""
import os
import pathlib
import socket
import struct
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import fastcgi
from fastcgi import Peer, begin, record, request
from faults import eventually
from function import Function
from stack import BUILD, PATIENCE, ROOT, clean_environment
from supervisor import ACTIVATED


@pytest.fixture(scope='module')
def metadata():
    with Function('metadata', clean_environment(STILE_ISSUER='https://id.example', STILE_PAGES=BUILD / 'pages')) as function:
        yield function


@pytest.fixture(scope='module')
def token():
    with Function('token', clean_environment(STILE_ISSUER='https://id.example')) as function:
        yield function


def test_cut_body(token):
    """STILE-fastcgi-1 A body that ends before its announced length is not processed: its meaning may differ."""
    answer = token.post('grant_type=client_credentials&scope=read', CONTENT_LENGTH='60')
    assert answer.startswith('Status: 400 Bad Request\r\n')
    assert answer.endswith('\r\n\r\n')  # not a response of the handler, which would have asked for credentials
    assert 'invalid_client' in token.post('grant_type=client_credentials&scope=read')


def test_request_id_splits_no_header(metadata):
    """STILE-fastcgi-2 No parameter can add a line to the response header."""
    answer = metadata.get(REQUEST_ID='0123\r\nSet-Cookie: a=b')
    assert answer.startswith('Status: 200 OK\r\n')
    assert 'Set-Cookie' not in answer


@pytest.mark.parametrize('length', ['', '-1', '+5', '5 ', '0x5', '1e3', '18446744073709551616', '99999999999999999999'])
def test_odd_lengths(token, length):
    """STILE-fastcgi-3 A length that is not a number announces no body."""
    answer = token.post('grant_type=client_credentials', CONTENT_LENGTH=length)
    assert answer.startswith('Status: 400 Bad Request\r\n')
    assert 'grant_type is missing' in answer


@pytest.mark.parametrize('length', ['65537', '4294967296', '18446744073709551615'])
def test_large_lengths(token, length):
    """STILE-fastcgi-4 A body over 64 kB is refused by its announced length, without waiting for it."""
    answer = token.post('grant_type=client_credentials', CONTENT_LENGTH=length)
    assert answer.startswith('Status: 400 Bad Request\r\n')
    assert 'larger than 64 kB' in answer


GET = {'REQUEST_METHOD': 'GET', 'REMOTE_ADDR': '127.0.0.1'}
POST = {'REQUEST_METHOD': 'POST', 'REMOTE_ADDR': '127.0.0.1', 'CONTENT_TYPE': 'application/x-www-form-urlencoded'}
BODY = 'grant_type=client_credentials'
KEPT = request(BODY, keeps=True, CONTENT_LENGTH=str(len(BODY)), **POST)


def is_refusal(answer):
    """The handler's own response: it has read the whole body, and asks for credentials."""
    return answer.startswith('Status: 401 Unauthorized\r\n') and 'invalid_client' in answer


def descriptors(function):
    return len(os.listdir(f'/proc/{function.process.pid}/fd'))


def is_closed_whole(function, sent):
    """Whether the function has closed the connection completely after its response, not only its own side."""
    with Peer(function.socket) as peer:
        peer.send(sent)
        while peer.next():
            pass
        try:
            peer.send(b'x')
        except BrokenPipeError:
            return True
        return False


def test_plain_close(token):
    """STILE-fastcgi-5 A connection that the peer does not want to keep is closed after its response; one that it wants to
    keep stays open."""
    assert is_closed_whole(token, request(BODY, CONTENT_LENGTH=str(len(BODY)), **POST))
    assert is_closed_whole(token, request(BODY, CONTENT_LENGTH='9', **POST))  # and more than announced
    with Peer(token.socket) as peer:
        peer.send(KEPT)
        assert is_refusal(peer.answer())
        peer.connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.connection.recv(1)


def test_kept_connection(token):
    """STILE-fastcgi-6 One connection carries 100 requests one after the other, each of which gets its own response."""
    with Peer(token.socket) as peer:
        for number in range(100):
            peer.send(request(BODY, number=number % 3 + 1, keeps=True, CONTENT_LENGTH=str(len(BODY)), REQUEST_ID=f'id-{number}', **POST))
            answer = peer.answer(number % 3 + 1)
            assert is_refusal(answer) and f'X-Request-Id: id-{number}\r\n' in answer
        # The last one without FCGI_KEEP_CONN.
        peer.send(request(BODY, CONTENT_LENGTH=str(len(BODY)), **POST))
        assert is_refusal(peer.answer()) and peer.is_at_end()


def test_requests_at_once(token):
    """STILE-fastcgi-7 Requests that are sent without waiting for the responses are answered in their order."""
    with Peer(token.socket) as peer:
        peer.send(b''.join(request(BODY, number=number, keeps=True, CONTENT_LENGTH=str(len(BODY)), **POST) for number in range(1, 13)))
        assert all(is_refusal(peer.answer(number)) for number in range(1, 13))


def test_split_anywhere(token):
    """STILE-fastcgi-8 A request may come in pieces of any size, in records of any size and with padding."""
    whole = request(BODY, keeps=True, padding=3, CONTENT_LENGTH=str(len(BODY)), **POST)
    with Peer(token.socket) as peer:
        for at in range(1, len(whole)):
            peer.send_and_await_its_reading(whole[:at])
            peer.send(whole[at:])
            assert is_refusal(peer.answer()), at
        for byte in whole:
            peer.send_and_await_its_reading(bytes([byte]))
        assert is_refusal(peer.answer())
        pairs = b''.join(fastcgi.pair(*item) for item in (POST | {'CONTENT_LENGTH': str(len(BODY))}).items())
        peer.send(begin(keeps=True) + b''.join(record(fastcgi.PARAMS, bytes([byte]), padding=7) for byte in pairs)
                  + record(fastcgi.PARAMS, b'') + b''.join(record(fastcgi.STDIN, bytes([byte]), padding=255) for byte in BODY.encode())
                  + record(fastcgi.STDIN, b''))
        assert is_refusal(peer.answer())


def short_pair(name, value=''):
    return bytes([len(name), len(value)]) + name.encode() + value.encode()


def test_management(token):
    """STILE-fastcgi-9 A function tells what it can do, and which types of records it does not know (FastCGI 1.0 §4)."""
    with Peer(token.socket) as peer:
        asked = b''.join(map(short_pair, ('FCGI_MPXS_CONNS', 'FCGI_MAX_REQS', 'FCGI_OTHER', 'FCGI_MAX_CONNS')))
        peer.send(record(fastcgi.GET_VALUES, asked, number=0) + record(77, b'abc', number=0))
        kind, number, content = peer.next()
        assert (kind, number) == (fastcgi.GET_VALUES_RESULT, 0)
        assert short_pair('FCGI_MPXS_CONNS', '0') in content and b'FCGI_MAX_CONNS' in content and b'FCGI_OTHER' not in content
        assert peer.next() == (fastcgi.UNKNOWN_TYPE, 0, b'M' + bytes(7))
        peer.send(KEPT)
        assert is_refusal(peer.answer())


def end_request(status):
    return struct.pack('>IBxxx', 0, status)


def test_abort(token):
    """STILE-fastcgi-10 A request that the peer aborts, a second one beside it, and another role end without a response, and
    the connection goes on (FastCGI 1.0 §5.4, §5.5)."""
    params = record(fastcgi.PARAMS, b''.join(fastcgi.pair(*item) for item in POST.items()))
    with Peer(token.socket) as peer:
        peer.send(begin(1, keeps=True) + params + record(fastcgi.ABORT, b''))
        assert peer.next() == (fastcgi.END, 1, end_request(fastcgi.COMPLETE))
        peer.send(begin(1, keeps=True) + params + begin(2, keeps=True))
        assert peer.next() == (fastcgi.END, 2, end_request(fastcgi.CANNOT_MULTIPLEX))
        peer.send(record(fastcgi.ABORT, b''))
        assert peer.next() == (fastcgi.END, 1, end_request(fastcgi.COMPLETE))
        peer.send(begin(3, role=3, keeps=True))
        assert peer.next() == (fastcgi.END, 3, end_request(fastcgi.UNKNOWN_ROLE))
        peer.send(KEPT)
        assert is_refusal(peer.answer())
        peer.send(begin(1) + record(fastcgi.ABORT, b''))  # without FCGI_KEEP_CONN
        assert peer.next() == (fastcgi.END, 1, end_request(fastcgi.COMPLETE)) and peer.is_at_end()


def test_peers_that_go(token):
    """STILE-fastcgi-11 Peers that close, or only end their side, before, in or after their request leave nothing behind."""
    before = descriptors(token)
    for at in (0, 5, 20, len(KEPT) - 1, len(KEPT)):
        for _ in range(20):
            with Peer(token.socket) as peer:
                peer.send(KEPT[:at])
            with Peer(token.socket) as peer:
                peer.send(KEPT[:at])
                peer.connection.shutdown(socket.SHUT_WR)
                assert at < len(KEPT) or is_refusal(peer.answer())
                assert peer.is_at_end()
    eventually(lambda: descriptors(token) == before, 'connections stay')
    assert is_refusal(token.post(BODY))


def resident(function):
    """Its memory, in bytes."""
    return int(pathlib.Path(f'/proc/{function.process.pid}/statm').read_text().split()[1]) * os.sysconf('SC_PAGE_SIZE')


def send_until_stuck(peer, data):
    """Sends it again and again until the other side reads no more, or ends the connection."""
    peer.connection.settimeout(1)
    try:
        for _ in range(100_000):
            peer.send(data)
    except (TimeoutError, ConnectionError):
        return
    raise AssertionError('the function reads without end')


def test_peer_that_reads_nothing(metadata):
    """STILE-fastcgi-12 A peer that sends requests and reads no response gets no memory, and stops nobody."""
    before = resident(metadata)
    with Peer(metadata.socket) as peer:
        send_until_stuck(peer, request(keeps=True, **GET))
        assert resident(metadata) < before + 4_000_000
        assert metadata.get().startswith('Status: 200 OK\r\n')


def listening_address(process):
    """Of the TCP socket on which a process listens, by its file in /proc; None if it does not yet."""
    inodes = {os.readlink(entry) for entry in pathlib.Path(f'/proc/{process.pid}/fd').iterdir()}
    for line in pathlib.Path('/proc/net/tcp').read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == '0A' and f'socket:[{fields[9]}]' in inodes:
            return '127.0.0.1', int(fields[1].partition(':')[2], 16)
    return None


@pytest.mark.parametrize('way', ['--listen', 'standard input', 'systemd'])
def test_tcp(way):
    """STILE-fastcgi-13 A function serves TCP connections, kept and not: on the address that it is given, on its standard
    input, on the socket of systemd."""
    environment = clean_environment(STILE_ISSUER='https://id.example')
    with socket.socket() as listening:
        listening.bind(('127.0.0.1', 0))
        listening.listen()
        program = [str(BUILD / 'bin/stile-token'), '--user', 'root'] if os.geteuid() == 0 else [str(BUILD / 'bin/stile-token')]
        before, words = {'--listen': ([], ['--listen', '127.0.0.1:0']), 'standard input': ([], []),
                         'systemd': ([*ACTIVATED, '0'], [])}[way]
        process = subprocess.Popen([*before, *program, *words], env=environment,
                                   stdin=subprocess.DEVNULL if way == '--listen' else listening)
        try:
            where = eventually(lambda: listening_address(process), 'it does not listen') if way == '--listen' else listening.getsockname()
            with Peer(where) as peer:
                for _ in range(10):
                    peer.send(KEPT)
                    assert is_refusal(peer.answer())
                assert is_refusal(fastcgi.ask(where, BODY, CONTENT_LENGTH=str(len(BODY)), **POST))
                process.terminate()
                # The one that is kept is asked to close.
                assert peer.next() == (fastcgi.STDERR, 1, b'')
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            process.wait()


def test_request_to_a_function_that_ends(token):
    """STILE-fastcgi-14 While a function ends, it answers what comes on the connections that nginx has not closed yet."""
    with Function('token', token.environment) as ending, Peer(ending.socket) as peer, Peer(ending.socket) as another:
        for one in (peer, another):
            one.send(KEPT)
            assert is_refusal(one.answer())
        ending.process.terminate()
        for one in (peer, another):
            assert one.next() == (fastcgi.STDERR, 1, b'')
        for _ in range(3):
            peer.send(KEPT)
            assert is_refusal(peer.answer())
            assert peer.next() == (fastcgi.STDERR, 1, b'')  # makes nginx close the connection
        peer.connection.close()
        another.connection.close()
        assert ending.process.wait(PATIENCE) == 0


@pytest.mark.skipif(BUILD.name in ('address', 'thread'), reason='a sanitizer must be the first library')
@pytest.mark.parametrize('at', [0, 5, 40, -20])
def test_request_that_never_comes(tmp_path, at):
    """STILE-fastcgi-16 A connection on which nothing comes, or not the rest of a request, is ended after 30 seconds; one that
    is kept for further requests is not."""
    clock = tmp_path / 'clock'
    clock.write_bytes(struct.pack('ll', 0, 0))
    library = tmp_path / 'clock.so'
    subprocess.run(['gcc', '-shared', '-fPIC', '-o', library, ROOT / 'tests/fault/clock.c'], check=True, timeout=PATIENCE)

    def pass_time(seconds):
        with open(clock, 'r+b') as file:
            file.write(struct.pack('ll', 0, seconds))

    runner = ['env', f'LD_PRELOAD={library}', f'CLOCK={clock}']
    with Function('token', clean_environment(STILE_ISSUER='https://id.example'), runner) as token, \
            Peer(token.socket) as kept, Peer(token.socket) as peer:
        kept.send(KEPT)
        assert is_refusal(kept.answer())
        peer.send_and_await_its_reading(KEPT[:at])
        for seconds in (0, 29):
            pass_time(seconds)
            for _ in range(3):  # turns of the loop
                kept.send(KEPT)
                assert is_refusal(kept.answer())
        peer.connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            peer.connection.recv(1)
        peer.connection.settimeout(PATIENCE)
        pass_time(31)
        assert peer.is_at_end()
        kept.send(KEPT)
        assert is_refusal(kept.answer())


FEW = 100  # descriptors: those for the function itself, and 36 connections


def test_descriptors():
    """STILE-fastcgi-15 When a function's descriptors do not suffice for all connections no request fails: new connections
    wait, and idle ones are asked to make room."""
    answered = threading.Semaphore(0)

    def keep(peer):
        with peer:
            peer.send(KEPT)
            assert is_refusal(peer.answer())
            answered.release()
            return peer.next()

    with Function('token', clean_environment(STILE_ISSUER='https://id.example'), ['prlimit', f'--nofile={FEW}']) as token, \
            ThreadPoolExecutor(200) as keepers, ThreadPoolExecutor(50) as others:
        kept = [keepers.submit(keep, Peer(token.socket)) for _ in range(200)]
        assert all(map(is_refusal, others.map(lambda _: token.post(BODY), range(500))))
        for _ in kept:
            assert answered.acquire(timeout=PATIENCE)
        assert descriptors(token) < FEW
        assert token.end() == 0
        assert [one.result(PATIENCE) for one in kept] == [(fastcgi.STDERR, 1, b'')] * 200
