"""Codes that are used again, one after the other and simultaneously (RFC 6749 §4.1.2, RFC 9700 §4.5)."""
import pytest

from attacker import VERIFIER, nothing_issued, refused_with_json
from race import at_once


def replayed(stack, client, code, **fields):
    refused_with_json(stack.redeem(client, code, **fields), 400, 'invalid_grant')


def test_a_replay_is_refused_and_revokes_the_issued_tokens(stack, web, watcher):
    """RFC6749-4.1.2-7"""
    code = stack.code(web)
    tokens = stack.redeem(web, code).json
    assert stack.is_active(watcher, tokens['access_token'])
    with nothing_issued(stack):
        replayed(stack, web, code)
    assert not stack.is_active(watcher, tokens['access_token'])
    assert not stack.is_active(watcher, tokens['refresh_token'])
    assert stack.call_api(tokens['access_token']).status == 401
    with nothing_issued(stack):
        refused_with_json(stack.refresh(web, tokens['refresh_token']), 400, 'invalid_grant')


def test_a_replay_revokes_tokens_of_refreshes_meanwhile(stack, web, watcher):
    """RFC6749-4.1.2-7"""
    code = stack.code(web)
    first = stack.redeem(web, code).json
    second = stack.refresh(web, first['refresh_token']).json
    third = stack.refresh(web, second['refresh_token']).json
    replayed(stack, web, code)
    for tokens in (first, second, third):
        for kind in ('access_token', 'refresh_token'):
            assert not stack.is_active(watcher, tokens[kind])


def test_a_replay_ends_a_public_clients_tokens(stack, spa, watcher):
    """RFC6749-4.1.2-7"""
    code = stack.code(spa)
    tokens = stack.redeem(spa, code, code_verifier=VERIFIER).json
    with nothing_issued(stack):
        replayed(stack, spa, code, code_verifier=VERIFIER)
    assert not stack.is_active(watcher, tokens['access_token'])


def test_a_third_use_is_refused_like_the_second(stack, web):
    """RFC6749-4.1.2-6"""
    code = stack.code(web)
    assert stack.redeem(web, code).status == 200
    for _ in range(3):
        with nothing_issued(stack):
            replayed(stack, web, code)


FOREIGN = {
    'another-client': lambda stack, web, other, code: replayed(stack, other, code),
    'another-address': lambda stack, web, other, code: replayed(stack, web, code, redirect_uri='https://client.example/'),
    'no-address': lambda stack, web, other, code: replayed(stack, web, code, redirect_uri=None),
    'a-verifier': lambda stack, web, other, code: replayed(stack, web, code, code_verifier=VERIFIER),
    'another-secret': lambda stack, web, other, code: replayed(stack, web, code[:18] + 'a' * 24),
    'no-client': lambda stack, web, other, code: refused_with_json(
        stack.post('/oauth/token', {'grant_type': 'authorization_code', 'code': code, 'client_id': web.id}), 401,
        'invalid_client'),
}


@pytest.mark.parametrize('who', FOREIGN)
def test_a_caller_that_cannot_redeem_cannot_revoke_by_a_replay(stack, web, other, watcher, who):
    """STILE-security-9"""
    code = stack.code(web)
    tokens = stack.redeem(web, code).json
    with nothing_issued(stack):
        FOREIGN[who](stack, web, other, code)
    assert stack.is_active(watcher, tokens['access_token'])
    assert stack.is_active(watcher, tokens['refresh_token'])


def test_a_replay_after_the_tokens_were_revoked_gives_nothing(stack, web):
    """RFC6749-4.1.2-6"""
    code = stack.code(web)
    tokens = stack.redeem(web, code).json
    stack.revoke(web, tokens['refresh_token'])
    with nothing_issued(stack):
        replayed(stack, web, code)


def test_a_replay_ends_one_grant_and_not_the_clients_others(stack, web, watcher):
    """STILE-security-9"""
    alices, bobs, code = stack.tokens(web, 'alice'), stack.tokens(web, 'bob'), stack.code(web, 'alice')
    stack.redeem(web, code)
    replayed(stack, web, code)
    assert stack.is_active(watcher, alices['access_token'])
    assert stack.is_active(watcher, bobs['access_token'])


def test_the_tombstone_outlives_no_token_that_the_code_could_have_issued(stack, web):
    """STILE-security-10 until the code expires its replay is detected; afterwards the code is unknown"""
    code = stack.code(web)
    key = f'code:{{{code[:12]}}}{code[12:18]}'
    lives = int(stack.redis('TTL', key))
    stack.redeem(web, code)
    assert stack.redis('HGET', key, 'used_at').isdigit()
    assert lives - 5 <= int(stack.redis('TTL', key)) <= lives
    stack.redis('DEL', key)
    with nothing_issued(stack):
        replayed(stack, web, code)


def test_an_expired_code(stack, web):
    """RFC6749-4.1.2-4"""
    code = stack.code(web)
    stack.redis('PEXPIRE', f'code:{{{code[:12]}}}{code[12:18]}', '0')
    with nothing_issued(stack):
        replayed(stack, web, code)


def test_a_code_after_the_absolute_end_of_its_grant(stack, web):
    """ASVS-V10.4.8-1"""
    code = stack.code(web)
    stack.redis('HSET', f'grant:{{{code[:12]}}}', 'expires_at', '1000')
    replayed(stack, web, code)


@pytest.mark.parametrize('threads', [2, 8])
def test_of_simultaneous_uses_one_wins_and_the_others_end_it(stack, web, watcher, threads):
    """RFC6749-4.1.2-7"""
    for _ in range(5):
        code = stack.code(web)
        answers = at_once([lambda: stack.redeem(web, code)] * threads)
        won = [answer for answer in answers if answer.status == 200]
        assert len(won) == 1, [str(answer) for answer in answers]
        for answer in answers:
            if answer not in won:
                refused_with_json(answer, 400, 'invalid_grant')
        assert not stack.is_active(watcher, won[0].json['access_token'])
        assert not stack.is_active(watcher, won[0].json['refresh_token'])


def test_of_simultaneous_uses_only_the_clients_succeeds(stack, web, other, watcher):
    """RFC6749-4.1.3-14"""
    for _ in range(5):
        code = stack.code(web)
        answers = at_once([lambda: stack.redeem(other, code), lambda: stack.redeem(web, code)] * 2)
        assert [answer.status for answer in answers[0::2]] == [400, 400]
        assert sorted(answer.status for answer in answers[1::2]) == [200, 400]


def test_an_approval_that_is_sent_twice_gives_one_code(stack, web):
    """STILE-flow-23"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    fields = {'csrf_token': browser.get(target).csrf_token, 'approval': '1'}
    codes = {answer.returned['code'] for answer in at_once([lambda: browser.post(target, fields)] * 4)}
    assert len(codes) == 1
    assert stack.redeem(web, codes.pop()).status == 200
    with nothing_issued(stack):
        answer = browser.post(target, fields)
    assert (answer.status, answer.location) == (409, None)


def test_a_denied_request_is_not_approved_afterwards(stack, web):
    """STILE-flow-24"""
    browser = stack.browser('alice')
    target = browser.begin(web)
    token = browser.get(target).csrf_token
    assert browser.post(target, {'csrf_token': token, 'approval': '0'}).returned['error'] == 'access_denied'
    with nothing_issued(stack):
        answer = browser.post(target, {'csrf_token': token, 'approval': '1'})
        assert (answer.status, answer.location) == (409, None)
        answer = browser.get(target)
        assert (answer.status, answer.location) == (409, None)
