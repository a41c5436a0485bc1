"""The end of a request: input with two readings is not answered as a request, and no user gets another's response."""
import base64
import json
import socket

import pytest

from raw_http import Answers, ask, ask_all, connect, encode

AUTHORIZE = ('/oauth/authorize?client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect'
             '&response_type=none&state=')  # a redirect to the client that repeats the state
SMUGGLED = f'GET {AUTHORIZE}smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'
BASIC = 'Basic ' + base64.b64encode(b'test_client:password').decode()
FORM = 'Content-Type: application/x-www-form-urlencoded'
CHUNKED = 'Transfer-Encoding: chunked'


def post(*headers, body=''):
    return '\r\n'.join([f'POST /oauth/introspect HTTP/1.1\r\nHost: localhost\r\n{FORM}', *headers, '', body])


def everything_answered(stack, text):
    """All bytes received for these bytes, until the server ends the connection."""
    with connect(stack.port) as connection:
        answer = b''
        try:
            connection.sendall(text if isinstance(text, bytes) else text.encode('latin-1'))
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                answer += piece
        except ConnectionError:  # the server may end it before all is sent or read
            pass
        return answer.decode('latin-1')


LONG_BODY = '0\r\n\r\n' + SMUGGLED
AMBIGUOUS = {
    'Content-Length and Transfer-Encoding': post(f'Content-Length: {len(LONG_BODY)}', CHUNKED, body=LONG_BODY),
    'Transfer-Encoding and Content-Length': post(CHUNKED, 'Content-Length: 4', body=f'5\r\ntoken\r\n{LONG_BODY}'),
    'two lengths': post('Content-Length: 0', f'Content-Length: {len(SMUGGLED)}', body=SMUGGLED),
    'the same length twice': post('Content-Length: 0', 'Content-Length: 0', body=SMUGGLED),
    'a list of lengths': post('Content-Length: 0, 0', body=SMUGGLED),
    'a negative length': post('Content-Length: -1', body=SMUGGLED),
    'a length with a sign': post('Content-Length: +0', body=SMUGGLED),
    'a hexadecimal length': post('Content-Length: 0x0', body=SMUGGLED),
    'an immense length': post('Content-Length: 99999999999999999999999999', body=SMUGGLED),
    'an empty length': post('Content-Length: ', body=SMUGGLED),
    'an unknown encoding': post('Transfer-Encoding: xchunked', body=LONG_BODY),
    'an encoding of two': post('Transfer-Encoding: gzip, chunked', body=LONG_BODY),
    'identity': post('Transfer-Encoding: identity', body=SMUGGLED),
    'two encodings': post(CHUNKED, 'Transfer-Encoding: identity', body=LONG_BODY),
    'a vertical tab': post('Transfer-Encoding: \x0bchunked', body=LONG_BODY),
    'a space before the colon': post('Transfer-Encoding : chunked', body=LONG_BODY),
    'a folded header': post('X-Folded: a\r\n Transfer-Encoding: chunked', body=SMUGGLED),
    'a folded first header': f'POST /oauth/introspect HTTP/1.1\r\n Host: localhost\r\n\r\n{SMUGGLED}',
    'NUL in a value': post('X-Value: a\0b', 'Content-Length: 0', body=SMUGGLED),
    'NUL in a name': post('X\0Name: a', 'Content-Length: 0', body=SMUGGLED),
    'a carriage return alone': post('X-Value: a\rTransfer-Encoding: chunked', 'Content-Length: 0', body=SMUGGLED),
    'HTTP/1.0 with chunks': post(CHUNKED, body=LONG_BODY).replace('HTTP/1.1', 'HTTP/1.0', 1),
    'a chunk of negative length': post(CHUNKED, body=f'-1\r\n{SMUGGLED}'),
    'a chunk of immense length': post(CHUNKED, body=f'FFFFFFFFFFFFFFFFF\r\n{SMUGGLED}'),
    'a chunk with 0x': post(CHUNKED, body=f'0x0\r\n\r\n{SMUGGLED}'),
    'a chunk longer than it says': post(CHUNKED, body=f'3\r\ntoken\r\n0\r\n\r\n{SMUGGLED}'),
    'a chunk without a length': post(CHUNKED, body=f'\r\n\r\n{SMUGGLED}'),
    'no host': f'POST /oauth/introspect HTTP/1.1\r\nContent-Length: 0\r\n\r\n{SMUGGLED}',
    'two hosts': post('Host: other', 'Content-Length: 0', body=SMUGGLED),
    'a host with a slash': f'GET /login HTTP/1.1\r\nHost: localhost/x\r\n\r\n{SMUGGLED}',
    'an unknown major version': f'GET /login HTTP/3.0\r\nHost: localhost\r\n\r\n{SMUGGLED}',
    'a malformed version': f'GET /login HTTP/1.1.1\r\nHost: localhost\r\n\r\n{SMUGGLED}',
    'no version but headers': f'GET /login\r\nHost: localhost\r\n\r\n{SMUGGLED}',
    'the preface of HTTP/2': f'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{SMUGGLED}',
    'a method in lower case': f'get /login HTTP/1.1\r\nHost: localhost\r\n\r\n{SMUGGLED}',
    'NUL in the address': f'GET /login\0 HTTP/1.1\r\nHost: localhost\r\n\r\n{SMUGGLED}',
    'CONNECT': f'CONNECT localhost:80 HTTP/1.1\r\nHost: localhost\r\n\r\n{SMUGGLED}',
}


@pytest.mark.parametrize('name', AMBIGUOUS)
def test_ambiguous(stack, name):
    """ASVS-V4.2.1-1 A request that can be read in two ways is refused, and no further request on the connection is
    answered."""
    answer = everything_answered(stack, AMBIGUOUS[name])
    assert 'smuggled' not in answer
    if name == 'no version but headers':  # HTTP/0.9 has no status line: a page and the end
        assert 'This sign-in cannot continue' in answer
        return
    assert answer.count('HTTP/1.1 ') == 1
    assert answer.split()[1] in ('400', '405', '413', '501', '505'), answer
    headers = answer.partition('\r\n\r\n')[0].lower()
    assert 'cache-control: no-store' in headers and "content-security-policy: default-src 'none'" in headers


def test_line_ends(stack):
    """ASVS-V4.2.1-1 A line may end with only LF (RFC 9112 section 2.2), and every reader agrees on its end."""
    text = post('Content-Length: 0', body=SMUGGLED.replace('smuggled', 'second')).replace('\r\n', '\n')
    answer = everything_answered(stack, text)
    assert answer.count('HTTP/1.1 ') == 2 and 'state=second' in answer


CHUNKED_BODIES = {
    'one chunk': '13\r\ntoken=x&client_id=y\r\n0\r\n\r\n',
    'chunks of one byte': ''.join(f'1\r\n{letter}\r\n' for letter in 'token=x&client_id=y') + '0\r\n\r\n',
    'an extension and a trailer': '13;a=b\r\ntoken=x&client_id=y\r\n0\r\nX-Trailer: z\r\n\r\n',
    'leading zeros': '0000000013\r\ntoken=x&client_id=y\r\n000\r\n\r\n',
}


@pytest.mark.parametrize('name', CHUNKED_BODIES)
def test_chunked(stack, name):
    """ASVS-V4.2.1-3 A chunked body is read completely, and the next request follows it."""
    with connect(stack.port) as connection:
        connection.sendall((post(CHUNKED, f'Authorization: {BASIC}', body=CHUNKED_BODIES[name]) + SMUGGLED).encode())
        answers = Answers(connection)
        first, second = answers.next(), answers.next()
    # client_id was read: it is not the one that authenticated.
    assert first.status == 400 and json.loads(first.body)['error_description'].startswith('client_id differs')
    assert second.status == 303


@pytest.mark.parametrize('body', ['5\r\ntok', '5\r\ntoken', 'z\r\n', '5\r\ntokenXX0\r\n\r\n', ''])
def test_chunked_malformed(stack, body):
    """ASVS-V4.2.1-3 A truncated or malformed chunked body reaches no function."""
    answer = everything_answered(stack, post(CHUNKED, f'Authorization: {BASIC}', body=body))
    assert answer == '' or answer.startswith('HTTP/1.1 400')
    assert 'active' not in answer and 'client' not in answer


def test_chunked_too_large(stack):
    """ASVS-V4.2.1-3 A chunked body over the limit is refused like one with a Content-Length."""
    answer = everything_answered(stack, post(CHUNKED, body='8000\r\n' + 'a' * 0x8000 + '\r\n' + 'ffff\r\n' + 'a' * 0xffff))
    assert answer == '' or (answer.startswith('HTTP/1.1 400') and 'larger than 64 kB' in answer)


def test_pipelined_order(stack):
    """ASVS-V4.2.1-2 Pipelined requests are answered in their order."""
    answers = ask_all(stack.port, [encode('GET', AUTHORIZE + f'n{number}') for number in range(200)])
    assert [f'state=n{number}' in answer.headers.get('location', '') for number, answer in enumerate(answers)] == [True] * 200


def test_pipelined_users(stack):
    """ASVS-V4.2.1-2 Requests of several users over one connection, as a proxy sends them, each get their own response."""
    headers = {}
    for name in ('one', 'two', 'three'):
        registered = stack.admin('client', 'add', '--id', name, '--grant-type', 'client_credentials', '--scope', name)
        secret = registered.split('client_secret: ')[1].split()[0]
        headers[name] = {'Authorization': 'Basic ' + base64.b64encode(f'{name}:{secret}'.encode()).decode()}
    tokens = {name: json.loads(ask(stack.port, encode('POST', '/oauth/token', 'grant_type=client_credentials', **headers[name])).body)['access_token']
              for name in headers}
    names = ['one', 'two', 'three', 'two'] * 40
    answers = ask_all(stack.port, [encode('POST', '/oauth/introspect', f'token={tokens[name]}', **headers[name]) for name in names])
    assert [json.loads(answer.body).get('client_id') for answer in answers] == names


def test_host(stack):
    """ASVS-V4.2.1-1 Neither a foreign Host nor an absolute URL of another server changes the response."""
    usual = ask(stack.port, encode('GET', AUTHORIZE + 'x')).headers['location']
    assert usual.startswith('https://www.example.com/redirect?') and 'iss=http%3A%2F%2Flocalhost' in usual
    for request in (encode('GET', 'http://evil.example' + AUTHORIZE + 'x'), encode('GET', AUTHORIZE + 'x', Host='evil.example'),
                    encode('GET', 'https://localhost' + AUTHORIZE + 'x', Host='evil.example:1'),
                    encode('GET', AUTHORIZE + 'x', X_Forwarded_Host='evil.example')):
        assert ask(stack.port, request).headers['location'] == usual


def test_http_0_9(stack):
    """ASVS-V4.2.1-1 A request of HTTP/0.9 is answered once and ends the connection."""
    answer = everything_answered(stack, f'GET /login\r\n{SMUGGLED}')
    assert 'This sign-in cannot continue' in answer and 'smuggled' not in answer
