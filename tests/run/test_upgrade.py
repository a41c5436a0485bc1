"""What the version before has left in Redis goes on: sessions, grants, requests, clients, users (old_records.py)."""
import base64
import json

import pytest

from attacker import Browser, Client, RunningStack
from old_records import load, restore

LEFT = load('2026-11-30')


@pytest.fixture(scope='module')
def running():
    with RunningStack(STILE_KEY=LEFT['master_key'], STILE_CLIENT_CACHE=0) as stack:
        yield stack


@pytest.fixture
def stack(running):
    restore(running, LEFT)
    return running


def client(name):
    return Client(name, 'https://client.example/callback', LEFT['clients'][name]['secret'])


def browser(stack, cookies):
    found = Browser(stack)
    found.cookies = dict(cookies)
    return found


def agree(person, path):
    """The code, with a click unless the consent is remembered."""
    answer = person.get(path)
    return (answer if answer.location else person.approve(path)).returned['code']


def part(token, number):
    word = token.split('.')[number]
    return json.loads(base64.urlsafe_b64decode(word + '=' * (-len(word) % 4)))


def test_session(stack):
    """STILE-predecessor-1 A user who was logged in still is, and is not asked again for a consent that was remembered."""
    ann = browser(stack, LEFT['browsers']['ann'])
    answer = ann.get(stack.request_of(client('web'), scope='openid email', prompt='none'))
    tokens = stack.redeem(client('web'), answer.returned['code']).json
    old = part(LEFT['tokens']['web']['id_token'], 1)
    new = part(tokens['id_token'], 1)
    assert (new['sub'], new['sid']) == (old['sub'], old['sid']) == ('ann', old['sid'])
    assert part(tokens['id_token'], 0)['kid'] == part(LEFT['tokens']['web']['id_token'], 0)['kid']
    # And can end the login, with all that was granted in it.
    page = ann.get('/oauth/logout')
    assert ann.post('/oauth/logout', {'csrf_token': page.csrf_token, 'logout': '1'}).status == 200
    assert not stack.is_active(client('web'), tokens['access_token'])


def test_tokens(stack):
    """STILE-predecessor-2 Access tokens are still valid, and refresh tokens give new ones, with the same subject, scope and signing key."""
    for name in ('web', 'phone', 'chosen', 'pairwise'):
        tokens, its_client = LEFT['tokens'][name], client(name)
        if its_client.secret:
            assert stack.is_active(its_client, tokens['access_token'])
        if 'openid' in tokens['scope']:
            assert stack.userinfo(tokens['access_token']).status == 200
        refreshed = stack.refresh(its_client, tokens['refresh_token'])
        assert refreshed.status == 200, refreshed
        assert refreshed.json['scope'] == tokens['scope']
        if 'openid' in tokens['scope']:
            before, after = (part(token['id_token'], 1) for token in (tokens, refreshed.json))
            assert (before['sub'], before['sid']) == (after['sub'], after['sid'])
    assert stack.is_active(client('machine'), LEFT['tokens']['machine']['access_token'])


def test_reuse(stack):
    """STILE-predecessor-3 A refresh token that was used before is still recognized, and ends the grant."""
    web = client('web')
    assert stack.is_active(web, LEFT['tokens']['newer']['access_token'])
    assert stack.refresh(web, LEFT['tokens']['used']['refresh_token']).json['error'] == 'invalid_grant'
    assert not stack.is_active(web, LEFT['tokens']['newer']['access_token'])


def test_under_way(stack):
    """STILE-predecessor-4 A login that was under way goes on from each of its steps: login page, consent page, code."""
    waits = LEFT['waiting']['login']
    ann = browser(stack, waits['cookies'])
    assert stack.redeem(client('web'), agree(ann, ann.log_in(waits['path'], 'ann').location)).status == 200
    waits = LEFT['waiting']['consent']
    assert stack.redeem(client('chosen'), agree(browser(stack, waits['cookies']), waits['path'])).status == 200
    assert stack.redeem(client('chosen'), LEFT['code']).status == 200


def test_ending(stack):
    """STILE-predecessor-5 What was begun under the old version is found by the commands that end it."""
    stack.admin('user', 'end-sessions', 'ann')
    assert not stack.is_active(client('pairwise'), LEFT['tokens']['pairwise']['access_token'])
    ann = browser(stack, LEFT['browsers']['ann'])
    assert ann.get(stack.request_of(client('web'), prompt='none')).returned['error'] == 'login_required'
    stack.admin('user', 'remove', 'bob')
    assert not stack.is_active(client('chosen'), LEFT['tokens']['chosen']['access_token'])
    assert stack.is_active(client('machine'), LEFT['tokens']['machine']['access_token'])
    stack.admin('client', 'remove', 'machine')
    assert not stack.issued(('grant:', 'session:'))


def test_subjects(stack):
    """STILE-predecessor-6 Users keep their subs, which from then on are given to no other user or client."""
    assert 'sub: ann\n' in stack.admin('user', 'show', 'ann')
    assert 'sub: sub-of-bob\n' in stack.admin('user', 'show', 'bob')
    for words in (('user', 'add', 'mallory', '--password', 'mallory', '--subject', 'ann'),
                  ('client', 'add', '--id', 'sub-of-bob', '--grant-type', 'client_credentials')):
        with pytest.raises(AssertionError, match='is or was '):
            stack.admin(*words)
