"""What the server has acknowledged under load, and whether it still stands by it afterwards.

Every answer is written down. An answer 200 (or a redirect with a code) is a promise:
- an access token that was issued, and not taken back, is active;
- a code or refresh token that was used is used: there is one 200 for each, or with a grace period the same one again;
- a token that was taken back stays dead.
A 503 promises nothing: the step may have been carried out and its answer lost.
"""
import collections
import dataclasses
import threading


@dataclasses.dataclass
class Grant:
    """A grant and its tokens, as its client knows them."""
    client: object
    code: str
    accesses: list = dataclasses.field(default_factory=list)  # acknowledged
    used: list = dataclasses.field(default_factory=list)  # refresh tokens for which a successor was acknowledged
    refresh: str = ''  # the newest
    fate: str = 'live'  # live; revoked: acknowledged; unsure: requested, and not acknowledged


class Ledger:
    def __init__(self):
        self.changed = threading.Condition()
        self.requests = 0
        self.acknowledged = 0
        self.unavailable = 0
        self.refused_at = []  # when each request began that was answered so
        self.reconnects = 0
        self.other = []  # forbidden answers, in words
        self.lost = []  # broken promises
        self.doubled = []
        self.grants = []
        self.own_tokens = {}  # of clients themselves: token -> live, revoked or unsure
        self.last_success = collections.defaultdict(float)  # of each kind of worker: when the request began

    def count(self, kind, began, outcome):
        with self.changed:
            self.requests += 1
            if outcome == 'acknowledged':
                self.acknowledged += 1
                self.last_success[kind] = max(self.last_success[kind], began)
            elif outcome == 'unavailable':
                self.unavailable += 1
                self.refused_at.append(began)
            else:
                self.other.append(outcome)
            self.changed.notify_all()

    def row(self, case, recovery):
        return {'suite': 'fault', 'case': case, 'requests': self.requests, 'acknowledged': self.acknowledged,
                'unavailable': self.unavailable, 'other': len(self.other), 'lost': len(self.lost),
                'doubled': len(self.doubled), 'recovery_ms': round(recovery * 1000)}


def check(ledger, clients):
    """Checks every promise, in an order in which no check disturbs a later one."""
    for token, fate in ledger.own_tokens.items():
        expect(ledger, clients, clients.service, token, fate)
    for grant in ledger.grants:
        for token in grant.accesses:
            expect(ledger, clients, grant.client, token, grant.fate)
    for grant in ledger.grants:
        present_again(ledger, clients, grant)


def expect(ledger, clients, client, token, fate):
    active = clients.is_active(client, token)
    if fate == 'live' and not active:
        ledger.lost.append(f'an acknowledged token of {client.id} is not active: {token[:18]}')
    if fate == 'revoked' and active:
        ledger.lost.append(f'an acknowledged revocation does not hold: {token[:18]}')


def present_again(ledger, clients, grant):
    """A used code or token does not work again, and its second use ends the grant (RFC 6749 4.1.2, RFC 9700 4.14)."""
    if grant.used and not grant.client.has_grace:
        if clients.token(grant.client, grant_type='refresh_token', refresh_token=grant.used[0]).status != 400:
            ledger.doubled.append(f'a used refresh token works again: {grant.used[0][:18]}')
    elif grant.accesses:
        if clients.token(grant.client, grant_type='authorization_code', code=grant.code).status != 400:
            ledger.doubled.append(f'a used code works again: {grant.code[:18]}')
    else:
        return
    if any(clients.is_active(grant.client, token) for token in grant.accesses):
        ledger.doubled.append(f'a grant outlives the replay of what was used: {grant.code[:12]}')
