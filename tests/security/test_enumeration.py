"""What responses reveal about existing users, clients and tokens (ASVS V6.3.8, RFC 7662 §4). Time is not measured here."""
import re

import pytest

from attacker import nothing_issued


def attempt(stack, web, name, password='wrong'):
    """The page after a login attempt, without the form's token and the submitted name."""
    browser = stack.browser()
    answer = browser.log_in(browser.begin(web), name, password)
    page = re.sub('(id="username"[^>]* value=)"[^"]*"', r'\1""', answer.body.replace(answer.csrf_token, ''))
    return answer.status, sorted(name for name, _ in answer.headers), page


@pytest.mark.parametrize('name', ['nobody', 'alice2', 'ALICE', 'x@example.com', "o'brien", 'a' * 128, '\u00e4lice',
                                  '<b>', 'user:alice', '0'])
def test_a_wrong_password_and_an_unknown_user_get_the_same_response(stack, web, name):
    """ASVS-V6.3.8-1"""
    with nothing_issued(stack):
        assert attempt(stack, web, name) == attempt(stack, web, 'alice')


def test_the_throttle_does_not_reveal_existing_users(stack, web):
    """STILE-security-25 the same attempts and the same wait for an unknown user name"""
    stack.admin('user', 'add', 'frank', '--password', 'frank')
    shown = []
    for name in ('frank', 'nobody-at-all'):
        before = set(stack.redis('KEYS', 'throttle:login:user:*').split())
        attempt(stack, web, name)
        (counter,) = set(stack.redis('KEYS', 'throttle:login:user:*').split()) - before
        stack.redis('HSET', counter, 'closed_until', str(int(stack.redis('TIME').split()[0]) + 1000))
        status, headers, page = attempt(stack, web, name, name)
        assert status == 429
        shown.append((headers, page))
    assert shown[0] == shown[1]


def test_a_locked_account_refuses_the_right_password_too(stack, web):
    """STILE-flow-15"""
    stack.admin('user', 'add', 'grace', '--password', 'grace')
    stack.redis('HSET', 'throttle:login:user:grace', 'attempts', '99', 'closed_until',
                str(int(stack.redis('TIME').split()[0]) + 100))
    with nothing_issued(stack):
        assert attempt(stack, web, 'grace', 'grace')[0] == 429
    assert attempt(stack, web, 'GRACE', 'grace')[0] == 429  # CVE-2026-47203: under one name, whatever its spelling
    stack.redis('DEL', 'throttle:login:user:grace')


@pytest.mark.parametrize('spelling', ['HEIDI', 'Heidi', 'heidI'])
def test_one_user_has_one_counter_however_the_name_is_spelled(strict, spelling):
    """CVE-2026-47203"""
    strict.redis('DEL', 'user:heidi', 'throttle:login:user:heidi')
    strict.admin('user', 'add', 'heidi', '--password', 'heidi')
    client = strict.client()
    attempt(strict, client, spelling)
    attempt(strict, client, 'heidi')
    assert strict.redis('HGET', 'throttle:login:user:heidi', 'attempts') == '2'


def test_input_in_the_wrong_field_is_not_stored(stack, web):
    """STILE-security-18"""
    attempt(stack, web, 'my-secret-password-in-the-wrong-field')
    assert 'wrong-field' not in stack.redis('KEYS', '*')


def test_tokens_of_others_and_tokens_that_never_were_look_alike(stack, web, other):
    """RFC7662-2.2-3"""
    token = stack.tokens(web)['access_token']
    answers = [stack.introspect(other, presented) for presented in (token, 'a' * 42, token[:18] + 'a' * 24)]
    assert len({answer.body for answer in answers}) == 1
    assert len({answer.status for answer in answers}) == 1


def test_codes_of_others_used_ones_and_codes_that_never_were_look_alike(stack, web, other):
    """RFC6749-5.2-2"""
    fresh, used = stack.code(web), stack.code(web)
    stack.redeem(web, used)
    answers = [stack.redeem(other, code) for code in (fresh, used, 'a' * 42, 'x')]
    assert len({answer.body for answer in answers}) == 1
    assert {answer.status for answer in answers} == {400}


def test_refresh_tokens_of_others_used_ones_and_ones_that_never_were_look_alike(stack, web, other):
    """RFC6749-5.2-2"""
    first = stack.tokens(web)
    second = stack.refresh(web, first['refresh_token']).json
    answers = [stack.refresh(other, token) for token in (second['refresh_token'], first['refresh_token'], 'a' * 48, 'x')]
    answers.append(stack.refresh(web, first['refresh_token']))
    assert len({answer.body for answer in answers}) == 1


def test_requests_of_others_and_requests_that_never_were_look_alike(stack, web):
    """STILE-flow-12"""
    target = stack.browser('bob').begin(web)
    thief = stack.browser('alice')
    answers = [thief.get(path) for path in (target, '/approve?request=' + 'a' * 12, '/approve?request=x')]
    bodies = {re.sub('<code>[0-9a-f]{32}</code>', '', answer.body) for answer in answers}
    assert len(bodies) == 1 and {answer.status for answer in answers} == {400}


def test_grants_ids_and_secrets_have_room_enough(stack, web):
    """RFC6749-10.10-1 secrets of 24 and 30 characters of base62"""
    tokens = [stack.tokens(web) for _ in range(20)]
    codes = [stack.code(web) for _ in range(10)]
    for values, length in (([t['access_token'] for t in tokens], 42), ([t['refresh_token'] for t in tokens], 48),
                           (codes, 42)):
        assert all(re.fullmatch('[0-9A-Za-z]{%d}' % length, value) for value in values)
        assert len({value[18:] for value in values}) == len(values)
        for position in range(18, length):
            assert len({value[position] for value in values}) > 4  # no character of the secret is constant
