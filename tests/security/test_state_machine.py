"""Random sequences of what clients, users and attackers do. Each step is compared with a model of the rules (model.py),
and after each step every token that there is: what the model says is live is active, and nothing else is.

    make test SUITES=security                                          a few sequences, always the same
    tests/support/run_suites.py --long security                        a thousand, other ones each time
    STILE_EXAMPLES=50 python3 -m pytest -s tests/security/test_state_machine.py        as many as one likes
"""
import functools
import itertools
import json
import os

import pytest
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from hypothesis.stateful import run_state_machine_as_test

from attacker import RunningStack, challenge_of, refused_at_client, refused_with_json, refused_with_page
from model import Code, Grant, Parked, Token
from race import at_once

SCOPES = [frozenset(words.split()) for words in ('email', 'openid', 'openid email', 'openid profile email')]
CLIENTS = {
    'web': {'options': [], 'redirect_uri': 'https://web.example/cb'},
    'spa': {'options': ['--public'], 'redirect_uri': 'https://spa.example/cb'},
    'patient': {'options': ['--refresh-grace', '300'], 'redirect_uri': 'https://patient.example/cb'},
    'signer': {'options': ['--access-token-alg', 'ES256', '--require-pkce'],
               'redirect_uri': 'https://signer.example/cb'},
}
USERS = ('ann', 'ben')
VERIFIERS = ('a' * 43, 'b' * 43)
STEPS = 40

clients, users, browsers = st.sampled_from(list(CLIENTS)), st.sampled_from(USERS), st.integers(0, 1)
scopes, some = st.sampled_from(SCOPES), st.integers(0, 40)
mostly = st.sampled_from([True] * 4 + [False])
rarely = st.sampled_from([False] * 4 + [True])
usually = st.sampled_from([True, True, False])
faults = st.sampled_from([None, None, 'client', 'redirect_uri', 'verifier', 'no verifier'])


def words(scope):
    return ' '.join(sorted(scope)) if scope else None


def only_when(condition):
    """Otherwise the step does nothing. With precondition() the outcome of races would decide which steps are possible."""
    def decorate(step):
        @functools.wraps(step)
        def guarded(self, *arguments, **named):
            return step(self, *arguments, **named) if condition(self) else None
        return guarded
    return decorate


class Machine(RuleBasedStateMachine):
    stack = watcher = None
    numbers = itertools.count(1)
    examples = steps = 0

    def __init__(self):
        super().__init__()
        Machine.examples += 1
        self.clients, self.gone = {}, {}  # by id: the registered clients, and the removed ones
        self.passwords, self.subjects = {}, {}  # by name: those of the existing users
        self.remembered = {}  # (client, user): scope
        self.browsers = [self.stack.browser(), self.stack.browser()]
        self.sessions = [None, None]  # the user who is logged in
        self.logins = [set(), set()]  # and the grants with scope openid of that login
        self.parked, self.codes, self.tokens = [], [], []

    @initialize(client=some, user=some, browser=browsers, scope=scopes)
    def begin(self, client, user, browser, scope):
        self.number = next(self.numbers)
        for name in CLIENTS:
            self.register(name)
        for name in USERS:
            self.register_user(name)
        self.whole_flow(client, user, browser, scope, True, True)

    def teardown(self):
        families = ('request', 'code', 'grant', 'access', 'refresh', 'session', 'session_grants', 'consent',
                    'throttle', 'user_sessions', 'user_grants', 'user_browsers', 'user_consents', 'client_grants', 'client_consents')
        self.stack.redis('EVAL', "for _, pattern in ipairs(ARGV) do for _, key in ipairs(redis.call('KEYS', pattern)) do"
                         " redis.call('DEL', key) end end", '0', *[f'{family}:*' for family in families])

    # What the model and the server are told alike -------------------------------------------------------------------

    def id_of(self, client):
        return f'{client}-{self.number}'

    def name_of(self, user):
        return f'{user}-{self.number}'

    def register(self, client):
        options = CLIENTS[client]
        self.clients[client] = self.stack.client(*options['options'], redirect_uri=options['redirect_uri'],
                                                 client_id=self.id_of(client))

    def register_user(self, user):
        self.passwords[user] = f'{user}-password'
        self.stack.admin('user', 'add', self.name_of(user), '--password', self.passwords[user])
        # Registered again, a user is another one, with another sub.
        self.subjects[user] = json.loads(self.stack.admin('user', 'show', self.name_of(user), '--json'))['sub']

    def as_client(self, client):
        """A caller with that client's credentials, also after the client was removed."""
        return self.clients.get(client) or self.gone[client]

    def latest(self, items, pick, good=False):
        """0 is the newest; an index beyond the oldest wraps around. `good`: only those that still work."""
        if good:
            items = [item for item in items if item.is_live] or items
        return items[-1 - pick % len(items)]

    def goes_on_as(self, browser, user):
        """A login as another user ends the previous login with its grants; a login of the same user keeps them."""
        before, self.sessions[browser] = self.sessions[browser], user
        if before != user:
            for grant in self.logins[browser] if before else ():
                grant.revoke()
            self.logins[browser] = set()

    def end_sessions(self, user):
        self.sessions = [None if name == user else name for name in self.sessions]

    def end_grants(self, field, name):
        for grant in {item.grant for item in self.codes + self.tokens}:
            if getattr(grant, field) == name:
                grant.revoke()

    def given(self, client, user, scope, redirect_uri, verifier, text):
        """A new code of a new grant."""
        assert text not in [code.text for code in self.codes]
        code = Code(text, Grant(client, user, scope), redirect_uri, verifier)
        self.codes.append(code)
        return code

    def issued(self, grant, answer, scope):
        """New tokens of a grant."""
        known = {token.text for token in self.tokens}
        assert not known & {answer['access_token'], answer['refresh_token']}
        assert frozenset(answer['scope'].split()) == scope
        grant.access = Token(answer['access_token'], 'access_token', grant, scope, grant.client == 'signer')
        grant.refresh = Token(answer['refresh_token'], 'refresh_token', grant, grant.scope)
        self.tokens += [grant.access, grant.refresh]

    # Browsers -------------------------------------------------------------------------------------------------------

    def request_of(self, client, scope, verifier, state, with_address):
        pkce = {'code_challenge': challenge_of(verifier), 'code_challenge_method': 'S256'} if verifier else {
            'code_challenge': None, 'code_challenge_method': None}
        target = self.as_client(client)
        return self.stack.request_of(target, scope=words(scope), state=state, **pkce,
                                     **{} if with_address else {'redirect_uri': None})

    def comes_back_with_code(self, answer, parked, user):
        assert answer.status == 303, answer
        assert answer.location.startswith(CLIENTS[parked.client]['redirect_uri'] + '?')
        returned = answer.returned
        assert (returned['state'], returned['iss']) == (parked.state, self.stack.base)
        assert frozenset(returned['scope'].split()) == parked.scope
        code = self.given(parked.client, user, parked.scope, parked.redirect_uri, parked.verifier, returned['code'])
        if 'openid' in parked.scope:
            self.logins[parked.browser].add(code.grant)
        return code

    @precondition(lambda self: len(self.parked) < 14)
    @rule(client=clients, browser=browsers, scope=scopes, pkce=st.booleans(), with_address=mostly)
    def start(self, client, browser, scope, pkce, with_address):
        """A client sends its user to the authorization endpoint."""
        verifier = VERIFIERS[0] if pkce else None
        state = f'state-{len(self.parked)}-{len(self.codes)}'
        answer = self.browsers[browser].get(self.request_of(client, scope, verifier, state, with_address))
        if client not in self.clients:
            return refused_with_page(answer)
        if client in ('spa', 'signer') and not pkce:
            return refused_at_client(answer, self.clients[client], self.stack, 'invalid_request', state)
        redirect_uri = CLIENTS[client]['redirect_uri'] if with_address else None
        parked = Parked(answer.location.rpartition('=')[2], browser, client, scope, redirect_uri, verifier, state)
        user = self.sessions[browser]
        if user and scope <= self.remembered.get((client, user), frozenset()):
            self.comes_back_with_code(answer, parked, user)
        else:
            assert answer.location == ('/approve' if user else '/login') + f'?request={parked.id}'
            self.parked.append(parked)

    @precondition(lambda self: self.parked)
    @rule(pick=some, browser=browsers, own=mostly, user=users, right=mostly)
    def log_in(self, pick, browser, own, user, right):
        parked = self.latest(self.parked, pick)
        browser = parked.browser if own else browser
        target = f'/login?request={parked.id}&prompt=login'
        page = self.browsers[browser].get(target)
        if browser != parked.browser or not parked.is_there or parked.client not in self.clients:
            return refused_with_page(page)
        password = self.passwords.get(user, 'x') if right else 'wrong'
        answer = self.browsers[browser].post(target, {'csrf_token': page.csrf_token, 'username': self.name_of(user),
                                                      'password': password})
        if right and user in self.passwords:
            assert (answer.status, answer.location) == (303, f'/approve?request={parked.id}'), answer
            self.goes_on_as(browser, user)
        else:
            assert (answer.status, answer.location, answer.header('set-cookie')) == (403, None, None), answer

    @precondition(lambda self: self.parked)
    @rule(pick=some, browser=browsers, own=mostly, approval=mostly, remember=rarely)
    def decide(self, pick, browser, own, approval, remember):
        """A user opens the consent page and presses Approve or Deny."""
        parked = self.latest(self.parked, pick)
        browser = parked.browser if own else browser
        user = self.sessions[browser]
        page = self.browsers[browser].get(f'/approve?request={parked.id}')
        if browser != parked.browser or not parked.is_there or parked.client not in self.clients:
            return refused_with_page(page)
        if user is None:
            return self.is_sent_to(page, f'/login?request={parked.id}')
        if parked.answer:
            return self.was_answered(page)
        if parked.scope <= self.remembered.get((parked.client, user), frozenset()):
            return self.approved(parked, page, user)
        assert page.status == 200, page
        parked.form = page.csrf_token, self.browsers[browser].cookies['stile_session']
        answer = self.send_form(parked, approval, remember)
        if not approval:
            parked.answer = 'denied'
            return refused_at_client(answer, self.clients[parked.client], self.stack, 'access_denied', parked.state)
        self.approved(parked, answer, user)
        if remember and parked.client != 'spa':
            key = parked.client, user
            self.remembered[key] = self.remembered.get(key, frozenset()) | parked.scope

    def is_sent_to(self, answer, target):
        assert (answer.status, answer.location) == (303, target), answer

    def was_answered(self, answer):
        assert (answer.status, answer.location) == (409, None), answer

    def approved(self, parked, answer, user):
        parked.code = self.comes_back_with_code(answer, parked, user)
        parked.answer = 'approved'

    def send_form(self, parked, approval, remember=False):
        fields = {'csrf_token': parked.form[0], 'approval': '1' if approval else '0',
                  'remember': '1' if remember else None}
        return self.browsers[parked.browser].post(f'/approve?request={parked.id}', fields)

    @precondition(lambda self: any(parked.form and parked.answer for parked in self.parked))
    @rule(pick=some, approval=mostly)
    def decide_again(self, pick, approval):
        """The form is sent once more: a double click, a reload, a change of mind."""
        parked = self.latest([parked for parked in self.parked if parked.form and parked.answer], pick)
        answer = self.send_form(parked, approval)
        if not parked.is_there or parked.client not in self.clients:
            return refused_with_page(answer)
        user = self.sessions[parked.browser]
        if user is None:
            return self.is_sent_to(answer, f'/login?request={parked.id}')
        is_genuine = parked.form[1] == self.browsers[parked.browser].cookies['stile_session']
        code = parked.code
        if is_genuine and not approval and parked.answer == 'denied':
            return refused_at_client(answer, self.clients[parked.client], self.stack, 'access_denied', parked.state)
        if is_genuine and approval and code and code.is_there and not code.is_used and code.grant.is_alive:
            assert answer.returned['code'] == code.text
            return None
        return self.was_answered(answer)

    @precondition(lambda self: any(self.may_race(parked) for parked in self.parked))
    @rule(pick=some, second=st.booleans())
    def race_decisions(self, pick, second):
        """Approve at the same time as another Approve, or as Deny."""
        parked = self.latest([parked for parked in self.parked if self.may_race(parked)], pick)
        page = self.browsers[parked.browser].get(f'/approve?request={parked.id}')
        parked.form = page.csrf_token, self.browsers[parked.browser].cookies['stile_session']
        answers = at_once([lambda: self.send_form(parked, True), lambda: self.send_form(parked, second)])
        codes = [answer for answer in answers if answer.status == 303 and 'code' in answer.returned]
        if second:
            assert len(codes) == 2 and codes[0].returned['code'] == codes[1].returned['code']
            return self.approved(parked, codes[0], self.sessions[parked.browser])
        self.was_answered(answers[0 if not codes else 1])
        if codes:
            return self.approved(parked, answers[0], self.sessions[parked.browser])
        parked.answer = 'denied'
        return refused_at_client(answers[1], self.clients[parked.client], self.stack, 'access_denied', parked.state)

    def may_race(self, parked):
        user = self.sessions[parked.browser]
        return (parked.is_there and not parked.answer and user and parked.client in self.clients
                and not parked.scope <= self.remembered.get((parked.client, user), frozenset()))

    @precondition(lambda self: len(self.parked) < 14)
    @rule(client=some, user=some, browser=browsers, scope=scopes, pkce=st.booleans(), redeem=st.booleans())
    def whole_flow(self, client, user, browser, scope, pkce, redeem):
        """From the first request to the code or the tokens."""
        client, user = self.latest(list(self.clients), client), self.latest(list(self.passwords), user)
        before = len(self.codes)
        self.start(client, browser, scope, pkce or client in ('spa', 'signer'), True)
        if len(self.codes) == before:
            if self.sessions[browser] != user:
                self.log_in(0, browser, True, user, True)
            self.decide(0, browser, True, True, False)
        if redeem:
            self.redeem(0, False, None, client)

    # Clients --------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.codes)
    @rule(pick=some, good=mostly, fault=faults, client=clients)
    def redeem(self, pick, good, fault, client):
        """With at most one fault: each check refuses independently."""
        code = self.latest(self.codes, pick, good)
        client = client if fault == 'client' else code.grant.client
        send, redirect_uri, verifier = self.redemption(code, client, fault)
        answer = send()
        if client not in self.clients:
            return refused_with_json(answer, 401, 'invalid_client')
        if not code.redeem(client, redirect_uri, verifier):
            return refused_with_json(answer, 400, 'invalid_grant')
        assert answer.status == 200, answer
        return self.issued(code.grant, answer.json, code.grant.scope)

    def redemption(self, code, client, fault):
        """How the code is presented: the caller and the parameters."""
        redirect_uri = 'https://web.example/other' if fault == 'redirect_uri' else code.redirect_uri
        verifier = {'verifier': VERIFIERS[1], 'no verifier': None}.get(fault, code.verifier)
        fields = {'redirect_uri': redirect_uri} | ({'code_verifier': verifier} if verifier else {})
        return lambda: self.stack.redeem(self.as_client(client), code.text, **fields), redirect_uri, verifier

    @precondition(lambda self: self.codes)
    @rule(pick=some, good=mostly, fault=faults)
    def race_redemptions(self, pick, good, fault):
        """Two simultaneous redemptions, one of which may be an attacker's, with a fault."""
        code = self.latest(self.codes, pick, good)
        client = code.grant.client
        first, redirect_uri, verifier = self.redemption(code, client, None)
        second, other_uri, other_verifier = self.redemption(code, client, fault)
        answers = at_once([first, second])
        if client not in self.clients:
            for answer in answers:
                refused_with_json(answer, 401, 'invalid_client')
            return
        won = [answer for answer in answers if answer.status == 200]
        for answer in answers:
            if answer not in won:
                refused_with_json(answer, 400, 'invalid_grant')
        assert len(won) == code.redeem(client, redirect_uri, verifier), answers
        if won:
            self.issued(code.grant, won[0].json, code.grant.scope)
        code.redeem(client, other_uri, other_verifier)  # the loser replays it, or never had a right to it

    @precondition(lambda self: self.refresh_tokens())
    @rule(pick=some, good=mostly, client=clients, own=usually, scope=st.one_of(st.none(), scopes))
    def refresh(self, pick, good, client, own, scope):
        token = self.latest(self.refresh_tokens(), pick, good)
        client = token.grant.client if own else client
        self.refreshed(token, client, scope, self.stack.refresh(self.as_client(client), token.text, scope=words(scope)))

    def refresh_tokens(self):
        return [token for token in self.tokens if token.kind == 'refresh_token']

    def refreshed(self, token, client, scope, answer):
        if client not in self.clients:
            return refused_with_json(answer, 401, 'invalid_client')
        outcome = token.refresh(client, scope)
        if outcome not in ('rotated', 'repeated'):
            return refused_with_json(answer, 400, outcome)
        assert answer.status == 200, answer
        if outcome == 'repeated':
            same = ('access_token', 'refresh_token', 'scope')
            assert [answer.json[name] for name in same] == [token.answer[name] for name in same]
            return None
        token.answer, token.asked, token.is_in_grace = answer.json, scope, client == 'patient'
        self.issued(token.grant, answer.json, scope or token.grant.scope)
        token.successor = token.grant.refresh
        return None

    @rule(pick=some, late=st.booleans(), same=mostly, scope=scopes)
    @only_when(lambda self: any(token.is_used for token in self.tokens))
    def refresh_again(self, pick, late, same, scope):
        """A used token: within the grace period if there is one, or late."""
        used = [token for token in self.tokens if token.is_used]
        token = self.latest([token for token in used if token.is_in_grace and token.is_there] or used, pick)
        if late and token.is_in_grace and token.is_there:
            self.end_grace(token)
        scope = token.asked if same else scope
        answer = self.stack.refresh(self.as_client(token.grant.client), token.text, scope=words(scope))
        self.refreshed(token, token.grant.client, scope, answer)

    def end_grace(self, token):
        self.stack.redis('HSET', f'refresh:{{{token.text[:12]}}}{token.text[12:18]}', 'sealed_until', '1000')
        token.is_in_grace = False

    @precondition(lambda self: self.refresh_tokens())
    @rule(pick=some, good=mostly)
    def race_refreshes(self, pick, good):
        token = self.latest(self.refresh_tokens(), pick, good)
        client = token.grant.client
        answers = at_once([lambda: self.stack.refresh(self.as_client(client), token.text)] * 2)
        # In an order in which they can have happened: a success first.
        for answer in sorted(answers, key=lambda answer: answer.status):
            self.refreshed(token, client, None, answer)

    @rule(pick=some)
    @only_when(lambda self: any(token.is_live for token in self.refresh_tokens()))
    def race_refresh_and_revocation(self, pick):
        token = self.latest([token for token in self.refresh_tokens() if token.is_live], pick)
        client = self.clients[token.grant.client]
        refreshed, revoked = at_once([lambda: self.stack.refresh(client, token.text),
                                      lambda: self.stack.revoke(client, token.text)])
        assert revoked.status == 200
        if refreshed.status == 200:
            self.refreshed(token, token.grant.client, None, refreshed)
        else:
            refused_with_json(refreshed, 400, 'invalid_grant')
        token.grant.revoke()

    @precondition(lambda self: self.tokens)
    @rule(pick=some, good=mostly, client=clients, own=usually)
    def revoke(self, pick, good, client, own):
        token = self.latest(self.tokens, pick, good)
        client = token.grant.client if own else client
        answer = self.stack.revoke(self.as_client(client), token.text)
        if client not in self.clients:
            return refused_with_json(answer, 401, 'invalid_client')
        error = token.revoke(client)
        if error:
            return refused_with_json(answer, 400, error)
        assert (answer.status, answer.body) == (200, '{}')
        return None

    @precondition(lambda self: self.tokens)
    @rule(pick=some, client=clients)
    def introspect(self, pick, client):
        """Any client introspects any token; it sees only its own."""
        token = self.latest(self.tokens, pick)
        answer = self.stack.introspect(self.as_client(client), token.text)
        if client not in self.clients or client == 'spa':
            return refused_with_json(answer, 401, 'invalid_client')
        return self.tells(answer, token, token.is_live and token.grant.client == client)

    def tells(self, answer, token, is_active):
        if not is_active:
            assert (answer.status, answer.body) == (200, '{"active":false}'), answer
            return
        told = answer.json
        assert told['active'], f'{token.kind} of {token.grant}: {told}'
        assert (told['client_id'], told['sub']) == (self.id_of(token.grant.client), self.subjects[token.grant.user])
        assert frozenset(told['scope'].split()) == token.scope <= token.grant.scope

    @precondition(lambda self: self.tokens)
    @rule(pick=some)
    def call_api(self, pick):
        """A signed token is valid there until it expires; any other one as long as its record exists."""
        token = self.latest(self.tokens, pick)
        counts = token.kind == 'access_token' and (token.is_live or token.is_signed)
        assert self.stack.call_api(token.text).status == (200 if counts else 401)

    # What the operator does -----------------------------------------------------------------------------------------

    @rule(client=clients, user=users,
          what=st.sampled_from(['removes a client', 'removes a user', 'changes a password']))
    def the_operator(self, client, user, what):
        if what == 'removes a client' and client in self.clients and len(self.clients) > 2:
            self.stack.admin('client', 'remove', self.id_of(client))
            self.gone[client] = self.clients.pop(client)
            self.end_grants('client', client)
            self.remembered = {key: scope for key, scope in self.remembered.items() if key[0] != client}
        elif what == 'removes a user' and len(self.passwords) == len(USERS):
            self.stack.admin('user', 'remove', self.name_of(user))
            del self.passwords[user]
            self.end_sessions(user)
            self.end_grants('user', user)
            self.remembered = {key: scope for key, scope in self.remembered.items() if key[1] != user}
        elif what == 'changes a password' and user in self.passwords:
            self.passwords[user] += '!'
            self.stack.admin('user', 'set-password', self.name_of(user), '--password', self.passwords[user])
            self.end_sessions(user)
            self.end_grants('user', user)

    @precondition(lambda self: len(self.clients) < len(CLIENTS) or len(self.passwords) < len(USERS))
    @rule()
    def who_was_removed_is_registered_again(self):
        for client in [client for client in CLIENTS if client not in self.clients]:
            self.register(client)
        for user in [user for user in USERS if user not in self.passwords]:
            self.register_user(user)

    # Time passes: what expires goes, as Redis would let it go -------------------------------------------------------

    def expire(self, family, name):
        self.stack.redis('DEL', f'{family}:{{{name[:12]}}}{name[12:18]}')

    def may_expire(self):
        """All records, by kind."""
        graced = [token for token in self.tokens if token.is_in_grace and token.is_there]
        return {'request': [parked for parked in self.parked if parked.is_there],
                'code': [code for code in self.codes if code.is_there],
                'token': [token for token in self.tokens if token.is_there and not token.is_signed],
                'session': [browser for browser in (0, 1) if self.sessions[browser]], 'grace period': graced,
                'grant': [token.grant for token in self.refresh_tokens() if token.grant.serves]}

    @rule(kind=st.sampled_from(['request', 'code', 'token', 'session', 'grace period', 'grant']), pick=some)
    def time_passes(self, kind, pick):
        if not self.may_expire()[kind]:
            return
        what = self.latest(self.may_expire()[kind], pick)
        if kind == 'request':
            self.expire('request', what.id)
            what.is_there = False
        elif kind == 'code':
            self.expire('code', what.text)
            what.is_there = False
        elif kind == 'token':
            self.expire(what.kind.removesuffix('_token'), what.text)
            what.is_there = False
        elif kind == 'session':
            self.stack.redis('DEL', f'session:{self.browsers[what].cookies["stile_session"][:18]}')
            self.sessions[what] = None
        elif kind == 'grace period':
            self.end_grace(what)
        else:  # its absolute end
            self.stack.redis('HSET', f'grant:{{{what.refresh.text[:12]}}}', 'expires_at', '1000')
            what.is_beyond_its_end = True

    # What holds after every step ------------------------------------------------------------------------------------

    @invariant()
    def exactly_the_live_tokens_are_active(self):
        Machine.steps += 1
        for token in self.tokens:
            self.tells(self.stack.introspect(self.watcher, token.text), token, token.is_live)


@pytest.fixture
def machine(watched):
    Machine.stack, Machine.watcher = watched
    Machine.examples = Machine.steps = 0
    yield Machine
    print(f'{Machine.examples} sequences, {Machine.steps} steps')
    if path := os.environ.get('STILE_REPORT'):
        line = {'suite': 'security', 'case': 'state machine', 'examples': Machine.examples, 'steps': Machine.steps}
        with open(path, 'a', encoding='utf-8') as file:
            file.write(json.dumps(line) + '\n')


@pytest.fixture
def watched():
    """A separate Stile, which no other test changes, and a resource server for introspection."""
    with RunningStack(STILE_CLIENT_CACHE=0, STILE_LOGIN_TRIES_PER_ADDRESS=1_000_000) as stack:
        yield stack, stack.client('--introspect', 'any', '--grant-type', 'client_credentials')


def test_exactly_the_live_tokens_are_active_after_any_sequence_of_steps(machine):
    """STILE-security-38"""
    examples = int(os.environ.get('STILE_EXAMPLES', 1000 if 'STILE_LONG' in os.environ else 0))
    run_state_machine_as_test(machine, settings=settings(
        max_examples=examples or 40, stateful_step_count=STEPS, derandomize=not examples, deadline=None, database=None,
        suppress_health_check=list(HealthCheck)))
