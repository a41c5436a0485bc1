"""Load: threads that act as clients and browsers, and record every answer."""
import contextlib
import random
import threading
import time
import urllib.parse

from ledger import Grant, Ledger
from running import REDIRECT_URI, Connection

PATIENCE = 60  # seconds: a limit for what must happen soon, also on a busy machine
REST = 0.004  # seconds between two requests of a worker, so that the load leaves room for the server
REST_AFTER_REFUSAL = 0.05


class Worker(threading.Thread):
    def __init__(self, load, kind, work):
        super().__init__(daemon=True)
        self.load, self.kind, self.work = load, kind, work
        self.clients, self.ledger = load.clients, load.ledger
        self.connection = Connection(self.clients.stack.port)
        self.random = random.Random(kind)
        self.failure = None
        self.last_status = 0
        self.busy = threading.Lock()  # held during a request

    def run(self):
        try:
            while not self.load.stopping:
                self.work(self)
        except Exception as failure:  # shown by the main thread
            self.failure = failure
        self.connection.close()

    def send(self, is_right, method, path, parameters=None, **headers):
        """One request. An answer that is neither right nor a clear refusal is recorded as wrong."""
        if not self.load.keep_alive:
            headers['Connection'] = 'close'
        with self.busy:
            began = time.monotonic()
            answer = self.connection.request(method, path, parameters, **headers)
        right = is_right(answer)
        outcome = 'acknowledged' if right else 'unavailable' if answer.is_clear_refusal() else f'{path}: {answer}'
        self.ledger.count(self.kind, began, outcome)
        time.sleep(REST if right else REST_AFTER_REFUSAL)
        self.last_status = answer.status
        return answer if right else None

    def gives_up(self):
        return self.last_status == 400 or self.load.stopping

    def token(self, client, **parameters):
        """A token request; None for a refusal."""
        answer = self.send(lambda a: a.status == 200, 'POST', '/oauth/token', parameters, Authorization=client.authorization)
        return answer and answer.json()


def get_code(worker, client):
    answer = worker.send(lambda a: a.status == 303 and 'code=' in a.headers['Location'], 'GET',
                         worker.clients.authorize_path(client), Cookie=worker.clients.cookie)
    if not answer:
        return None
    return urllib.parse.parse_qs(urllib.parse.urlsplit(answer.headers['Location']).query)['code'][0]


def redeem(worker, client):
    """A code and its tokens. After a refusal the code is tried again: it is still valid, or, if refusals are not final,
    it may be used and its response lost."""
    code = get_code(worker, client)
    statuses = (200,)
    while code and not worker.load.stopping:
        answer = worker.send(lambda a: a.status in statuses, 'POST', '/oauth/token',
                             {'grant_type': 'authorization_code', 'code': code, 'redirect_uri': REDIRECT_URI},
                             Authorization=client.authorization)
        if answer and answer.status == 200:
            tokens = answer.json()
            grant = Grant(client, code, [tokens['access_token']], [], tokens['refresh_token'])
            worker.ledger.grants.append(grant)
            return grant
        if answer:
            return None
        statuses = (200,) if worker.load.refusals_are_final else (200, 400)
    return None


def strict_client(worker):
    """Refreshes, and does not repeat a request that may have been executed: a repetition would look like theft."""
    grant = redeem(worker, worker.clients.strict)
    for _ in range(4):
        tokens = grant and worker.token(grant.client, grant_type='refresh_token', refresh_token=grant.refresh)
        while grant and not tokens and worker.load.refusals_are_final and not worker.gives_up():
            tokens = worker.token(grant.client, grant_type='refresh_token', refresh_token=grant.refresh)
        if not tokens:
            break
        grant.used.append(grant.refresh)
        grant.accesses.append(tokens['access_token'])
        grant.refresh = tokens['refresh_token']
    else:
        if worker.random.random() < 0.3:
            revoke_grant(worker, grant)


def patient_client(worker):
    """Has a grace period: tries again until there is a response, and every attempt must get the same one."""
    grant = redeem(worker, worker.clients.patient)
    for _ in range(4):
        tokens = None
        while grant and not tokens and not worker.gives_up():
            tokens = worker.token(grant.client, grant_type='refresh_token', refresh_token=grant.refresh)
        if not tokens:
            return
        again = worker.token(grant.client, grant_type='refresh_token', refresh_token=grant.refresh)
        if again and (again['access_token'], again['refresh_token']) != (tokens['access_token'], tokens['refresh_token']):
            worker.ledger.doubled.append(f'a refresh token has two successors: {grant.refresh[:18]}')
        grant.used.append(grant.refresh)
        grant.accesses.append(tokens['access_token'])
        grant.refresh = tokens['refresh_token']


def revoke_grant(worker, grant):
    grant.fate = 'unsure'
    while not worker.load.stopping:
        if revoke(worker, grant.client, grant.refresh):
            grant.fate = 'revoked'
            return


def revoke(worker, client, token):
    return worker.send(lambda a: a.status == 200, 'POST', '/oauth/revoke', {'token': token},
                       Authorization=client.authorization)


def service(worker):
    """Gets client_credentials tokens, introspects one, and revokes every other one."""
    ledger, client = worker.ledger, worker.clients.service
    tokens = worker.token(client, grant_type='client_credentials')
    if not tokens:
        return
    token = tokens['access_token']
    ledger.own_tokens[token] = 'live'
    asked = worker.send(lambda a: a.status == 200, 'POST', '/oauth/introspect', {'token': token},
                        Authorization=client.authorization)
    if asked and not asked.json()['active']:
        ledger.lost.append(f'a token is not active when it has just been issued: {token[:18]}')
    if worker.random.random() < 0.5:
        ledger.own_tokens[token] = 'unsure'
        if revoke(worker, client, token):
            ledger.own_tokens[token] = 'revoked'


def visitor(worker):
    """A user who is not logged in opens the login page."""
    sent = worker.send(lambda a: a.status == 303 and '/login?' in a.headers['Location'], 'GET',
                       worker.clients.authorize_path(worker.clients.strict))
    if sent:
        cookie = '; '.join(header.split(';')[0] for header in sent.headers.get_all('Set-Cookie'))
        worker.send(lambda a: a.status == 200 and 'csrf_token' in a.body, 'GET', sent.headers['Location'], Cookie=cookie)


class Load:
    """with Load(clients) as load: … ; load.ledger

    `refusals_are_final`: what was refused was not carried out, so that every client may simply try again.
    """

    WORKERS = {'strict': strict_client, 'strict too': strict_client, 'patient': patient_client, 'service': service,
               'visitor': visitor}

    def __init__(self, clients, keep_alive=True, refusals_are_final=False):
        self.clients, self.keep_alive, self.refusals_are_final = clients, keep_alive, refusals_are_final
        self.ledger = Ledger()
        self.stopping = False
        self.workers = [Worker(self, kind, work) for kind, work in self.WORKERS.items()]

    def __enter__(self):
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(self, *_):
        self.stopping = True
        for worker in self.workers:
            worker.join(PATIENCE)
        for worker in self.workers:
            if worker.failure:
                raise worker.failure
            assert not worker.is_alive(), f'{worker.kind} hangs'
        self.ledger.reconnects = sum(worker.connection.reconnects for worker in self.workers)

    @contextlib.contextmanager
    def quiet(self):
        """No request is in progress inside the block."""
        with contextlib.ExitStack() as stack:
            for worker in self.workers:
                stack.enter_context(worker.busy)
            yield

    def wait_for(self, condition, what):
        with self.ledger.changed:
            assert self.ledger.changed.wait_for(lambda: condition(self.ledger), PATIENCE), f'{what}: {self.ledger.other[:5]}'

    def run_well(self, more):
        """Waits until this many further requests were acknowledged."""
        enough = self.ledger.acknowledged + more
        self.wait_for(lambda ledger: ledger.acknowledged >= enough, 'the load does not run')

    def recovered(self):
        """Waits until each kind of worker succeeds with a request that begins now or later; returns the seconds it took."""
        now = time.monotonic()
        self.wait_for(lambda ledger: all(ledger.last_success[kind] >= now for kind in self.WORKERS), 'no recovery')
        return time.monotonic() - now
