"""Other methods, and ways to pretend one (RFC 6749 §3.2; RFC 7009 §2.1; RFC 7662 §2.1; GitHub 2019: HEAD approved)."""
import pytest

from attacker import encode, exchange, nothing_issued, refused_by_nginx, refused_with_json, refused_with_page

UNSAFE = ['HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND', 'get', 'post', 'Post', 'FOO', 'GETX', 'POS', 'MKCOL']


def allowed(answer):
    return [method.strip() for method in answer.header('allow').split(',')]


@pytest.mark.parametrize('endpoint', ['token', 'tokenize', 'introspect', 'revoke'])
@pytest.mark.parametrize('method', ['GET', *[method for method in UNSAFE if method.isupper()]])
def test_programs_endpoints_accept_only_post(stack, web, endpoint, method):
    """RFC6749-3.2-1"""
    token = stack.tokens(web)
    query = encode({'grant_type': 'refresh_token', 'refresh_token': token['refresh_token'],
                    'token': token['access_token'], 'client_id': web.id, 'client_secret': web.secret})
    with nothing_issued(stack):
        answer = stack.send(method, f'/oauth/{endpoint}?{query}', query if method != 'HEAD' else None, web.headers)
    assert answer.status == 405, answer
    assert allowed(answer) == ['POST']
    assert 'access_token' not in answer.body
    assert stack.is_active(web, token['access_token'])


@pytest.mark.parametrize('path', ['/oauth/authorize', '/login', '/approve'])
@pytest.mark.parametrize('method', [method for method in UNSAFE if method.isupper()])
def test_pages_accept_only_get_and_post(stack, web, path, method):
    """STILE-flow-22"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    token = browser.get(target).csrf_token
    query = {'/oauth/authorize': stack.request_of(web).partition('?')[2]}.get(path, target.partition('?')[2])
    body = encode({'csrf_token': token, 'approval': '1', 'username': 'alice', 'password': 'alice'})
    with nothing_issued(stack):
        answer = browser.send(method, f'{path}?{query}', None if method == 'HEAD' else body)
    assert answer.status == 405, answer
    assert allowed(answer) == ['GET', 'POST']
    assert answer.location is None and answer.header('set-cookie') is None


@pytest.mark.parametrize('method', ['TRACE', 'TRACK', 'CONNECT'])
def test_no_request_is_echoed(stack, method):
    """ASVS-V13.4.4-1"""
    answer = stack.send(method, '/oauth/authorize', headers={'Cookie': 'stile_session=secret'})
    assert answer.status == 405, answer
    assert 'secret' not in answer.body


@pytest.mark.parametrize('method', [method for method in UNSAFE if not method.isupper()])
def test_a_method_in_lower_case_is_refused(stack, web, method):
    """STILE-security-21"""
    refused_by_nginx(stack.send(method, stack.request_of(web)), 400)


@pytest.mark.parametrize('how', ['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override', '_method'])
def test_a_method_is_not_overridden(stack, web, how):
    """STILE-security-21"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    fields = encode({'csrf_token': browser.get(target).csrf_token, 'approval': '1'})
    query = '&_method=POST' if how == '_method' else ''
    headers = {} if how == '_method' else {how: 'POST'}
    with nothing_issued(stack):
        answer = browser.get(f'{target}&{fields}{query}', headers)
        assert (answer.status, answer.location) == (200, None)
        refused_with_json_405(stack.send('GET', '/oauth/token?' + encode({'grant_type': 'client_credentials'}),
                                         headers=web.headers | headers))


def refused_with_json_405(answer):
    assert (answer.status, answer.json['error']) == (405, 'invalid_request')


def test_looking_at_the_consent_page_approves_nothing(stack, web):
    """STILE-flow-22"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    with nothing_issued(stack):
        for _ in range(3):
            assert browser.get(target).status == 200
        assert browser.send('HEAD', target).status == 405


def test_the_protected_location_asks_about_every_method(stack):
    """STILE-security-22"""
    for method in ('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH'):
        assert stack.send(method, '/demo/api/protected').status == 401, method


@pytest.mark.parametrize('line', ['GET /oauth authorize HTTP/1.1', 'GET  /oauth/authorize  HTTP/1.1',
                                  'GET /oauth/authorize HTTP/1.1 x', '/oauth/authorize GET HTTP/1.1'])
def test_a_malformed_request_line(stack, line):
    """STILE-security-21"""
    answer = exchange(stack.port, f'{line}\r\nHost: localhost\r\nConnection: close\r\n\r\n'.encode())
    assert answer.status == 400, answer
    assert answer.location is None


def test_a_post_to_authorize_is_an_authorization_request_and_nothing_more(stack, web):
    """RFC6749-3.1-1"""
    query = stack.request_of(web).partition('?')[2]
    with nothing_issued(stack):
        assert stack.send('POST', '/oauth/authorize', query).location.startswith('/login?request=')
        refused_with_page(stack.send('POST', '/oauth/authorize', query, {'Content-Type': 'application/json'}))
        refused_with_json(stack.send('POST', '/oauth/token', query), 400, 'invalid_request')
