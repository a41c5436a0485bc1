"""Codes of others: injected, substituted, guessed, read from Redis (RFC 9700 §4.5). Each check refuses independently."""
import pytest

from attacker import VERIFIER, challenge_of, nothing_issued, refused_with_json

OTHER_VERIFIER = 'the-verifier-of-the-attackers-own-login-attempt-0'


def test_another_clients_code(stack, web, other):
    """RFC6749-4.1.3-14"""
    code = stack.code(web)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(other, code), 400, 'invalid_grant')
    assert stack.redeem(web, code).status == 200


def test_another_clients_code_by_a_public_client(stack, web, spa):
    """RFC6749-4.1.3-14"""
    code = stack.code(web)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(spa, code, redirect_uri=web.redirect_uri), 400, 'invalid_grant')
        refused_with_json(stack.redeem(spa, code, redirect_uri=web.redirect_uri, code_verifier=VERIFIER), 400,
                          'invalid_grant')


def test_a_public_clients_code_by_another_public_client_that_knows_the_verifier(stack, spa):
    """RFC6749-4.1.3-14"""
    attacker = stack.client('--public', redirect_uri=spa.redirect_uri)
    code = stack.code(spa)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(attacker, code, code_verifier=VERIFIER), 400, 'invalid_grant')
    assert stack.redeem(spa, code, code_verifier=VERIFIER).status == 200


def test_a_public_clients_code_by_a_confidential_one(stack, spa, web):
    """RFC6749-4.1.3-14"""
    code = stack.code(spa)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, code, redirect_uri=spa.redirect_uri, code_verifier=VERIFIER), 400,
                          'invalid_grant')


def test_the_code_without_any_client(stack, web):
    """RFC6749-4.1.3-14"""
    code = stack.code(web)
    with nothing_issued(stack):
        refused_with_json(stack.post('/oauth/token', {'grant_type': 'authorization_code', 'code': code,
                                                      'redirect_uri': web.redirect_uri}), 401, 'invalid_client')


def test_the_code_with_only_the_client_id(stack, web):
    """RFC6749-4.1.3-14"""
    code = stack.code(web)
    with nothing_issued(stack):
        refused_with_json(stack.post('/oauth/token', {'grant_type': 'authorization_code', 'code': code,
                                                      'client_id': web.id, 'redirect_uri': web.redirect_uri}),
                          401, 'invalid_client')


def test_a_stolen_code_in_the_attackers_login(stack):
    """RFC9700-2.1.1-12 the victim's code, injected into the attacker's session at the same client (RFC 9700 §4.5)"""
    client = stack.client('--require-pkce')
    pkce = {'code_challenge_method': 'S256'}
    stolen = stack.code(client, 'alice', code_challenge=challenge_of(VERIFIER), **pkce)
    stack.code(client, 'bob', code_challenge=challenge_of(OTHER_VERIFIER), **pkce)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(client, stolen, code_verifier=OTHER_VERIFIER), 400, 'invalid_grant')
    assert stack.redeem(client, stolen, code_verifier=VERIFIER).status == 200


def test_a_code_that_a_counterfeit_address_received(stack):
    """RFC6749-4.1.3-14 a code sent to another registered address of the client (RFC 9700 §4.5.3.1)"""
    client = stack.client('--redirect-uri', 'https://client.example/second')
    code = stack.code(client, redirect_uri='https://client.example/second')
    with nothing_issued(stack):
        refused_with_json(stack.redeem(client, code), 400, 'invalid_grant')


def test_a_code_belongs_to_the_user_who_approved(stack, web, watcher):
    """STILE-security-5"""
    alices, bobs = stack.code(web, 'alice'), stack.code(web, 'bob')
    for code, user in ((bobs, 'bob'), (alices, 'alice')):
        token = stack.redeem(web, code, sub='admin', username='admin', user='admin').json['access_token']
        assert stack.introspect(watcher, token).json['sub'] == user


ALTERED = {
    'other-grant-id': lambda code, spare: spare[:12] + code[12:],
    'other-selector': lambda code, spare: code[:12] + spare[12:18] + code[18:],
    'other-secret': lambda code, spare: code[:18] + spare[18:],
    'last-character': lambda code, spare: code[:-1] + ('a' if code[-1] != 'a' else 'b'),
    'first-of-the-secret': lambda code, spare: code[:18] + ('a' if code[18] != 'a' else 'b') + code[19:],
    'case-swapped': lambda code, spare: code[:18] + code[18:].swapcase(),
    'shortened': lambda code, spare: code[:-1],
    'lengthened': lambda code, spare: code + 'a',
    'as-long-as-a-refresh-token': lambda code, spare: code + 'a' * 6,
    'reversed': lambda code, spare: code[::-1],
    'no-secret': lambda code, spare: code[:18],
    'zeros-as-secret': lambda code, spare: code[:18] + '0' * 24,
    'nul-after': lambda code, spare: code + '\0',
    'nul-for-the-secret': lambda code, spare: code[:18] + '\0' * 24,
    'space-after': lambda code, spare: code + ' ',
    'space-before': lambda code, spare: ' ' + code,
    'newline-after': lambda code, spare: code + '\n',
    'tab-inside': lambda code, spare: code[:18] + '\t' + code[19:],
    'wildcard-secret': lambda code, spare: code[:18] + '*' * 24,
    'glob': lambda code, spare: '*',
    'key-of-the-record': lambda code, spare: 'code:{%s}%s' % (code[:12], code[12:18]),
    'tag-injected': lambda code, spare: '}' + code[1:],
    'full-width-letter': lambda code, spare: '\uff21' + code[1:],
    'json': lambda code, spare: f'{{"code":"{code}"}}',
    'encoded-twice': lambda code, spare: '%' + code[0].encode().hex() + code[1:],
    'quoted': lambda code, spare: f'"{code}"',
    'two-codes': lambda code, spare: f'{code} {spare}',
    'huge': lambda code, spare: code * 100,
}


@pytest.mark.parametrize('how', ALTERED)
def test_only_a_complete_code_is_accepted(stack, web, how):
    """RFC6749-4.1.3-13"""
    code, spare = stack.code(web), stack.code(web)
    answer = stack.redeem(web, ALTERED[how](code, spare))
    # A text with other characters than a code, or longer than any, is refused as a parameter.
    error = 'invalid_request' if how in ('nul-after', 'nul-for-the-secret', 'newline-after', 'tab-inside',
                                         'full-width-letter', 'huge') else 'invalid_grant'
    with nothing_issued(stack):
        refused_with_json(answer, 400, error)
    assert stack.redeem(web, code).status == 200  # the right client can still use it
    assert stack.redeem(web, spare).status == 200


@pytest.mark.parametrize('field', ['secret_sha256', 'client_id', 'sub', 'redirect_uri'])
def test_nothing_in_redis_works_as_a_code(stack, web, field):
    """STILE-security-6"""
    code = stack.code(web)
    shown = stack.redis('HGET', f'code:{{{code[:12]}}}{code[12:18]}', field)
    assert shown
    for guess in (shown, code[:18] + shown, (code[:18] + shown)[:42]):
        answer = stack.redeem(web, guess)
        assert (answer.status, answer.json['error']) == (400, 'invalid_grant')
    assert stack.redeem(web, code).status == 200


def test_the_name_of_the_parked_request_tells_nothing_of_its_code(stack, web):
    """STILE-security-6"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    code = browser.approve(target).returned['code']
    request_id = target.rpartition('=')[2]
    secret = browser.cookies[f'stile_request_{request_id}']
    assert code.startswith(request_id)
    assert secret not in code
    assert code[18:] not in stack.redis('HGETALL', f'request:{{{request_id}}}')
    refused_with_json(stack.redeem(web, request_id + 'a' * 6 + secret), 400, 'invalid_grant')


@pytest.mark.parametrize('name', ['code[]', 'Code', 'CODE', 'code%00', 'authorization_code', 'code '])
def test_a_look_alike_name_carries_no_code(stack, web, name):
    """RFC6749-3.1-10"""
    code = stack.code(web)
    body = f'grant_type=authorization_code&redirect_uri={web.redirect_uri}&{name}={code}'
    refused_with_json(stack.post('/oauth/token', body, web.headers), 400, 'invalid_request')


@pytest.mark.parametrize('name,value', [('client_id', ''), ('code', ''), ('grant_type', ''), ('redirect_uri', '')])
def test_an_empty_parameter_is_an_absent_one(stack, web, name, value):
    """RFC6749-3.1-9"""
    expected = {'client_id': (200, None), 'code': (400, 'invalid_request'), 'grant_type': (400, 'invalid_request'),
                'redirect_uri': (400, 'invalid_grant')}
    answer = stack.redeem(web, **{'code': stack.code(web)} | {name: value})
    assert (answer.status, answer.json.get('error')) == expected[name]


def test_a_client_of_the_same_name_does_not_inherit_a_code(stack):
    """STILE-security-7"""
    client = stack.client()
    code = stack.code(client)
    stack.admin('client', 'remove', client.id)
    stack.admin('client', 'add', '--id', client.id, '--secret', 'password', '--redirect-uri', client.redirect_uri)
    client.secret = 'password'
    with nothing_issued(stack):
        refused_with_json(stack.redeem(client, code), 400, 'invalid_grant')


def test_a_code_of_a_removed_user(stack, web):
    """STILE-security-8"""
    stack.admin('user', 'add', 'mallory', '--password', 'mallory')
    code = stack.code(web, 'mallory')
    stack.admin('user', 'remove', 'mallory')
    stack.sessions.pop('mallory')
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, code), 400, 'invalid_grant')


def test_a_code_from_before_a_change_of_password(stack, web):
    """STILE-security-8"""
    stack.admin('user', 'add', 'carol', '--password', 'carol')
    code = stack.code(web, 'carol')
    stack.admin('user', 'set-password', 'carol', '--password', 'another')
    stack.sessions.pop('carol')
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, code), 400, 'invalid_grant')


def test_a_code_of_an_approved_request_is_not_shown_to_another_browser(stack, web):
    """STILE-flow-11"""
    victim, attacker = stack.browser('alice'), stack.browser('bob')
    target = victim.begin(web)
    victim.approve(target)
    answer = attacker.get(target)
    assert (answer.status, answer.location) == (400, None)
