"""The audit trail of an instance when its stream cannot be written, and when a function ends."""
import contextlib
import json
import signal

import pytest

from attacker import RunningStack, basic
from conftest import command
from faults import end, eventually, functions, outage

MALFORMED = {'Authorization': 'Basic !'}  # refused without a question to Redis
OWN_TOKEN = {'grant_type': 'client_credentials'}


class AuditedStack(RunningStack):
    def log(self):
        return (self.dir / 'log/functions.log').read_text()

    def logged(self, event, request_id):
        """The event of that request in the functions' log, or None."""
        for line in self.log().splitlines():
            with contextlib.suppress(ValueError):
                fields = json.loads(line)
                if (fields.get('event'), fields.get('request_id')) == (event, request_id):
                    return fields
        return None

    def entries(self):
        """Of all streams."""
        return json.loads(self.redis('EVAL', "local all = {} for _, key in ipairs(redis.call('KEYS', 'events*')) do "
                                     "for _, entry in ipairs(redis.call('XRANGE', key, '-', '+')) do all[#all + 1] = entry end "
                                     "end return #all == 0 and '[]' or cjson.encode(all)", '0'))

    def streamed(self, event, request_id):
        """The event of that request in Redis, or None."""
        for _, words in self.entries():
            fields = dict(zip(words[::2], words[1::2]))
            if (fields.get('event'), fields.get('request_id')) == (event, request_id):
                return fields
        return None

    def wrong_secret(self):
        """The refusal of a request with a wrong client secret, which is an event."""
        answer = self.post('/oauth/token', OWN_TOKEN, basic('demo', 'a-wrong-client-secret'))
        assert answer.status == 401, answer
        return answer


@pytest.fixture(scope='module')
def stack():
    with AuditedStack() as stack:
        yield stack


def is_logged(stack, answer, event):
    request_id = answer.header('x-request-id')
    assert len(request_id) == 32
    return stack.logged(event, request_id) is not None


def assert_told(stack, answer, event):
    """The event of this response is in the log now and in the stream soon, with the same fields, and is no refusal too."""
    request_id = answer.header('x-request-id')
    logged = stack.logged(event, request_id)
    assert logged, f'{event} is not in the log'
    streamed = eventually(lambda: stack.streamed(event, request_id), f'{event} is not in the stream')
    assert streamed == logged
    assert streamed['address'] == '127.0.0.1' and len(streamed['time']) == 20
    assert stack.logged('refused', request_id) is None


def test_redis_unavailable(stack):
    """STILE-audit-35 While Redis is unavailable, requests are answered as usual, and their events are written to the
    stream later."""
    assert stack.post('/oauth/token', OWN_TOKEN, MALFORMED).status == 401
    stack.disconnect()
    with outage(stack):
        answer = stack.post('/oauth/token', OWN_TOKEN, MALFORMED)
        assert answer.status == 401 and is_logged(stack, answer, 'client_auth_failed')
        again = {'grant_type': 'authorization_code', 'code': 'a' * 42, 'redirect_uri': 'https://www.example.com/redirect'}
        assert stack.post('/oauth/token', again, MALFORMED).status == 401
    eventually(lambda: command(stack, 'client', 'list').returncode == 0, 'Redis is not started again')
    assert_told(stack, answer, 'client_auth_failed')


def test_function_ends(stack):
    """STILE-audit-36 A function that receives SIGTERM writes its events before it ends."""
    answer = stack.wrong_secret()
    end(functions(stack)['stile-token'], signal.SIGTERM)
    assert stack.streamed('client_auth_failed', answer.header('x-request-id'))


def test_stream_refused(stack):
    """STILE-audit-34 If the stream cannot be written, no request waits; missed events are written later."""
    client = stack.client()
    code = stack.code(client, 'admin')
    logged_before = len(stack.log())
    stack.redis('ACL', 'SETUSER', 'stile-token', 'clearselectors',
                '(%R~schema %R~client:* %R~profile:* %R~signing_keys %R~signing_key:* +@read)',
                '(~code:* ~grant:* ~access:* ~refresh:* ~throttle:client:* +@all)')
    redeemed = stack.redeem(client, code)
    assert redeemed.status == 200
    refreshed = stack.refresh(client, redeemed.json['refresh_token'])
    assert refreshed.status == 200 and is_logged(stack, refreshed, 'refresh_rotated')
    eventually(lambda: 'cannot write events to the stream' in stack.log()[logged_before:], 'the failure is not in the log')
    assert stack.streamed('refresh_rotated', refreshed.header('x-request-id')) is None
    stack.redis('ACL', 'SETUSER', 'stile-token', '(~events:token ~events:token:* +fcall +xadd)')
    assert_told(stack, redeemed, 'code_redeemed')
    assert_told(stack, refreshed, 'refresh_rotated')


def test_closed_throttle():
    """STILE-audit-60 Thousands of refused requests push no other event out of Redis, and leave two lines for each closed
    throttle."""
    with AuditedStack(STILE_EVENTS=100, STILE_CLIENT_WAIT=3600) as stack:
        client = stack.client()
        redeemed = stack.redeem(client, stack.code(client, 'admin'))
        assert_told(stack, redeemed, 'code_redeemed')
        stack.redis('HSET', 'throttle:client:demo:127.0.0.1', 'attempts', '30')
        stack.wrong_secret()  # closes the throttle for its longest time
        before = stack.log()
        for _ in range(400):
            assert stack.post('/oauth/token', OWN_TOKEN, basic('demo', 'a-wrong-client-secret')).status == 429
        assert stack.end() == 0
        told = [json.loads(line) for line in stack.log()[len(before):].splitlines() if 'client_auth_throttled' in line]
        assert [(event['client_id'], event['reason'], event.get('count')) for event in told] == [
            ('demo', 'closed', None), ('demo', 'opened', '399')]
        assert '"status":429' not in ''.join(line for line in stack.log().splitlines() if '"event":"refused"' in line)


def test_without_stream():
    """STILE-audit-37 Without a stream, events are in the log."""
    with AuditedStack(STILE_EVENTS=0) as stack:
        assert is_logged(stack, stack.wrong_secret(), 'client_auth_failed')
        added = command(stack, 'user', 'add', 'ann', '--password', 'password-of-ann')
        assert added.returncode == 0 and 'user_added' in added.stderr
        stack.disconnect()
        assert stack.end() == 0  # Redis has written everything
        written = b''.join(file.read_bytes() for file in (stack.dir / 'redis/appendonlydir').glob('*.incr.aof'))
        assert b'user:ann' in written and b'\r\nXADD\r\n' not in written
