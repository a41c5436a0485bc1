"""The rules of redis/steps and of the pages, written a second time as plainly as possible: which codes, tokens and
sessions exist, who owns them, and which are valid. Sends no requests; test_state_machine.py compares it with the
running server."""
import dataclasses


@dataclasses.dataclass(eq=False)
class Grant:
    """What a user allowed a client; its codes and tokens are valid while it is alive."""
    client: str  # its name in the model
    user: str
    scope: frozenset
    is_alive: bool = True
    is_beyond_its_end: bool = False  # issues nothing any more
    access: 'Token' = None  # the newest ones
    refresh: 'Token' = None

    def revoke(self):
        if not self.is_alive:
            return
        self.is_alive = False
        for newest in (self.access, self.refresh):
            if newest:
                newest.is_there = False

    @property
    def serves(self):
        return self.is_alive and not self.is_beyond_its_end


@dataclasses.dataclass(eq=False)
class Code:
    text: str
    grant: Grant
    redirect_uri: str  # of the authorization request; None when it had none
    verifier: str  # None when it had no challenge
    is_used: bool = False
    is_there: bool = True

    @property
    def is_live(self):
        return self.is_there and not self.is_used and self.grant.serves

    def redeem(self, client, redirect_uri, verifier):
        """True when tokens are issued."""
        if not self.is_there or client != self.grant.client:
            return False
        if redirect_uri != self.redirect_uri or verifier != self.verifier:
            return False
        if self.is_used:
            self.grant.revoke()
            return False
        if not self.grant.serves:
            return False
        self.is_used = True
        return True


@dataclasses.dataclass(eq=False)
class Token:
    text: str
    kind: str  # access_token or refresh_token
    grant: Grant
    scope: frozenset
    is_signed: bool = False
    is_used: bool = False
    is_there: bool = True
    is_in_grace: bool = False
    answer: dict = None  # what its use gave, and for which scope
    asked: frozenset = None
    successor: 'Token' = None

    @property
    def is_live(self):
        return self.is_there and not self.is_used and self.grant.is_alive

    def refresh(self, client, scope):
        """'rotated', 'repeated' or the error."""
        if not self.is_there or client != self.grant.client:
            return 'invalid_grant'
        if self.is_used:
            if self.is_in_grace and self.successor.is_live and scope == self.asked:
                return 'repeated'
            self.grant.revoke()
            return 'invalid_grant'
        if not self.grant.serves:
            return 'invalid_grant'
        if scope and not scope <= self.scope:
            return 'invalid_scope'
        self.is_used = True
        return 'rotated'

    def revoke(self, client):
        """None, or the error."""
        if not self.is_there:
            return None
        if client != self.grant.client:
            return 'invalid_request'
        if self.kind == 'refresh_token':
            self.grant.revoke()
        else:
            self.is_there = False
        return None


@dataclasses.dataclass(eq=False)
class Parked:
    """An authorization request that waits in a browser."""
    id: str
    browser: int
    client: str
    scope: frozenset
    redirect_uri: str
    verifier: str
    state: str
    is_there: bool = True
    answer: str = None
    code: Code = None
    form: tuple = None  # the token of its consent form, and the session for which it was made
