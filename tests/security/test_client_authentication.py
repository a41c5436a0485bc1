"""Clients that are not the ones they claim to be (RFC 6749 §2.3, §3.2.1; RFC 7591 §2)."""
import base64

import pytest

from attacker import basic, encode, no_token_issued, nothing_issued, refused_with_json

SECRET = 'p%40ss+w:rd &=/?\u007e'  # what a chosen secret may have, and what encodings make of it


@pytest.fixture(scope='module')
def chosen(stack):
    """A client with a chosen secret full of characters that encodings treat differently."""
    return stack.client(secret=SECRET)


def raw_basic(pair):
    return {'Authorization': 'Basic ' + base64.b64encode(pair if isinstance(pair, bytes) else pair.encode()).decode()}


def attempt(stack, client, headers, **fields):
    """A redemption that is right except for the authentication."""
    code = stack.code(client)
    return stack.post('/oauth/token', {'grant_type': 'authorization_code', 'code': code,
                                       'redirect_uri': client.redirect_uri} | fields, headers)


HEADERS = {
    'wrong-secret': lambda c: basic(c.id, 'wrong'),
    'empty-secret': lambda c: basic(c.id, ''),
    'no-colon': lambda c: raw_basic(c.id),
    'secret-alone': lambda c: raw_basic(f':{c.secret}'),
    'secret-in-capitals': lambda c: basic(c.id, c.secret.upper()),
    'secret-case-swapped': lambda c: basic(c.id, c.secret.swapcase()),
    'secret-shortened': lambda c: basic(c.id, c.secret[:-1]),
    'secret-lengthened': lambda c: basic(c.id, c.secret + 'a'),
    'secret-with-nul': lambda c: raw_basic(f'{c.id}:{c.secret}\0'),
    'secret-with-nul-and-more': lambda c: raw_basic(f'{c.id}:{c.secret}\0x'),
    'secret-with-encoded-nul': lambda c: raw_basic(f'{c.id}:{c.secret}%00'),
    'secret-with-newline': lambda c: raw_basic(f'{c.id}:{c.secret}\n'),
    'secret-with-space': lambda c: raw_basic(f'{c.id}:{c.secret} '),
    'secret-with-space-before': lambda c: raw_basic(f'{c.id}: {c.secret}'),
    'secret-too-long': lambda c: basic(c.id, 'a' * 2000),
    'secret-malformed-escape': lambda c: raw_basic(f'{c.id}:{c.secret}%zz'),
    'secret-escape-cut-off': lambda c: raw_basic(f'{c.id}:{c.secret}%4'),
    'id-in-capitals': lambda c: basic(c.id.upper(), c.secret),
    'id-with-space': lambda c: basic(c.id + ' ', c.secret),
    'id-with-nul': lambda c: raw_basic(f'{c.id}\0:{c.secret}'),
    'id-with-newline': lambda c: raw_basic(f'{c.id}\n:{c.secret}'),
    'id-glob': lambda c: basic('client-*', c.secret),
    'id-empty': lambda c: basic('', c.secret),
    'id-key': lambda c: basic(f'client:{c.id}', c.secret),
    'swapped': lambda c: basic(c.secret, c.id),
    'not-base64': lambda c: {'Authorization': f'Basic {c.id}:{c.secret}'},
    'base64-with-rubbish': lambda c: {'Authorization': basic(c.id, c.secret)['Authorization'] + '!'},
    'base64-with-space': lambda c: {'Authorization': basic(c.id, c.secret)['Authorization'].replace(' ', '  ')},
    'base64-of-utf16': lambda c: raw_basic(f'{c.id}:{c.secret}'.encode('utf-16')),
    'scheme-alone': lambda c: {'Authorization': 'Basic'},
    'scheme-with-nothing': lambda c: {'Authorization': 'Basic '},
    'bearer': lambda c: {'Authorization': f'Bearer {c.secret}'},
    'bearer-pair': lambda c: {'Authorization': basic(c.id, c.secret)['Authorization'].replace('Basic', 'Bearer')},
    'digest': lambda c: {'Authorization': f'Digest username="{c.id}", response="{c.secret}"'},
    'scheme-with-tab': lambda c: {'Authorization': basic(c.id, c.secret)['Authorization'].replace(' ', '\t')},
    'two-schemes': lambda c: {'Authorization': 'Basic, ' + basic(c.id, c.secret)['Authorization']},
    'proxy-authorization': lambda c: {'Proxy-Authorization': basic(c.id, c.secret)['Authorization']},
    'x-authorization': lambda c: {'X-Authorization': basic(c.id, c.secret)['Authorization']},
}


@pytest.mark.parametrize('how', HEADERS)
def test_in_the_header(stack, web, how):
    """RFC6749-5.2-7"""
    with no_token_issued(stack):
        refused_with_json(attempt(stack, web, HEADERS[how](web)), 401, 'invalid_client')


BODIES = {
    'wrong-secret': lambda c: {'client_id': c.id, 'client_secret': 'wrong'},
    'no-secret': lambda c: {'client_id': c.id},
    'empty-secret': lambda c: {'client_id': c.id, 'client_secret': ''},
    'no-id': lambda c: {'client_secret': c.secret},
    'unknown-id': lambda c: {'client_id': 'nobody', 'client_secret': c.secret},
    'id-in-capitals': lambda c: {'client_id': c.id.upper(), 'client_secret': c.secret},
    'secret-in-capitals': lambda c: {'client_id': c.id, 'client_secret': c.secret.upper()},
    'secret-with-space': lambda c: {'client_id': c.id, 'client_secret': c.secret + ' '},
    'secret-encoded-twice': lambda c: {'client_id': c.id,
                                       'client_secret': '%' + c.secret[0].encode().hex() + c.secret[1:]},
    'hash-of-the-secret': lambda c: {'client_id': c.id, 'client_secret': '$sha256$'},
    'assertion-for-the-secret': lambda c: {'client_id': c.id, 'client_assertion': c.secret, 'client_assertion_type':
                                           'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'},
    'password-for-the-secret': lambda c: {'client_id': c.id, 'password': c.secret},
    'secret-of-another-name': lambda c: {'client_id': c.id, 'clientSecret': c.secret, 'client-secret': c.secret},
}


@pytest.mark.parametrize('how', BODIES)
def test_in_the_body(stack, web, how):
    """RFC6749-2.3.1-1"""
    with no_token_issued(stack):
        refused_with_json(attempt(stack, web, {}, **BODIES[how](web)), 401, 'invalid_client')


@pytest.mark.parametrize('how', ['secret-with-nul', 'secret-of-letters-beyond-ascii', 'secret-too-long', 'id-too-long'])
def test_malformed_credentials_in_the_body(stack, web, how):
    """RFC6749-A-1"""
    fields = {'secret-with-nul': {'client_id': web.id, 'client_secret': web.secret + '\0'},
              'secret-of-letters-beyond-ascii': {'client_id': web.id, 'client_secret': '\u00e9'},
              'secret-too-long': {'client_id': web.id, 'client_secret': 'a' * 1025},
              'id-too-long': {'client_id': 'a' * 129, 'client_secret': web.secret}}[how]
    refused_with_json(attempt(stack, web, {}, **fields), 400, 'invalid_request')


def test_nothing_in_redis_works_as_a_secret(stack, web, chosen):
    """STILE-security-6"""
    for client in (web, chosen):
        shown = stack.redis('HGET', f'client:{client.id}', 'secret_hash')
        assert client.secret not in shown
        refused_with_json(attempt(stack, client, basic(client.id, shown)), 401, 'invalid_client')


TWO_METHODS = {
    'both-right': lambda c, o: (c.headers, {'client_id': c.id, 'client_secret': c.secret}),
    'secret-in-both': lambda c, o: (c.headers, {'client_secret': c.secret}),
    'right-header-wrong-body': lambda c, o: (c.headers, {'client_id': c.id, 'client_secret': 'wrong'}),
    'wrong-header-right-body': lambda c, o: (basic(c.id, 'wrong'), {'client_id': c.id, 'client_secret': c.secret}),
    'empty-header-right-body': lambda c, o: (basic('', ''), {'client_id': c.id, 'client_secret': c.secret}),
    'other-client-in-the-body': lambda c, o: (c.headers, {'client_id': o.id}),
    'other-client-with-secret-in-the-body': lambda c, o: (c.headers, {'client_id': o.id, 'client_secret': o.secret}),
    'other-client-in-the-header': lambda c, o: (o.headers, {'client_id': c.id}),
    'id-case-differs': lambda c, o: (c.headers, {'client_id': c.id.upper()}),
}


@pytest.mark.parametrize('how', TWO_METHODS)
@pytest.mark.parametrize('endpoint', ['token', 'introspect', 'revoke'])
def test_two_identities_in_one_request(stack, web, other, endpoint, how):
    """RFC6749-2.3-1"""
    headers, fields = TWO_METHODS[how](web, other)
    if endpoint == 'token':
        with no_token_issued(stack):
            refused_with_json(attempt(stack, web, headers, **fields), 400, 'invalid_request')
        return
    token = stack.tokens(web)['access_token']
    refused_with_json(stack.post(f'/oauth/{endpoint}', fields | {'token': token}, headers), 400, 'invalid_request')
    assert stack.is_active(web, token)


@pytest.mark.parametrize('order', ['right-first', 'wrong-first', 'same'])
@pytest.mark.parametrize('name', ['client_id', 'client_secret'])
def test_a_credential_twice(stack, web, name, order):
    """RFC6749-3.1-11"""
    right = {'client_id': web.id, 'client_secret': web.secret}
    values = {'right-first': (right[name], 'x'), 'wrong-first': ('x', right[name]), 'same': (right[name],) * 2}[order]
    rest = {'grant_type': 'authorization_code', 'code': stack.code(web), 'redirect_uri': web.redirect_uri} | right
    del rest[name]
    body = encode(rest) + ''.join(f'&{name}={value}' for value in values)
    with nothing_issued(stack):
        refused_with_json(stack.post('/oauth/token', body), 400, 'invalid_request')


def test_two_authorization_headers(stack, web, other):
    """RFC6749-2.3-1"""
    body = encode({'grant_type': 'authorization_code', 'code': stack.code(web), 'redirect_uri': web.redirect_uri})
    for pair in ((web, other), (other, web)):
        headers = [('Authorization', client.headers['Authorization']) for client in pair]
        with nothing_issued(stack):
            assert stack.post('/oauth/token', body, headers).status == 400


@pytest.mark.parametrize('registered,used', [('client_secret_basic', 'post'), ('client_secret_post', 'basic'),
                                             ('client_secret_basic', 'none'), ('client_secret_post', 'none')])
def test_another_method_than_the_registered_one(stack, registered, used):
    """STILE-security-13"""
    client = stack.client('--token-endpoint-auth-method', registered)
    headers = client.headers if used == 'basic' else {}
    fields = {'basic': {}, 'post': {'client_id': client.id, 'client_secret': client.secret},
              'none': {'client_id': client.id}}[used]
    with no_token_issued(stack):
        refused_with_json(attempt(stack, client, headers, **fields), 401, 'invalid_client')


@pytest.mark.parametrize('secret', ['', 'anything', 'none', 'null'])
def test_a_public_client_with_a_secret_is_refused(stack, spa, secret):
    """STILE-security-13"""
    with no_token_issued(stack):
        refused_with_json(attempt(stack, spa, basic(spa.id, secret)), 401, 'invalid_client')


@pytest.mark.parametrize('how', ['raw', 'encoded-once', 'plus-for-space'])
def test_basic_credentials_are_percent_encoded(stack, chosen, how):
    """RFC6749-2.3.1-2"""
    with_plus = SECRET.replace('%', '%25').replace('+', '%2B').replace(' ', '+')
    headers = {'encoded-once': basic(chosen.id, SECRET), 'raw': raw_basic(f'{chosen.id}:{SECRET}'),
               'plus-for-space': raw_basic(f'{chosen.id}:{with_plus}')}[how]
    answer = attempt(stack, chosen, headers)
    if how == 'raw':
        refused_with_json(answer, 401, 'invalid_client')
    else:
        assert answer.status == 200, answer


def test_an_unknown_client_and_a_wrong_secret_get_the_same_response(stack, web):
    """STILE-flow-7"""
    answers = [stack.post('/oauth/token', {'grant_type': 'client_credentials'}, headers)
               for headers in (basic('nobody', 'wrong'), basic(web.id, 'wrong'), basic('bad id\0', 'wrong'))]
    for answer in answers:
        refused_with_json(answer, 401, 'invalid_client')
    assert len({answer.body for answer in answers}) == 1


@pytest.mark.parametrize('endpoint', ['introspect', 'revoke'])
@pytest.mark.parametrize('how', ['wrong-secret', 'no-secret', 'no-client', 'unknown'])
def test_the_companions_authenticate_too(stack, web, endpoint, how):
    """RFC7009-2.1-4"""
    token = stack.tokens(web)['access_token']
    fields = {'wrong-secret': {'client_id': web.id, 'client_secret': 'wrong'}, 'no-secret': {'client_id': web.id},
              'no-client': {}, 'unknown': {'client_id': 'nobody'}}[how]
    refused_with_json(stack.post(f'/oauth/{endpoint}', fields | {'token': token}), 401, 'invalid_client')
    assert stack.is_active(web, token)


def test_the_secret_in_the_query_does_not_count(stack, web):
    """RFC6749-2.3.1-1"""
    body = {'grant_type': 'authorization_code', 'code': stack.code(web), 'redirect_uri': web.redirect_uri}
    target = '/oauth/token?' + encode({'client_id': web.id, 'client_secret': web.secret})
    with nothing_issued(stack):
        refused_with_json(stack.post(target, body), 401, 'invalid_client')
