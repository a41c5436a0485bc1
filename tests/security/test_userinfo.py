"""The claims returned about a user, to which client, and attempts to get more (OpenID Connect Core §5.3, §16; RFC 6750 §5)."""
import pytest

from attacker import encode, nothing_issued, refused_by_nginx, refused_by_userinfo
from forge import take_apart
from test_content_type import TYPES, body_of
from test_introspection_and_revocation import UNKNOWN, endings
from test_parameter_pollution import PAIRS, pollute
from test_token_confusion import HEADERS, MIXED
from test_verbs import UNSAFE, allowed

BARE = 'Bearer realm="stile"'


@pytest.fixture(scope='module', autouse=True)
def profile(stack):
    stack.redis('HSET', 'profile:alice', 'email', '"alice@example.com"', 'phone_number', '"+49 30 1"', 'admin', 'true')
    yield
    stack.redis('DEL', 'profile:alice')


@pytest.fixture(scope='module')
def token(stack, web):
    token = stack.tokens(web, scope='openid email')['access_token']
    assert stack.userinfo(token).json == {'sub': 'alice', 'email': 'alice@example.com'}
    return token


def tells_nothing(answer):
    assert (answer.status, answer.body, answer.header('www-authenticate')) == (401, '', BARE), answer


# How it is asked ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('method', [method for method in UNSAFE if method.isupper() and method != 'OPTIONS'])
def test_other_methods(stack, token, method):
    """OIDC-5.3.1-1"""
    answer = stack.send(method, '/oauth/userinfo', None if method == 'HEAD' else encode({'access_token': token}),
                        {'Authorization': f'Bearer {token}'})
    assert (answer.status, allowed(answer)) == (405, ['GET', 'POST', 'OPTIONS'])
    assert 'alice' not in answer.body


def test_the_question_of_a_browser_is_answered_without_a_look_at_the_token(stack, token):
    """OIDC-5.3-1"""
    answer = stack.send('OPTIONS', '/oauth/userinfo', headers={'Authorization': f'Bearer {token}'})
    assert (answer.status, answer.body) == (204, '')
    assert answer.header('access-control-allow-credentials') is None


@pytest.mark.parametrize('where', ['query', 'query-of-a-post', 'other-header', 'cookie', 'basic-password', 'get-body',
                                   'other-name', 'capital-name'])
def test_a_token_in_another_place_is_ignored(stack, token, where):
    """RFC6750-3.1-1"""
    ask = {'query': lambda: stack.send('GET', f'/oauth/userinfo?access_token={token}'),
           'query-of-a-post': lambda: stack.send('POST', f'/oauth/userinfo?access_token={token}', b'x=y'),
           'other-header': lambda: stack.send('GET', '/oauth/userinfo', headers={'X-Access-Token': token}),
           'cookie': lambda: stack.send('GET', '/oauth/userinfo', headers={'Cookie': f'access_token={token}'}),
           'basic-password': lambda: stack.send('GET', '/oauth/userinfo', headers={'Authorization': f'Basic {token}'}),
           'get-body': lambda: stack.send('GET', '/oauth/userinfo', encode({'access_token': token})),
           'other-name': lambda: stack.post('/oauth/userinfo', {'token': token}),
           'capital-name': lambda: stack.post('/oauth/userinfo', {'ACCESS_TOKEN': token})}[where]
    tells_nothing(ask())


@pytest.mark.parametrize('form', HEADERS)
def test_a_bearer_header_has_one_form(stack, token, form):
    """RFC6750-2.1-1"""
    answer = stack.send('GET', '/oauth/userinfo', headers={'Authorization': form.replace('{}', token)})
    # RFC 9110 §5.5: spaces around a header's value are not part of it.
    assert answer.status == (200 if form == 'Bearer {} ' else 401), answer


@pytest.mark.parametrize('order', [0, 1])
def test_two_bearer_headers(stack, token, order):
    """RFC6750-2-1"""
    pair = [f'Bearer {token}', 'Bearer x'][::1 if order else -1]
    refused_by_nginx(stack.send('GET', '/oauth/userinfo', headers=[('Authorization', value) for value in pair]))


@pytest.mark.parametrize('how', PAIRS)
def test_two_tokens_in_the_body(stack, token, how):
    """RFC6750-2-1"""
    body = encode(pollute({'access_token': token}, 'access_token', how))
    refused_by_userinfo(stack.post('/oauth/userinfo', body), 400, 'invalid_request')


@pytest.mark.parametrize('in_body', ['same', 'other', 'nonsense'])
def test_a_token_in_the_header_and_one_in_the_body(stack, web, token, in_body):
    """RFC6750-2-1"""
    other = {'same': token, 'other': stack.tokens(web, 'bob', scope='openid')['access_token'], 'nonsense': 'x'}[in_body]
    for one, two in ((token, other), (other, token)):
        answer = stack.post('/oauth/userinfo', {'access_token': one}, {'Authorization': f'Bearer {two}'})
        refused_by_userinfo(answer, 400, 'invalid_request')


@pytest.mark.parametrize('how', TYPES)
def test_a_body_of_another_type(stack, token, how):
    """RFC6750-2-1"""
    answer = stack.send('POST', '/oauth/userinfo', body_of({'access_token': token}, how), {'Content-Type': TYPES[how]})
    refused_by_userinfo(answer, 400, 'invalid_request')


@pytest.mark.parametrize('body', ['a&' * 1000, 'access_token=%zz', '%', 'access_token=%00', 'access_token=TOKEN%00',
                                  'access_token=TOKEN%0a', 'access_token=%ff', 'access_token=' + 'a' * 8193])
def test_a_body_that_cannot_be_read(stack, token, body):
    """STILE-userinfo-10"""
    refused_by_userinfo(stack.post('/oauth/userinfo', body.replace('TOKEN', token)), 400, 'invalid_request')


def test_too_much(stack):
    """STILE-userinfo-10"""
    answer = stack.send('POST', '/oauth/userinfo', b'x', {'Content-Length': '70000'})
    assert (answer.status, answer.json['error']) == (400, 'invalid_request')
    refused_by_nginx(stack.userinfo('a' * 40_000))
    refused_by_userinfo(stack.userinfo('a' * 7_000), 401, 'invalid_token')
    refused_by_userinfo(stack.userinfo('a' * 3_000 + '.' + 'a' * 3_000 + '.a'), 401, 'invalid_token')


# Which tokens -------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize('how', [how for how in UNKNOWN if how not in ('space', 'longest')])
def test_malformed_token(stack, how):
    """RFC6750-3.1-3"""
    refused_by_userinfo(stack.userinfo(UNKNOWN[how]), 401, 'invalid_token')
    refused_by_userinfo(stack.post('/oauth/userinfo', {'access_token': UNKNOWN[how]}), 401, 'invalid_token')


def test_all_ends_look_alike(stack, web):
    """RFC6750-3.1-3"""
    never = stack.userinfo('a' * 42)
    for how, token in endings(stack, web).items():
        answer = stack.userinfo(token)
        refused_by_userinfo(answer, 401, 'invalid_token')
        assert answer.body == never.body, how


def test_another_kind_of_token(stack, web):
    """STILE-security-14"""
    code = stack.code(web, scope='openid')
    refused_by_userinfo(stack.userinfo(code), 401, 'invalid_token')
    tokens = stack.redeem(web, code).json
    assert stack.userinfo(tokens['access_token']).json == {'sub': 'alice'}
    for other in (tokens['refresh_token'], tokens['refresh_token'][:42], tokens['id_token']):
        refused_by_userinfo(stack.userinfo(other), 401, 'invalid_token')
    assert stack.refresh(web, tokens['refresh_token']).status == 200  # the request used nothing up


@pytest.mark.parametrize('how', [how for how in MIXED if how.startswith('access')])
def test_two_tokens_make_no_third(stack, web, how):
    """RFC6750-3.1-3"""
    _, at = MIXED[how]
    one, two = (stack.tokens(web, user, scope='openid')['access_token'] for user in ('alice', 'bob'))
    for mixed in (one[:at] + two[at:], two[:at] + one[at:]):
        refused_by_userinfo(stack.userinfo(mixed), 401, 'invalid_token')


def test_a_jti_is_no_token(stack):
    """STILE-security-26"""
    client = stack.client('--access-token-alg', 'ES256')
    token = stack.tokens(client, scope='openid')['access_token']
    assert stack.userinfo(token).json == {'sub': 'alice'}
    token_id = take_apart(token)[1]['jti']
    for guess in (token_id, token_id + 'a' * 24, token_id + '\0' * 24):
        assert stack.userinfo(guess).status in (400, 401)


# Whose claims, and which --------------------------------------------------------------------------------------------

def test_userinfo_is_about_the_user_of_the_grant(stack, spa):
    """STILE-security-5"""
    token = stack.tokens(spa, 'bob', scope='openid email')['access_token']
    browser = stack.browser('alice')
    answer = browser.send('GET', '/oauth/userinfo', headers={'Authorization': f'Bearer {token}'})
    assert answer.json == {'sub': 'bob'}
    tells_nothing(browser.send('GET', '/oauth/userinfo'))


WISHES = ['scope=openid+email+phone', 'claims=%7B%22userinfo%22%3A%7B%22phone_number%22%3Anull%7D%7D', 'sub=bob',
          'client_id=demo', 'user=bob', 'fields=phone_number']


@pytest.mark.parametrize('wish', WISHES)
def test_nothing_that_is_asked_here_adds_to_what_was_agreed(stack, token, wish):
    """STILE-userinfo-2"""
    allowed_claims = {'sub': 'alice', 'email': 'alice@example.com'}
    header = {'Authorization': f'Bearer {token}'}
    assert stack.send('GET', f'/oauth/userinfo?{wish}', headers=header).json == allowed_claims
    assert stack.post('/oauth/userinfo', wish, header).json == allowed_claims
    assert stack.post('/oauth/userinfo', f'access_token={token}&{wish}').json == allowed_claims


def test_a_custom_claim_requires_the_scope_of_its_name(stack, web, token):
    """STILE-userinfo-2 other claims of a user are returned only to a client with their scope"""
    assert 'admin' not in stack.userinfo(token).json
    everything = stack.tokens(web, scope='openid profile email')['access_token']
    assert set(stack.userinfo(everything).json) == {'sub', 'preferred_username', 'email'}


def test_a_record_does_not_speak_for_the_protocol(stack, token):
    """OIDC-5.3.2-1 whatever a record contains under these names"""
    stack.redis('HSET', 'profile:alice', 'sub', '"bob"', 'iss', '"https://attacker.example"', 'aud', '"other"')
    try:
        assert stack.userinfo(token).json == {'sub': 'alice', 'email': 'alice@example.com'}
    finally:
        stack.redis('HDEL', 'profile:alice', 'sub', 'iss', 'aud')


@pytest.mark.parametrize('text', ['', 'alice@example.com', '"torn', '{"a":', 'null', '"a" "b"', 'NaN', '""'])
def test_a_broken_record_breaks_no_answer(stack, token, text):
    """OIDC-5.3.2-2"""
    stack.redis('HSET', 'profile:alice', 'email', text)
    try:
        assert stack.userinfo(token).json == {'sub': 'alice'}
    finally:
        stack.redis('HSET', 'profile:alice', 'email', '"alice@example.com"')


def test_markup_in_a_claim_stays_text(stack, token):
    """OIDC-5.3.2-1"""
    stack.redis('HSET', 'profile:alice', 'email', '"</script><script>alert(1)</script>\\r\\nSet-Cookie: a=b"')
    try:
        answer = stack.userinfo(token)
        assert answer.json['email'] == '</script><script>alert(1)</script>\r\nSet-Cookie: a=b'
        assert answer.header('content-type') == 'application/json' and answer.header('set-cookie') is None
        assert answer.header('x-content-type-options') == 'nosniff'
    finally:
        stack.redis('HSET', 'profile:alice', 'email', '"alice@example.com"')


def test_asking_leaves_nothing(stack, token):
    """STILE-userinfo-4"""
    with nothing_issued(stack):
        for _ in range(3):
            assert stack.userinfo(token).status == 200
            assert stack.userinfo('a' * 42).status == 401


def test_userinfo_about_a_removed_user(stack, web):
    """STILE-userinfo-7"""
    stack.admin('user', 'add', 'gone', '--subject', 'gone', '--password', 'gone')
    token = stack.tokens(web, 'gone', scope='openid')['access_token']
    assert stack.userinfo(token).json == {'sub': 'gone'}
    stack.admin('user', 'remove', 'gone')
    refused_by_userinfo(stack.userinfo(token), 401, 'invalid_token')
