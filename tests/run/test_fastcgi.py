"""How a function handles FastCGI input that nginx sends only after an error."""
import socket

import pytest

from fastcgi import request
from function import Function
from stack import BUILD, clean_environment


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


def is_closed_whole(function, sent):
    """Whether the function has closed the connection completely after its response, not only its own side."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(function.socket))
        connection.sendall(sent)
        while connection.recv(4096):
            pass
        try:
            connection.send(b'x')
        except BrokenPipeError:
            return True
        return False


def test_plain_close(token):
    """STILE-fastcgi-5 A connection is closed as soon as its request has been read: no thread waits for the peer. With
    unread input the function waits for the peer to close, so that no reset overtakes the response."""
    whole = {'REQUEST_METHOD': 'POST', 'CONTENT_TYPE': 'application/x-www-form-urlencoded'}
    assert is_closed_whole(token, request('grant_type=password', CONTENT_LENGTH='19', **whole))
    assert not is_closed_whole(token, request('grant_type=password', CONTENT_LENGTH='9', **whole))
