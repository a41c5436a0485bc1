"""Which client may introspect a token, which may revoke it, and the effects (RFC 7662 §2, §4; RFC 7009 §2; CVE-2016-6582)."""
import pytest

from attacker import VERIFIER, nothing_issued, refused_with_json

INACTIVE = {'active': False}


def test_another_clients_token_is_reported_inactive(stack, web, other):
    """RFC7662-2.2-3"""
    tokens = stack.tokens(web)
    for kind in ('access_token', 'refresh_token'):
        assert stack.introspect(other, tokens[kind]).json == INACTIVE
        assert stack.introspect(web, tokens[kind]).json['active']


def test_a_public_client_may_not_ask(stack, spa):
    """RFC7662-2.1-4 token scanning: a caller that knows a client_id could try tokens"""
    token = stack.tokens(spa)['access_token']
    refused_with_json(stack.introspect(spa, token), 401, 'invalid_client')


def test_a_token_does_not_authenticate_its_bearer_for_introspection(stack, web):
    """RFC7662-2.1-4"""
    token = stack.tokens(web)['access_token']
    answer = stack.post('/oauth/introspect', {'token': token}, {'Authorization': f'Bearer {token}'})
    refused_with_json(answer, 401, 'invalid_client')


UNKNOWN = {
    'nothing-like-it': 'x', 'as-long': 'a' * 42, 'as-long-as-a-refresh-token': 'a' * 48, 'space': ' ', 'glob': '*' * 42,
    'nul-free-rubbish': '%$#@!', 'key': 'access:{aaaaaaaaaaaa}aaaaaa', 'json': '{"active":true}', 'jwt-like': 'a.b.c',
    'dots': '...', 'path': '../../x', 'sql': "' OR 1=1", 'longest': 'a' * 8192,
}


@pytest.mark.parametrize('how', UNKNOWN)
def test_a_malformed_token_gets_the_same_response_as_an_expired_one(stack, watcher, how):
    """RFC7662-2.2-3"""
    assert stack.introspect(watcher, UNKNOWN[how]).json == INACTIVE
    answer = stack.revoke(watcher, UNKNOWN[how])  # RFC 7009 §2.2
    assert (answer.status, answer.body) == (200, '{}')


def endings(stack, web):
    """Tokens that are no longer valid, each for another reason."""
    used = stack.tokens(web)
    stack.refresh(web, used['refresh_token'])
    revoked, expired, dead, late = (stack.tokens(web) for _ in range(4))
    stack.revoke(web, revoked['access_token'])
    token = expired['access_token']
    stack.redis('PEXPIRE', f'access:{{{token[:12]}}}{token[12:18]}', '0')
    stack.redis('DEL', f'grant:{{{dead["access_token"][:12]}}}')
    stack.revoke(web, late['refresh_token'])
    return {'used': used['refresh_token'], 'revoked': revoked['access_token'], 'expired': token,
            'grant-ended': dead['access_token'], 'refresh-of-it': dead['refresh_token'],
            'by-its-refresh-token': late['access_token']}


def test_all_ends_look_alike(stack, web, watcher):
    """RFC7662-2.2-3"""
    for caller in (watcher, web):
        for how, token in endings(stack, web).items():
            answer = stack.introspect(caller, token)
            assert (answer.status, answer.body) == (200, '{"active":false}'), how


def test_a_resource_server_may_introspect_and_not_revoke(stack, web, watcher):
    """RFC7009-2.1-5"""
    tokens = stack.tokens(web)
    for kind in ('access_token', 'refresh_token'):
        assert stack.is_active(watcher, tokens[kind])
        refused_with_json(stack.revoke(watcher, tokens[kind]), 400, 'invalid_request')
        assert stack.is_active(watcher, tokens[kind])
    refused_with_json(stack.refresh(watcher, tokens['refresh_token']), 400, 'unauthorized_client')


@pytest.mark.parametrize('kind', ['access_token', 'refresh_token'])
def test_another_clients_token_is_not_revoked(stack, web, other, watcher, kind):
    """RFC7009-2.1-5"""
    tokens = stack.tokens(web)
    refused_with_json(stack.revoke(other, tokens[kind]), 400, 'invalid_request')
    assert stack.is_active(watcher, tokens['access_token'])
    assert stack.is_active(watcher, tokens['refresh_token'])


@pytest.mark.parametrize('kind', ['access_token', 'refresh_token'])
def test_a_public_clients_token_is_not_revoked_by_another_name(stack, spa, watcher, kind):
    """RFC7009-2.1-5"""
    tokens = stack.tokens(spa)
    stranger = stack.client('--public', redirect_uri=spa.redirect_uri)
    refused_with_json(stack.revoke(stranger, tokens[kind]), 400, 'invalid_request')
    assert stack.is_active(watcher, tokens[kind])


def test_a_used_token_of_another_client_ends_nothing(stack, web, other, watcher):
    """RFC7009-2.1-5"""
    first = stack.tokens(web)
    second = stack.refresh(web, first['refresh_token']).json
    refused_with_json(stack.revoke(other, first['refresh_token']), 400, 'invalid_request')
    assert stack.is_active(watcher, second['refresh_token'])


@pytest.mark.parametrize('client', ['confidential', 'public', 'signed'])
def test_revoked_means_gone(stack, web, spa, watcher, client):
    """CVE-2016-6582 revocation answered 200 and revoked nothing for public clients"""
    client = {'confidential': web, 'public': spa}.get(client) or stack.client('--access-token-alg', 'ES256')
    tokens = stack.tokens(client)
    assert stack.revoke(client, tokens['access_token']).status == 200
    assert not stack.is_active(watcher, tokens['access_token'])
    assert stack.is_active(watcher, tokens['refresh_token'])
    assert stack.revoke(client, tokens['refresh_token']).status == 200
    assert not stack.is_active(watcher, tokens['refresh_token'])
    with nothing_issued(stack):
        refused_with_json(stack.refresh(client, tokens['refresh_token']), 400, 'invalid_grant')


def test_a_refresh_token_takes_every_access_token_with_it(stack, web, watcher):
    """RFC7009-2.1-7"""
    first = stack.tokens(web)
    second = stack.refresh(web, first['refresh_token']).json
    third = stack.refresh(web, second['refresh_token']).json
    stack.revoke(web, third['refresh_token'])
    for tokens in (first, second, third):
        assert not stack.is_active(watcher, tokens['access_token'])
        assert stack.call_api(tokens['access_token']).status == 401


def test_a_used_refresh_token_takes_its_grant_with_it(stack, web, watcher):
    """RFC7009-2.1-7"""
    first = stack.tokens(web)
    second = stack.refresh(web, first['refresh_token']).json
    assert stack.revoke(web, first['refresh_token']).status == 200
    assert not stack.is_active(watcher, second['access_token'])
    with nothing_issued(stack):
        refused_with_json(stack.refresh(web, second['refresh_token']), 400, 'invalid_grant')


@pytest.mark.parametrize('hint', ['access_token', 'refresh_token', 'id_token', 'nonsense', ''])
def test_a_wrong_hint_does_not_save_a_token(stack, web, watcher, hint):
    """RFC7009-2.1-3"""
    for kind in ('access_token', 'refresh_token'):
        tokens = stack.tokens(web)
        assert stack.revoke(web, tokens[kind], token_type_hint=hint).status == 200
        assert not stack.is_active(watcher, tokens[kind])


@pytest.mark.parametrize('how', ['secret', 'selector', 'grant-id'])
def test_a_guess_at_a_token_revokes_nothing(stack, web, watcher, how):
    """STILE-security-9 the key of a record is not secret: revoking needs the rest of the token"""
    tokens = stack.tokens(web)
    for kind, length in (('access_token', 42), ('refresh_token', 48)):
        token = tokens[kind]
        guess = {'secret': token[:18] + 'a' * (length - 18), 'selector': token[:12] + 'aaaaaa' + token[18:],
                 'grant-id': 'a' * 12 + token[12:]}[how]
        assert stack.revoke(web, guess).status == 200
        assert stack.is_active(watcher, token)


def test_a_revocation_takes_effect_at_once(stack, web, watcher):
    """STILE-security-27 "active" is not cached: it is requested just before and just after the revocation"""
    for _ in range(5):
        token = stack.tokens(web)['access_token']
        assert stack.is_active(watcher, token) and stack.call_api(token).status == 200
        stack.revoke(web, token)
        assert not stack.is_active(watcher, token)
        assert stack.call_api(token).status == 401


def test_introspection_tells_neither_secret_nor_digest(stack, web, watcher):
    """STILE-security-6"""
    tokens = stack.tokens(web)
    for kind in ('access_token', 'refresh_token'):
        answer = stack.introspect(watcher, tokens[kind])
        assert set(answer.json) <= {'active', 'scope', 'client_id', 'username', 'token_type', 'exp', 'iat', 'sub',
                                    'aud', 'iss'}
        assert tokens[kind][18:] not in answer.body


def test_introspection_is_about_the_user_of_the_grant(stack, spa, watcher):
    """STILE-security-5"""
    code = stack.code(spa, 'bob')
    stack.browser('alice')
    token = stack.redeem(spa, code, code_verifier=VERIFIER).json['access_token']
    assert stack.introspect(watcher, token).json['username'] == 'bob'
