"""The search for secrets in what an instance has written finds them: it must be able to fail."""
import pytest

from leaks import find_leaks

TOKEN = '9N6yQbe6KuOKQ1xzjhfnEzD0FvlS6NkUrcXb5RLqXV'
KEY_ID = 'UsyIfOQoroqUVFH84bIDt4m2iNc9VYj8HaKNrcQsBCo'
MANY = {('code', f'another-secret-{number}') for number in range(100)}  # many secrets are looked up in another way than few


def command(*words):
    """The command as written to an append-only file."""
    return f'*{len(words)}\r\n' + ''.join(f'${len(word)}\r\n{word}\r\n' for word in words)


@pytest.fixture
def written(tmp_path):
    """written(log, *commands): a folder as stile-run leaves it."""
    def write(log='', *commands):
        for name, content in (('log/functions.log', log), ('redis/file.aof', ''.join(commands))):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes(content.encode())
        return tmp_path
    return write


@pytest.mark.parametrize('more', [set(), MANY], ids=['few', 'many'])
@pytest.mark.parametrize('kind, secret, log', [
    ('state', 'state-of-a-request', 'one\n"GET /login?state=state-of-a-request" 303\n'),
    ('access_token', TOKEN, f'one\n{{"detail":"{TOKEN}"}}\n'),
    ('access_token', TOKEN, f'one\nthe secret alone: {TOKEN[18:]}\n'),
    ('password', 'admin', 'one\nusername=admin&password=admin\n'),
    ('password', 'admin', 'one\n{"user":"admin","password":"admin"}\n'),
    ('authorization', 'c2hvcDpzZWNyZXQtb2YtdGhlLXNob3A=', 'one\n{"client_id":"secret-of-the-shop"}\n'),
    ('password', 'the password of ann', 'one\n{"user":"the password of ann"}\n'),
    (None, None, f'one\n{TOKEN}\n'),
    (None, None, 'one\neyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwIn0.c2lnbmVk\n'),
    (None, None, 'one\nstile_request_9N6yQbe6KuOK=fnEzD0FvlS6NkUrcXb5RLqXV\n'),
])
def test_found_in_log(written, kind, secret, log, more):
    """STILE-audit-46 The leak search finds a secret in a log, with its line; both known secrets and secret-like values."""
    finds = find_leaks(written(log), more | ({(kind, secret)} if kind else set()))
    assert finds and all(find.startswith('log/functions.log:2: ') for find in finds)
    assert not any((secret or TOKEN) in find for find in finds if len(secret or TOKEN) > 6)


@pytest.mark.parametrize('more', [set(), MANY], ids=['few', 'many'])
def test_found_in_redis(written, more):
    """STILE-audit-47 The leak search finds a secret in Redis, and in the stream also secrets that other records may
    contain."""
    code = {('code', TOKEN)} | more
    assert find_leaks(written('', command('HSET', 'code:x', 'secret', TOKEN)), code)
    assert find_leaks(written('', command('HSET', 'code:x', 'secret', TOKEN)), more)
    state = {('state', 'state-of-a-request')} | more
    assert not find_leaks(written('', command('HSET', 'request:x', 'state', 'state-of-a-request')), state)
    assert find_leaks(written('', command('XADD', 'events:token', 'MAXLEN', '=', '1', '1-1', 'reason', 'state-of-a-request')),
                      state)


def test_public(written):
    """STILE-audit-48 The leak search does not report public values: names of keys, request ids, records, a password
    equal to its user name."""
    log = f'{{"request_id":"{"0123456789abcdef" * 2}","kid":"{KEY_ID}","user":"admin","grant":"{TOKEN[:12]}"}}\n'
    log += 'wrong_password "POST /oauth/tokenize" 200\n'
    commands = [command('HSET', f'signing_key:{KEY_ID}', 'alg', 'ES256'), command('HSET', f'access:{{{TOKEN[:12]}}}Q1xzjh')]
    assert find_leaks(written(log, *commands),
                      MANY | {('password', 'admin'), ('client_secret', 'password'), ('access_token', TOKEN)}) == []


def test_large_file(written):
    """STILE-audit-49 The leak search gives the right line also when it reads the file in pieces."""
    line = 'x' * 99 + '\n'
    log = line * 50_000 + f'{TOKEN}\n' + line * 10
    assert find_leaks(written(log), set()) == ['log/functions.log:50001: a word like a token 9N6yQb… (42 characters)']
