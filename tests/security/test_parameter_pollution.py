"""One parameter, twice or in two places: read once, by one reader (RFC 6749 §3.1, §3.2; CVE-2026-9689)."""
import pytest

from attacker import VERIFIER, encode, nothing_issued, refused_at_client, refused_with_json, refused_with_page

PAIRS = ['same', 'other-last', 'other-first', 'empty-last', 'empty-first']


def pollute(fields, name, how):
    """The fields with `name` twice."""
    right = fields.get(name) or 'x'
    pair = {'same': (right, right), 'other-last': (right, 'other'), 'other-first': ('other', right),
            'empty-last': (right, ''), 'empty-first': ('', right)}[how]
    return [(n, v) for n, v in fields.items() if n != name] + [(name, value) for value in pair]


def request_fields(client, **more):
    return {'client_id': client.id, 'redirect_uri': client.redirect_uri, 'response_type': 'code', 'scope': 'email',
            'state': 'somestate'} | more


@pytest.mark.parametrize('how', PAIRS)
@pytest.mark.parametrize('name', ['client_id', 'redirect_uri', 'state'])
def test_at_authorize_client_and_redirect_uri_twice(stack, web, name, how):
    """RFC6749-3.1-11"""
    fields = pollute(request_fields(web), name, how)
    with nothing_issued(stack):
        refused_with_page(stack.browser('alice').get('/oauth/authorize?' + encode(fields)))


@pytest.mark.parametrize('how', PAIRS)
@pytest.mark.parametrize('name', ['response_type', 'scope', 'code_challenge', 'code_challenge_method'])
def test_at_authorize_the_rest(stack, web, name, how):
    """RFC6749-3.1-11"""
    fields = pollute(request_fields(web), name, how)
    with nothing_issued(stack):
        answer = stack.browser('alice').get('/oauth/authorize?' + encode(fields))
    refused_at_client(answer, web, stack, 'invalid_request')


@pytest.mark.parametrize('how', PAIRS)
@pytest.mark.parametrize('name', ['grant_type', 'code', 'redirect_uri', 'code_verifier', 'client_id', 'client_secret'])
def test_at_token_with_a_code(stack, web, name, how):
    """RFC6749-3.1-11"""
    fields = {'grant_type': 'authorization_code', 'code': stack.code(web), 'redirect_uri': web.redirect_uri,
              'client_id': web.id, 'client_secret': web.secret}
    with nothing_issued(stack):
        refused_with_json(stack.post('/oauth/token', encode(pollute(fields, name, how))), 400, 'invalid_request')
    assert stack.post('/oauth/token', encode(fields)).status == 200  # the code was not used up


@pytest.mark.parametrize('how', PAIRS)
@pytest.mark.parametrize('name', ['refresh_token', 'scope'])
def test_at_token_with_a_refresh_token(stack, web, name, how):
    """RFC6749-3.1-11"""
    fields = {'grant_type': 'refresh_token', 'refresh_token': stack.tokens(web)['refresh_token'], 'scope': 'email'}
    with nothing_issued(stack):
        refused_with_json(stack.post('/oauth/token', encode(pollute(fields, name, how)), web.headers), 400,
                          'invalid_request')
    assert stack.post('/oauth/token', encode(fields), web.headers).status == 200


@pytest.mark.parametrize('how', PAIRS)
@pytest.mark.parametrize('endpoint', ['introspect', 'revoke'])
def test_at_the_companions(stack, web, endpoint, how):
    """RFC6749-3.1-11"""
    token = stack.tokens(web)['access_token']
    refused_with_json(stack.post(f'/oauth/{endpoint}', encode(pollute({'token': token}, 'token', how)), web.headers),
                      400, 'invalid_request')
    assert stack.is_active(web, token)


# Query and body are never merged ------------------------------------------------------------------------------------

@pytest.mark.parametrize('name', ['grant_type', 'code', 'redirect_uri', 'code_verifier'])
def test_the_token_endpoint_reads_nothing_from_the_query(stack, spa, name):
    """STILE-security-19"""
    fields = {'grant_type': 'authorization_code', 'code': stack.code(spa), 'redirect_uri': spa.redirect_uri,
              'client_id': spa.id, 'code_verifier': VERIFIER}
    moved = {name: fields.pop(name)}
    answer = stack.post('/oauth/token?' + encode(moved), fields)
    error = 'invalid_grant' if name in ('redirect_uri', 'code_verifier') else 'invalid_request'
    refused_with_json(answer, 400, error)
    assert stack.post('/oauth/token?' + encode({name: 'x'}), fields | moved).status == 200


def test_an_authorization_request_by_post_uses_only_its_body(stack, web, other):
    """STILE-security-19"""
    body = encode(request_fields(web, state='from-the-body', scope='admin'))
    answer = stack.send('POST', '/oauth/authorize?' + encode(request_fields(other, state='from-the-query')), body)
    refused_at_client(answer, web, stack, 'invalid_scope', 'from-the-body')
    refused_with_page(stack.send('POST', stack.request_of(web), b''))


def test_an_authorization_request_by_get_has_no_body(stack, web):
    """STILE-security-19"""
    browser = stack.browser('alice')
    answer = browser.send('GET', stack.request_of(web), encode({'scope': 'openid profile email', 'state': 'x'}))
    assert browser.approve(answer.location).returned['scope'] == 'email'


# Ways to write one parameter so that two readers see two ------------------------------------------------------------

SPELLINGS = {
    'semicolon-separates': ('state=somestate;scope=admin', {'state': 'somestate;scope=admin'}),
    'encoded-ampersand': ('state=somestate%26scope%3Dadmin', {'state': 'somestate&scope=admin'}),
    'encoded-equals': ('state=a%3Db', {'state': 'a=b'}),
    'second-equals': ('state=a=b', {'state': 'a=b'}),
    'plus': ('state=a+b', {'state': 'a b'}),
    'capital-name': ('STATE=x&state=a', {'state': 'a'}),
    'brackets': ('state[]=x&state=a', {'state': 'a'}),
    'name-with-space': ('state%20=x&state=a', {'state': 'a'}),
    'empty-pairs': ('&&&state=a&&', {'state': 'a'}),
    'no-value': ('x&state=a&y', {'state': 'a'}),
}


@pytest.mark.parametrize('how', SPELLINGS)
def test_a_spelling_has_one_reading(stack, web, how):
    """STILE-security-20"""
    text, expected = SPELLINGS[how]
    browser = stack.browser('alice')
    answer = browser.get(stack.request_of(web, state=None) + '&' + text)
    returned = browser.approve(answer.location).returned
    assert returned['state'] == expected['state']
    assert returned['scope'] == 'email'


@pytest.mark.parametrize('text', ['s%74ate=x&state=y', 'state=x&stat%65=y', 'redirect%5Furi=https%3A%2F%2Fx.example',
                                  'client%5fid=demo'])
def test_an_encoded_name_is_the_same_name(stack, web, text):
    """RFC6749-3.1-11"""
    with nothing_issued(stack):
        refused_with_page(stack.send('GET', stack.request_of(web) + '&' + text))


@pytest.mark.parametrize('text', ['state=%', 'state=%4', 'state=%zz', 'state=%u0041', '%=x', 'state=%%41', 'state=%00',
                                  'state=%c0%80', 'state=%ff'])
def test_a_malformed_escape_is_refused(stack, web, text):
    """STILE-flow-5"""
    with nothing_issued(stack):
        refused_with_page(stack.send('GET', stack.request_of(web, state=None) + '&' + text))


@pytest.mark.parametrize('endpoint', ['token', 'introspect', 'revoke'])
@pytest.mark.parametrize('body', ['a&' * 1000, 'grant_type=%zz', '%', 'grant_type=x&' * 3],
                         ids=['many', 'zz', 'percent', 'repeated'])
def test_a_body_that_cannot_be_read(stack, web, endpoint, body):
    """RFC6749-5.2-1"""
    refused_with_json(stack.post(f'/oauth/{endpoint}', body, web.headers), 400, 'invalid_request')
