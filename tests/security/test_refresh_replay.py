"""Refresh tokens that are stolen, reused or used simultaneously (RFC 6749 §6, §10.4; RFC 9700 §2.2.2, §4.14)."""
import pytest

from attacker import nothing_issued, refused_with_json
from race import at_once


def refused(stack, client, token, **fields):
    with nothing_issued(stack):
        refused_with_json(stack.refresh(client, token, **fields), 400, 'invalid_grant')


def all_dead(stack, watcher, *answers):
    for answer in answers:
        for kind in ('access_token', 'refresh_token'):
            assert not stack.is_active(watcher, answer[kind]), kind


def test_a_used_token_is_refused_and_ends_the_grant(stack, web, watcher):
    """RFC9700-4.14.2-8"""
    first = stack.tokens(web)
    second = stack.refresh(web, first['refresh_token']).json
    assert stack.is_active(watcher, second['access_token'])
    refused(stack, web, first['refresh_token'])
    all_dead(stack, watcher, first, second)
    refused(stack, web, second['refresh_token'])


def test_the_oldest_of_a_long_chain_ends_it(stack, web, watcher):
    """RFC9700-4.14.2-8"""
    chain = [stack.tokens(web)]
    for _ in range(4):
        chain.append(stack.refresh(web, chain[-1]['refresh_token']).json)
    refused(stack, web, chain[0]['refresh_token'])
    all_dead(stack, watcher, *chain)


def test_the_thief_came_first(stack, web, watcher):
    """RFC9700-4.14.2-8 the client's own use is then detected as reuse, and the attacker's tokens are revoked"""
    stolen = stack.tokens(web)
    thiefs = stack.refresh(web, stolen['refresh_token']).json
    refused(stack, web, stolen['refresh_token'])
    all_dead(stack, watcher, stolen, thiefs)


def test_a_used_token_is_not_active(stack, web, watcher):
    """RFC7662-2.2-3"""
    first = stack.tokens(web)
    stack.refresh(web, first['refresh_token'])
    assert not stack.is_active(watcher, first['refresh_token'])


def test_a_replay_ends_one_grant_and_not_the_users_others(stack, web, watcher):
    """STILE-security-9"""
    untouched, used = stack.tokens(web), stack.tokens(web)
    stack.refresh(web, used['refresh_token'])
    refused(stack, web, used['refresh_token'])
    assert stack.is_active(watcher, untouched['refresh_token'])


def test_another_clients_token(stack, web, other, watcher):
    """RFC6749-6-9"""
    tokens = stack.tokens(web)
    refused(stack, other, tokens['refresh_token'])
    assert stack.is_active(watcher, tokens['refresh_token'])  # another client neither uses it up nor ends it
    assert stack.refresh(web, tokens['refresh_token']).status == 200


def test_another_clients_used_token_ends_nothing(stack, web, other, watcher):
    """STILE-security-9"""
    first = stack.tokens(web)
    second = stack.refresh(web, first['refresh_token']).json
    refused(stack, other, first['refresh_token'])
    assert stack.is_active(watcher, second['refresh_token'])


def test_a_public_clients_token_by_another_public_client(stack, spa):
    """RFC6749-6-9"""
    attacker = stack.client('--public', redirect_uri=spa.redirect_uri)
    tokens = stack.tokens(spa)
    refused(stack, attacker, tokens['refresh_token'])
    assert stack.refresh(spa, tokens['refresh_token']).status == 200


def test_a_public_clients_used_token_ends_its_grant(stack, spa, watcher):
    """RFC9700-4.14.2-8"""
    first = stack.tokens(spa)
    second = stack.refresh(spa, first['refresh_token']).json
    refused(stack, spa, first['refresh_token'])
    all_dead(stack, watcher, first, second)


def test_a_confidential_clients_token_without_its_secret(stack, web):
    """RFC6749-6-14"""
    tokens = stack.tokens(web)
    answer = stack.post('/oauth/token', {'grant_type': 'refresh_token', 'refresh_token': tokens['refresh_token'],
                                         'client_id': web.id})
    refused_with_json(answer, 401, 'invalid_client')
    assert stack.refresh(web, tokens['refresh_token']).status == 200


ALTERED = {
    'other-grant': lambda token, spare: spare[:12] + token[12:],
    'other-selector': lambda token, spare: token[:12] + spare[12:18] + token[18:],
    'other-secret': lambda token, spare: token[:18] + spare[18:],
    'last-character': lambda token, spare: token[:-1] + ('a' if token[-1] != 'a' else 'b'),
    'case-swapped': lambda token, spare: token[:18] + token[18:].swapcase(),
    'shortened': lambda token, spare: token[:-1],
    'cut-to-an-access-token': lambda token, spare: token[:42],
    'lengthened': lambda token, spare: token + 'a',
    'space-after': lambda token, spare: token + ' ',
    'no-secret': lambda token, spare: token[:18],
    'glob': lambda token, spare: token[:18] + '*' * 30,
    'key-of-the-record': lambda token, spare: 'refresh:{%s}%s' % (token[:12], token[12:18]),
    'tag-injected': lambda token, spare: token[:11] + '}' + token[12:],
    'two-tokens': lambda token, spare: f'{token},{spare}',
}


@pytest.mark.parametrize('how', ALTERED)
def test_only_a_complete_token_is_accepted(stack, web, how):
    """RFC6749-6-14"""
    tokens, spare = stack.tokens(web), stack.tokens(web)
    refused(stack, web, ALTERED[how](tokens['refresh_token'], spare['refresh_token']))
    assert stack.refresh(web, tokens['refresh_token']).status == 200
    assert stack.refresh(web, spare['refresh_token']).status == 200


def test_nothing_in_redis_works_as_a_token(stack, web):
    """STILE-security-6"""
    token = stack.tokens(web)['refresh_token']
    digest = stack.redis('HGET', f'refresh:{{{token[:12]}}}{token[12:18]}', 'secret_sha256')
    for guess in (digest, token[:18] + digest, (token[:18] + digest)[:48]):
        assert stack.refresh(web, guess).json['error'] == 'invalid_grant'


def test_an_expired_token(stack, web, watcher):
    """RFC6749-6-14"""
    tokens = stack.tokens(web)
    token = tokens['refresh_token']
    stack.redis('PEXPIRE', f'refresh:{{{token[:12]}}}{token[12:18]}', '0')
    refused(stack, web, token)


def test_beyond_the_absolute_end_of_the_grant(stack, web):
    """ASVS-V10.4.8-1"""
    token = stack.tokens(web)['refresh_token']
    stack.redis('HSET', f'grant:{{{token[:12]}}}', 'expires_at', '1000')
    refused(stack, web, token)


def test_sliding_does_not_move_the_absolute_end(stack, web):
    """ASVS-V10.4.8-1"""
    tokens = stack.tokens(web)
    grant = f'grant:{{{tokens["refresh_token"][:12]}}}'
    ends = stack.redis('HGET', grant, 'expires_at')
    for _ in range(3):
        tokens = stack.refresh(web, tokens['refresh_token']).json
    assert stack.redis('HGET', grant, 'expires_at') == ends
    near = int(stack.redis('TIME').split()[0]) + 20
    stack.redis('HSET', grant, 'expires_at', str(near))
    tokens = stack.refresh(web, tokens['refresh_token']).json
    assert 0 < tokens['expires_in'] <= 20 and 0 < tokens['refresh_token_expires_in'] <= 20


def test_a_removed_clients_token(stack):
    """STILE-security-7"""
    client = stack.client()
    token = stack.tokens(client)['refresh_token']
    stack.admin('client', 'remove', client.id)
    with nothing_issued(stack):
        refused_with_json(stack.refresh(client, token), 401, 'invalid_client')


def test_a_client_of_the_same_name_does_not_inherit_it(stack):
    """STILE-security-7"""
    client = stack.client()
    token = stack.tokens(client)['refresh_token']
    stack.redis('HSET', f'client:{client.id}', 'created_at', '99999999999')  # registered after the grant
    refused(stack, client, token)


def test_a_changed_password_ends_the_grants(stack, web, watcher):
    """STILE-security-8"""
    stack.admin('user', 'add', 'dave', '--password', 'dave')
    tokens, alices = stack.tokens(web, 'dave'), stack.tokens(web, 'alice')
    stack.admin('user', 'set-password', 'dave', '--password', 'another')
    refused(stack, web, tokens['refresh_token'])
    all_dead(stack, watcher, tokens)
    assert stack.is_active(watcher, alices['refresh_token'])


@pytest.mark.parametrize('threads', [2, 8])
def test_of_simultaneous_uses_one_wins_and_the_others_end_it(stack, web, watcher, threads):
    """RFC9700-4.14.2-8"""
    for _ in range(5):
        token = stack.tokens(web)['refresh_token']
        answers = at_once([lambda: stack.refresh(web, token)] * threads)
        won = [answer for answer in answers if answer.status == 200]
        assert len(won) == 1, [str(answer) for answer in answers]
        for answer in answers:
            if answer not in won:
                refused_with_json(answer, 400, 'invalid_grant')
        all_dead(stack, watcher, won[0].json)


def test_a_refresh_at_the_instant_of_a_revocation_leaves_nothing_alive(stack, web, watcher):
    """RFC7009-2.1-7"""
    for _ in range(5):
        tokens = stack.tokens(web)
        refreshed, revoked = at_once([lambda: stack.refresh(web, tokens['refresh_token']),
                                      lambda: stack.revoke(web, tokens['refresh_token'])])
        assert revoked.status == 200
        all_dead(stack, watcher, tokens)
        if refreshed.status == 200:
            all_dead(stack, watcher, refreshed.json)


# With a grace period ------------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def patient(stack):
    return stack.client('--refresh-grace', '60')


def outlive_grace(stack, token):
    """As if it had been used long ago."""
    stack.redis('HSET', f'refresh:{{{token[:12]}}}{token[12:18]}', 'sealed_until', '1000')


def test_within_the_grace_no_second_successor_is_minted(stack, patient):
    """STILE-security-11"""
    token = stack.tokens(patient)['refresh_token']
    first = stack.refresh(patient, token).json
    with nothing_issued(stack):
        again = stack.refresh(patient, token).json
    assert (again['access_token'], again['refresh_token']) == (first['access_token'], first['refresh_token'])


@pytest.mark.parametrize('age', [2, 4])
def test_a_thief_cannot_walk_from_an_old_token_to_the_newest(stack, patient, watcher, age):
    """STILE-grace-1"""
    tokens = [stack.tokens(patient)]
    for _ in range(4):
        tokens.append(stack.refresh(patient, tokens[-1]['refresh_token']).json)
    refused(stack, patient, tokens[-1 - age]['refresh_token'])
    all_dead(stack, watcher, *tokens[-2:])
    refused(stack, patient, tokens[-1]['refresh_token'])


def test_after_the_grace_reuse_ends_the_grant(stack, patient, watcher):
    """RFC9700-4.14.2-8"""
    token = stack.tokens(patient)['refresh_token']
    second = stack.refresh(patient, token).json
    outlive_grace(stack, token)
    refused(stack, patient, token)
    all_dead(stack, watcher, second)


@pytest.mark.parametrize('scope', ['email', 'openid email'])
def test_within_the_grace_another_request_is_a_reuse(stack, patient, watcher, scope):
    """STILE-security-11"""
    token = stack.tokens(patient, scope='openid email')['refresh_token']
    second = stack.refresh(patient, token).json
    refused(stack, patient, token, scope=scope)
    all_dead(stack, watcher, second)


def test_within_the_grace_a_scope_that_the_client_lacks_decides_nothing(stack, patient, watcher):
    """STILE-security-11"""
    token = stack.tokens(patient, scope='openid email')['refresh_token']
    second = stack.refresh(patient, token).json
    refused_with_json(stack.refresh(patient, token, scope='admin'), 400, 'invalid_scope')
    assert stack.is_active(watcher, second['refresh_token'])


def test_within_the_grace_another_client_gets_nothing(stack, patient, other, watcher):
    """RFC6749-6-9"""
    token = stack.tokens(patient)['refresh_token']
    second = stack.refresh(patient, token).json
    refused(stack, other, token)
    assert stack.is_active(watcher, second['refresh_token'])


def test_within_the_grace_a_wrong_secret_gets_nothing(stack, patient):
    """RFC6749-6-14"""
    token = stack.tokens(patient)['refresh_token']
    stack.refresh(patient, token)
    refused(stack, patient, token[:18] + 'a' * 30)


def test_within_the_grace_a_revoked_grant_stays_dead(stack, patient):
    """RFC7009-2.1-7"""
    token = stack.tokens(patient)['refresh_token']
    second = stack.refresh(patient, token).json
    stack.revoke(patient, second['refresh_token'])
    refused(stack, patient, token)


def test_redis_contains_no_usable_token_meanwhile(stack, patient):
    """STILE-security-6"""
    token = stack.tokens(patient)['refresh_token']
    second = stack.refresh(patient, token).json
    record = stack.redis('HGETALL', f'refresh:{{{token[:12]}}}{token[12:18]}')
    for given in (token, second['access_token'], second['refresh_token']):
        assert given[18:] not in record


def test_a_client_without_a_grace_period_cannot_request_one(stack, web):
    """STILE-security-11"""
    token = stack.tokens(web)['refresh_token']
    stack.refresh(web, token)
    refused(stack, web, token, grace='60', refresh_grace='60')
