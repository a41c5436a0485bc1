"""What an older version has left in Redis, with the secrets that go with it: records/*.json.

python3 tests/run/old_records.py PROGRAMS > tests/run/records/DATE.json    makes one with the programs of that version.

Times in a record are kept as they were; restore() moves them, so that the records are as old as when they were read.
"""
import json
import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / 'support'), str(HERE.parent / 'security')]
from attacker import RunningStack  # noqa: E402

MASTER_KEY = 'the master key of the version whose records these are'
TIMES = ('issued_at', 'expires_at', 'auth_time', 'created_at', 'signs_from', 'seen_at', 'given_at', 'used_at', 'eased_at', 'closed_until')
READ = {'hash': 'HGETALL', 'string': 'GET', 'set': 'SMEMBERS', 'zset': ('ZRANGE', '0', '-1', 'WITHSCORES')}
NOT_TAKEN = ('events',)  # a stream; the new version reads it as it is


def leave_traces(stack):
    """What people and clients do in a day; returns what they have in hand at its end."""
    stack.admin('keys', 'rotate', '--now')
    stack.admin('user', 'add', 'ann', '--password', 'ann', '--email', 'ann@example.com')
    stack.admin('user', 'add', 'bob', '--password', 'bob', '--subject', 'sub-of-bob')
    web = stack.client(client_id='web', scope='openid profile email offline_access')
    public = stack.client('--public', client_id='phone')
    chosen = stack.client(client_id='chosen', secret='a secret that was chosen')
    machine = stack.client('--grant-type', 'client_credentials', client_id='machine', scope='email')
    pairwise = stack.client('--subject-type', 'pairwise', client_id='pairwise', scope='openid')
    ann, bob = stack.browser(), stack.browser()
    assert ann.log_in(ann.begin(web), 'ann').status == 303
    assert bob.log_in(bob.begin(web), 'bob').status == 303

    def code(browser, client, **parameters):
        return browser.approve(browser.get(stack.request_of(client, **parameters)).location, remember='1').returned['code']

    def tokens(browser, client, **parameters):
        proof = {'code_verifier': 'a-verifier-of-the-client-that-nobody-else-knows.~'} if client.is_public else {}
        answer = stack.redeem(client, code(browser, client, **parameters), **proof)
        assert answer.status == 200, answer
        return answer.json

    def waiting(browser, path):
        return {'path': path, 'cookies': dict(browser.cookies)}

    at_login, at_consent = stack.browser(), stack.browser()
    login_path = at_login.begin(web, scope='openid email')
    consent_path = at_consent.log_in(at_consent.begin(chosen), 'bob').location
    stranger = stack.browser()
    assert stranger.log_in(stranger.begin(web), 'ann', 'wrong').status == 403
    used = tokens(bob, web, scope='openid')
    return {
        'clients': {client.id: {'secret': client.secret} for client in (web, public, chosen, machine, pairwise)},
        'browsers': {'ann': ann.cookies, 'bob': bob.cookies},
        'waiting': {'login': waiting(at_login, login_path), 'consent': waiting(at_consent, consent_path)},
        'tokens': {'web': tokens(ann, web, scope='openid email offline_access'), 'phone': tokens(ann, public, scope='openid email'),
                   'chosen': tokens(bob, chosen, scope='email'), 'pairwise': tokens(ann, pairwise, scope='openid'),
                   'machine': stack.token(machine, grant_type='client_credentials').json,
                   'used': used, 'newer': stack.refresh(web, used['refresh_token']).json},
        'code': code(ann, chosen, scope='email'),
    }


def read(stack):
    records = []
    for key in sorted(stack.redis('KEYS', '*').split()):
        kind = stack.redis('TYPE', key)
        if key in NOT_TAKEN or kind == 'stream':
            continue
        command = READ[kind]
        words = stack.redis(command, key) if isinstance(command, str) else stack.redis(command[0], key, *command[1:])
        value = words if kind == 'string' else words.split('\n')
        records.append({'key': key, 'type': kind, 'value': value, 'ttl': int(stack.redis('TTL', key))})
    return records


def restore(stack, left):
    """Replaces all that is in the Redis of the stack."""
    later = int(time.time()) - left['read_at']
    stack.redis('FLUSHDB')
    for record in left['records']:
        key, kind, value = record['key'], record['type'], record['value']
        if kind == 'hash':
            pairs = dict(zip(value[::2], value[1::2]))
            pairs |= {name: str(int(pairs[name]) + later) for name in TIMES if pairs.get(name)}
            stack.redis('HSET', key, *(word for pair in pairs.items() for word in pair))
        elif kind == 'set':
            stack.redis('SADD', key, *value)
        elif kind == 'zset':
            stack.redis('ZADD', key, *(word for pair in zip(value[1::2], value[::2]) for word in pair))
        else:
            stack.redis('SET', key, value)
        if record['ttl'] > 0:
            stack.redis('EXPIRE', key, str(record['ttl']))


def load(name):
    return json.loads((HERE / 'records' / f'{name}.json').read_text())


if __name__ == '__main__':
    programs = pathlib.Path(sys.argv[1]).resolve()
    with RunningStack(programs=programs, build=programs.parent, root=programs.parents[1], STILE_KEY=MASTER_KEY) as old:
        hand = leave_traces(old)
        json.dump({'version': old.admin('--version').strip(), 'read_at': int(time.time()), 'master_key': MASTER_KEY, **hand,
                   'records': read(old)}, sys.stdout, indent=1)
        print()
