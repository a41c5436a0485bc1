"""Sessions that an attacker chose, kept or guessed (ASVS V7.2, V7.4)."""
import contextlib
import functools
import os
import signal

import pytest

from attacker import RunningStack, nothing_issued
from race import at_once


def session_of(browser):
    return browser.cookies.get('stile_session')


def test_a_planted_session_is_not_adopted(stack, web):
    """STILE-flow-17"""
    planted = 'A' * 42
    browser = stack.browser()
    browser.cookies['stile_session'] = planted
    browser.log_in(browser.begin(web), 'alice')
    assert session_of(browser) != planted
    assert stack.redis('EXISTS', f'session:{planted[:18]}') == '0'


def test_the_attackers_live_session_does_not_become_the_victims(stack, web):
    """STILE-flow-17"""
    attacker = stack.browser()
    attacker.log_in(attacker.begin(web), 'bob')
    victim = stack.browser()
    victim.cookies['stile_session'] = session_of(attacker)  # planted
    target = victim.begin(web).replace('/approve', '/login') + '&prompt=login'
    victim.log_in(target, 'alice')
    assert session_of(victim)[:18] != session_of(attacker)[:18]
    assert session_of(victim)[18:] != session_of(attacker)[18:]
    # The attacker's session id has ended: no user is logged in with it.
    assert attacker.begin(web).startswith('/login?request=')
    assert stack.redis('EXISTS', f'session:{session_of(attacker)[:18]}') == '0'


def test_each_login_has_its_own_session(stack, web):
    """STILE-flow-17"""
    browser = stack.browser()
    seen = set()
    for _ in range(3):
        target = browser.begin(web).replace('/approve', '/login') + '&prompt=login'
        browser.log_in(target, 'alice')
        seen.add(session_of(browser))
    assert len(seen) == 3
    alive = [session for session in seen if stack.redis('EXISTS', f'session:{session[:18]}') == '1']
    assert alive == [session_of(browser)]


def test_a_failed_login_gives_and_takes_no_session(stack, web):
    """STILE-flow-13"""
    browser = stack.browser()
    browser.log_in(browser.begin(web), 'alice')
    mine = session_of(browser)
    target = browser.begin(web).replace('/approve', '/login') + '&prompt=login'
    with nothing_issued(stack):
        assert browser.log_in(target, 'alice', 'wrong').status == 403
    assert session_of(browser) == mine
    assert browser.begin(web).startswith('/approve?')


GUESSES = {
    'another-secret': lambda s: s[:18] + 'A' * 24,
    'last-character': lambda s: s[:-1] + ('a' if s[-1] != 'a' else 'b'),
    'case': lambda s: s[:18] + s[18:].swapcase(),
    'id-alone': lambda s: s[:18],
    'shortened': lambda s: s[:-1],
    'lengthened': lambda s: s + 'a',
    'empty': lambda s: '',
    'quoted': lambda s: f'"{s}"',
    'space-inside': lambda s: s[:18] + ' ' + s[18:],
    'glob': lambda s: '*' * 42,
    'encoded': lambda s: '%' + s[0].encode().hex() + s[1:],
    'key': lambda s: f'session:{s[:18]}',
}


@pytest.mark.parametrize('how', GUESSES)
def test_only_a_complete_session_cookie_is_valid(stack, web, how):
    """STILE-flow-18"""
    browser = stack.browser('alice')
    browser.cookies['stile_session'] = GUESSES[how](session_of(browser))
    assert browser.begin(web).startswith('/login?request=')


@pytest.mark.parametrize('name', ['session', 'STILE_SESSION', 'stile_session2', '__Host-stile_session',
                                  '__Secure-stile_session', '$stile_session', 'stile_session[]'])
def test_a_cookie_of_another_name_is_no_session(stack, web, name):
    """STILE-flow-34"""
    browser = stack.browser('alice')
    browser.cookies = {name: session_of(browser)}
    assert browser.begin(web).startswith('/login?request=')


def test_nothing_in_redis_works_as_a_session(stack, web):
    """STILE-security-6"""
    browser = stack.browser('alice')
    identity = session_of(browser)[:18]
    digest = stack.redis('HGET', f'session:{identity}', 'secret_sha256')
    assert session_of(browser)[18:] not in stack.redis('HGETALL', f'session:{identity}')
    for guess in (identity + digest, (identity + digest)[:42], digest):
        browser.cookies = {'stile_session': guess}
        assert browser.begin(web).startswith('/login?request=')


def test_a_session_id_in_the_url_or_the_body_is_ignored(stack, web):
    """STILE-security-37"""
    session = session_of(stack.browser('alice'))
    browser = stack.browser()
    answer = browser.get(stack.request_of(web, stile_session=session))
    assert answer.location.startswith('/login?request=')
    query = stack.request_of(web, stile_session=session).partition('?')[2]
    assert stack.send('POST', '/oauth/authorize', query).location.startswith('/login?request=')
    assert session not in answer.location


def test_a_token_is_no_session_and_a_session_no_token(stack, web):
    """STILE-security-14"""
    browser = stack.browser('alice')
    session = session_of(browser)
    assert stack.call_api(session).status == 401
    assert stack.introspect(web, session).json == {'active': False}
    browser.cookies = {'stile_session': stack.tokens(web)['access_token']}
    assert browser.begin(web).startswith('/login?request=')
    browser.cookies = {'stile_session': stack.code(web)}
    assert browser.begin(web).startswith('/login?request=')


def test_a_session_has_an_end(stack, web):
    """ASVS-V7.3.2-1"""
    browser = stack.browser()
    browser.log_in(browser.begin(web), 'alice')
    key = f'session:{session_of(browser)[:18]}'
    assert 0 < int(stack.redis('TTL', key)) <= 28800
    stack.redis('PEXPIRE', key, '0')
    assert browser.begin(web).startswith('/login?request=')


def test_use_does_not_lengthen_a_session(stack, web):
    """ASVS-V7.3.2-1"""
    browser = stack.browser()
    browser.log_in(browser.begin(web), 'alice')
    key = f'session:{session_of(browser)[:18]}'
    stack.redis('EXPIRE', key, '100')
    browser.approve(browser.begin(web))
    assert int(stack.redis('TTL', key)) <= 100


@pytest.mark.parametrize('command', ['set-password', 'remove'])
def test_a_new_password_and_a_removal_end_all_sessions(stack, web, command):
    """STILE-security-8"""
    name = f'erin-{command[0]}'
    stack.admin('user', 'add', name, '--password', name)
    browsers = [stack.browser(), stack.browser()]
    for browser in browsers:
        browser.log_in(browser.begin(web), name)
        assert browser.begin(web).startswith('/approve?')
    stack.admin('user', command, name, *(['--password', 'another'] if command == 'set-password' else []))
    for browser in browsers:
        assert browser.begin(web).startswith('/login?')


def test_session_ids_do_not_repeat_or_resemble(stack, web):
    """ASVS-V7.2.3-1"""
    secrets = set()
    for _ in range(20):
        browser = stack.browser()
        browser.begin(web)
        secrets |= set(browser.cookies.values())
    assert len(secrets) == 20
    assert all(len(secret) == 24 for secret in secrets)
    for position in range(24):
        assert len({secret[position] for secret in secrets}) > 5


def logins_at_the_instant_of(stack, web, name, change):
    """Six browsers send the old password while it is being changed; returns those that were logged in."""
    stack.admin('user', 'add', name, '--password', name)
    ready = []
    for _ in range(6):
        browser = stack.browser()
        target = browser.begin(web)
        fields = {'csrf_token': browser.get(target).csrf_token, 'username': name, 'password': name}
        ready.append((browser, functools.partial(browser.post, target, fields)))
    answers = at_once([send for _, send in ready] + [change])
    return [browser for (browser, _), answer in zip(ready, answers) if answer.status == 303]


@pytest.mark.parametrize('command', ['set-password', 'remove'])
def test_a_login_that_is_under_way_does_not_outlive_the_password(stack, web, command):
    """ASVS-V7.4.3-1 hashing takes long: the old password is verified, and is replaced before the session is created"""
    for round in range(4):
        name = f'walt-{command[0]}{round}'
        options = ['--password', 'another'] if command == 'set-password' else []
        let_in = logins_at_the_instant_of(stack, web, name, lambda: stack.admin('user', command, name, *options))
        assert [browser for browser in let_in if browser.begin(web).startswith('/approve?')] == []


@contextlib.contextmanager
def halted(stack, function):
    """A stopped function, like one that gets no processor time."""
    (process,) = [pid for pid, name in stack.processes() if name == f'stile-{function}']
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def change_while_halted(stack, function, name):
    with halted(stack, function):
        stack.admin('user', 'set-password', name, '--password', 'another')


@pytest.mark.parametrize('function', ['consent', 'authorize'])
def test_a_code_that_is_under_way_does_not_outlive_the_password(stack, function):
    """ASVS-V7.4.3-1 the session existed when it was checked, and has ended when the code is issued"""
    for round in range(10):
        client, name = stack.client(), f'xena-{function[0]}{round}'
        stack.admin('user', 'add', name, '--password', name)
        browser = stack.browser_of_its_own(name)
        if function == 'consent':
            targets = [browser.begin(client) for _ in range(8)]
            forms = [{'csrf_token': browser.get(target).csrf_token, 'approval': '1'} for target in targets]
            sends = [functools.partial(browser.post, target, form) for target, form in zip(targets, forms)]
        else:
            browser.approve(browser.begin(client), remember='1')
            sends = [functools.partial(browser.get, stack.request_of(client))] * 8
        answers = at_once(sends + [functools.partial(change_while_halted, stack, function, name)])[:-1]
        codes = [answer.returned['code'] for answer in answers if answer.location and 'code=' in answer.location]
        assert [code for code in codes if stack.redeem(client, code).status == 200] == []


def test_a_password_grant_that_is_under_way_does_not_outlive_the_password():
    """ASVS-V7.4.3-1"""
    with RunningStack(STILE_GRANT_TYPES='password,refresh_token') as stack:
        client = stack.client('--grant-type', 'password', '--grant-type', 'refresh_token')
        for round in range(4):
            name = f'yves-{round}'
            stack.admin('user', 'add', name, '--password', name)
            send = functools.partial(stack.token, client, grant_type='password', username=name, password=name)
            change = functools.partial(stack.admin, 'user', 'set-password', name, '--password', 'another')
            answers = at_once([send] * 6 + [change])[:-1]
            given = [answer.json['access_token'] for answer in answers if answer.status == 200]
            assert [token for token in given if stack.call_api(token).status == 200] == []
