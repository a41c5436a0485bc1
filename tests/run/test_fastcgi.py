"""What a function makes of FastCGI that nginx does not send unless something has gone wrong."""
import pytest

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
    """STILE-fastcgi-1 A body that ended before its announced length is not handled: it may mean something else."""
    answer = token.post('grant_type=client_credentials&scope=read', CONTENT_LENGTH='60')
    assert answer.startswith('Status: 400 Bad Request\r\n')
    assert answer.endswith('\r\n\r\n')  # nothing of the handler, which would have asked for credentials
    assert 'invalid_client' in token.post('grant_type=client_credentials&scope=read')


def test_request_id_splits_no_header(metadata):
    """STILE-fastcgi-2 No parameter can put a line into the answer's header."""
    answer = metadata.get(REQUEST_ID='0123\r\nSet-Cookie: a=b')
    assert answer.startswith('Status: 200 OK\r\n')
    assert 'Set-Cookie' not in answer


@pytest.mark.parametrize('length', ['', '-1', '+5', '5 ', '0x5', '1e3', '18446744073709551616', '99999999999999999999'])
def test_odd_lengths(token, length):
    """STILE-fastcgi-3 A length that is no number announces nothing."""
    answer = token.post('grant_type=client_credentials', CONTENT_LENGTH=length)
    assert answer.startswith('Status: 400 Bad Request\r\n')
    assert 'grant_type is missing' in answer


@pytest.mark.parametrize('length', ['65537', '4294967296', '18446744073709551615'])
def test_large_lengths(token, length):
    """STILE-fastcgi-4 A body beyond 64 kB is refused by its announcement, and not waited for."""
    answer = token.post('grant_type=client_credentials', CONTENT_LENGTH=length)
    assert answer.startswith('Status: 400 Bad Request\r\n')
    assert 'larger than 64 kB' in answer
