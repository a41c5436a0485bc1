"""Bodies with another content type (RFC 6749 §3.2, appendix B)."""
import gzip
import json

import pytest

from attacker import FORM, encode, nothing_issued, refused_with_json, refused_with_page

TYPES = {
    'json': 'application/json', 'text': 'text/plain', 'xml': 'application/xml', 'html': 'text/html',
    'multipart': 'multipart/form-data; boundary=x', 'octets': 'application/octet-stream', 'empty': '', 'none': None,
    'prefix': 'application/x-www-form-urlencode', 'suffix': 'application/x-www-form-urlencodedx',
    'in-a-list': 'application/x-www-form-urlencoded, application/json', 'list-last': f'text/plain, {FORM}',
    'parameter-of-another': f'text/plain; {FORM}', 'quoted': f'"{FORM}"',
    'space-inside': 'application/ x-www-form-urlencoded',
    'graphql': 'application/graphql', 'jose': 'application/jose', 'wildcard': '*/*',
}


def body_of(fields, how):
    if how == 'json':
        return json.dumps(fields)
    if how == 'multipart':
        return ''.join(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                       for name, value in fields.items()) + '--x--\r\n'
    return encode(fields)


@pytest.mark.parametrize('how', TYPES)
def test_at_token(stack, web, how):
    """RFC6749-4.1.3-2"""
    fields = {'grant_type': 'authorization_code', 'code': stack.code(web), 'redirect_uri': web.redirect_uri}
    with nothing_issued(stack):
        answer = stack.send('POST', '/oauth/token', body_of(fields, how), web.headers | {'Content-Type': TYPES[how]})
    refused_with_json(answer, 400, 'invalid_request')


@pytest.mark.parametrize('endpoint', ['introspect', 'revoke'])
@pytest.mark.parametrize('how', TYPES)
def test_at_the_companions(stack, web, endpoint, how):
    """RFC7009-2.1-1"""
    token = stack.tokens(web)['access_token']
    answer = stack.send('POST', f'/oauth/{endpoint}', body_of({'token': token}, how),
                        web.headers | {'Content-Type': TYPES[how]})
    refused_with_json(answer, 400, 'invalid_request')
    assert stack.is_active(web, token)


@pytest.mark.parametrize('how', TYPES)
def test_at_the_forms(stack, web, how):
    """STILE-flow-22 another site's form can send text/plain; its scripts can set no other types without a preflight"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    fields = {'csrf_token': browser.get(target).csrf_token, 'approval': '1'}
    with nothing_issued(stack):
        refused_with_page(browser.send('POST', target, body_of(fields, how), {'Content-Type': TYPES[how]}))
    assert browser.approve(target).status == 303


@pytest.mark.parametrize('how', TYPES)
def test_at_authorize(stack, web, how):
    """RFC6749-4.1.2.1-1"""
    fields = {'client_id': web.id, 'redirect_uri': web.redirect_uri, 'response_type': 'code'}
    with nothing_issued(stack):
        refused_with_page(stack.send('POST', '/oauth/authorize', body_of(fields, how), {'Content-Type': TYPES[how]}))


@pytest.mark.parametrize('content_type', [FORM + '; charset=utf-8', FORM + ';charset=UTF-16', FORM.upper(),
                                          FORM + ' ;x', FORM + '; charset=utf-7; boundary=x'])
def test_a_charset_changes_no_byte(stack, web, content_type):
    """RFC6749-4.1.3-2"""
    answer = stack.send('POST', '/oauth/token', encode({'grant_type': 'authorization_code', 'code': stack.code(web),
                                                        'redirect_uri': web.redirect_uri}),
                        web.headers | {'Content-Type': content_type})
    assert answer.status == 200, answer


@pytest.mark.parametrize('types', [('application/json', FORM), (FORM, 'application/json')])
def test_two_content_types(stack, web, types):
    """RFC6749-4.1.3-2 the body is read once and as a form, or not at all"""
    body = json.dumps({'grant_type': 'client_credentials'})
    headers = [*web.headers.items(), *[('Content-Type', value) for value in types]]
    with nothing_issued(stack):
        refused_with_json(stack.send('POST', '/oauth/token', body, headers), 400, 'invalid_request')


@pytest.mark.parametrize('encoding', ['gzip', 'deflate', 'br', 'identity, gzip'])
def test_a_compressed_body_is_not_unpacked(stack, web, encoding):
    """STILE-security-23"""

    body = gzip.compress(encode({'grant_type': 'authorization_code', 'code': stack.code(web),
                                 'redirect_uri': web.redirect_uri}).encode())
    with nothing_issued(stack):
        refused_with_json(stack.send('POST', '/oauth/token', body, web.headers | {'Content-Encoding': encoding}), 400,
                          'invalid_request')


@pytest.mark.parametrize('accept', ['text/html', 'application/xml', 'image/*', 'application/jwt', '*/*;q=0'])
def test_the_answer_is_json_whatever_is_accepted(stack, accept):
    """RFC6749-5.1-16"""
    answer = stack.send('POST', '/oauth/token', b'', {'Accept': accept})
    refused_with_json(answer, 400, 'invalid_request')


@pytest.mark.parametrize('size', [65537, 10 ** 6, 10 ** 12])
@pytest.mark.parametrize('path', ['/oauth/token', '/oauth/introspect', '/oauth/revoke', '/login', '/approve',
                                  '/oauth/authorize'])
def test_a_body_that_is_announced_too_large_is_not_waited_for(stack, path, size):
    """STILE-security-23"""
    answer = stack.send('POST', path, b'', {'Content-Length': str(size)})
    assert answer.status == 400, answer
    assert answer.header('cache-control') == 'no-store'
