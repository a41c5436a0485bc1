"""Line ends in header values (CWE-113), and requests that two parsers would read differently."""
import pytest

from attacker import encode, exchange, nothing_issued, refused_at_client, refused_by_nginx
from attacker import refused_with_json, refused_with_page

LINES = {
    'crlf': '\r\nSet-Cookie: stile_session=attackers', 'lf': '\nSet-Cookie: stile_session=attackers',
    'cr': '\rSet-Cookie: stile_session=attackers', 'two-crlf': '\r\n\r\n<script>alert(1)</script>',
    'unicode-lines': '\u010d\u010aSet-Cookie: stile_session=attackers', 'next-line': '\u0085Set-Cookie: a=b',
    'line-separator': '\u2028Set-Cookie: a=b', 'nul': '\0Set-Cookie: a=b', 'vertical-tab': '\x0bSet-Cookie: a=b',
}


def only_headers_of_ours(answer):
    for name, value in answer.headers:
        assert name == 'location' or 'attackers' not in value, (name, value)
    assert answer.all('set-cookie') == []


@pytest.mark.parametrize('parameter', ['state', 'redirect_uri', 'client_id'])
@pytest.mark.parametrize('how', LINES)
def test_in_what_the_answer_is_made_of(stack, web, how, parameter):
    """STILE-security-16"""
    value = {'state': 'x', 'redirect_uri': web.redirect_uri, 'client_id': web.id}[parameter] + LINES[how]
    answer = stack.send('GET', stack.request_of(web, **{parameter: value}))
    refused_with_page(answer)
    only_headers_of_ours(answer)


@pytest.mark.parametrize('parameter', ['scope', 'response_type', 'code_challenge', 'code_challenge_method'])
@pytest.mark.parametrize('how', LINES)
def test_in_what_an_error_is_about(stack, web, how, parameter):
    """STILE-security-16"""
    answer = stack.send('GET', stack.request_of(web, **{parameter: 'x' + LINES[how]}))
    refused_at_client(answer, web, stack, 'invalid_request')
    only_headers_of_ours(answer)


@pytest.mark.parametrize('how', LINES)
def test_encoded_twice_it_stays_encoded(stack, web, how):
    """STILE-security-16"""
    state = encode({'a': LINES[how]})
    browser = stack.browser('alice')
    answer = browser.approve(browser.begin(web, state=state))
    assert answer.returned['state'] == state
    only_headers_of_ours(answer)


@pytest.mark.parametrize('how', LINES)
@pytest.mark.parametrize('path', ['/login', '/approve'])
def test_in_the_name_of_a_parked_request(stack, path, how):
    """STILE-security-16"""
    answer = stack.send('GET', f'{path}?' + encode({'request': 'aaaaaaaaaaaa' + LINES[how]}))
    refused_with_page(answer)
    only_headers_of_ours(answer)


@pytest.mark.parametrize('header', ['X-Request-Id', 'Request-Id', 'X-Stile-Subject', 'X-Accel-Redirect', 'Status',
                                    'Set-Cookie', 'Location', 'X-Sendfile', 'X-Accel-Expires'])
def test_a_request_header_is_not_copied_to_the_response(stack, web, header):
    """STILE-security-16"""
    answer = stack.send('GET', stack.request_of(web, scope='admin'), headers={header: '/attackers'})
    refused_at_client(answer, web, stack, 'invalid_scope')
    only_headers_of_ours(answer)


# Smuggling: the front and the functions must agree where a request ends ---------------------------------------------

def pipelined(stack, head, body):
    return exchange(stack.port, head.replace('\n', '\r\n').encode() + body, 'POST')


SMUGGLED = {
    'two-lengths': 'Content-Length: 5\nContent-Length: 50\n',
    'two-equal-lengths': 'Content-Length: 5\nContent-Length: 5\n',
    'length-and-chunked': 'Content-Length: 5\nTransfer-Encoding: chunked\n',
    'chunked-and-length': 'Transfer-Encoding: chunked\nContent-Length: 5\n',
    'length-negative': 'Content-Length: -5\n',
    'length-hexadecimal': 'Content-Length: 0x5\n',
    'length-plus': 'Content-Length: +5\n',
    'length-list': 'Content-Length: 5, 5\n',
    'length-of-letters': 'Content-Length: five\n',
    'length-overflow': 'Content-Length: 18446744073709551621\n',
    'chunk-size-of-letters': 'Transfer-Encoding: chunked\n',
}


@pytest.mark.parametrize('how', SMUGGLED)
def test_a_body_of_two_lengths(stack, web, how):
    """STILE-security-17"""
    head = (f'POST /oauth/token HTTP/1.1\nHost: localhost\nConnection: close\n'
            f'Content-Type: application/x-www-form-urlencoded\n{SMUGGLED[how]}\n')
    with nothing_issued(stack):
        answer = pipelined(stack, head, b'a=b&cGET /oauth/token HTTP/1.1\r\n\r\n')
    if how == 'chunk-size-of-letters':  # seen at the location, and refused in its language
        refused_with_json(answer, 400, 'invalid_request')
    else:
        refused_by_nginx(answer)


@pytest.mark.parametrize('encoding', ['gzip', 'chunked, identity', 'identity', 'xchunked', 'chunked chunked'])
def test_an_unknown_transfer_encoding(stack, encoding):
    """STILE-security-17"""
    head = (f'POST /oauth/token HTTP/1.1\nHost: localhost\nConnection: close\n'
            f'Content-Type: application/x-www-form-urlencoded\nTransfer-Encoding: {encoding}\n\n')
    refused_by_nginx(pipelined(stack, head, b'0\r\n\r\n'), 501)


@pytest.mark.parametrize('line', ['Authorization : Basic x', ' Authorization: Basic x', 'Au\0th: x'],
                         ids=['space-before-colon', 'folded', 'nul'])
def test_a_header_line_that_parsers_disagree_about(stack, line):
    """STILE-security-17"""
    refused_by_nginx(exchange(stack.port, f'GET / HTTP/1.1\r\nHost: localhost\r\n{line}\r\n\r\n'.encode()))


@pytest.mark.parametrize('name', ['Content_Length', 'Transfer_Encoding', 'Content_Type', 'HTTP_AUTHORIZATION'])
def test_an_underscore_makes_another_header(stack, web, name):
    """STILE-security-17"""
    body = encode({'grant_type': 'authorization_code', 'code': stack.code(web), 'redirect_uri': web.redirect_uri})
    answer = stack.send('POST', '/oauth/token', body, web.headers | {name: '5'})
    assert answer.status == 200, answer


def test_a_chunked_form_is_read_like_any_other(stack, web):
    """STILE-security-17"""
    body = encode({'grant_type': 'authorization_code', 'code': stack.code(web), 'redirect_uri': web.redirect_uri})
    chunked = f'{len(body):x}\r\n{body}\r\n0\r\n\r\n'
    answer = stack.send('POST', '/oauth/token', chunked, web.headers | {'Transfer-Encoding': 'chunked',
                                                                        'Content-Length': None})
    assert answer.status == 200, answer
