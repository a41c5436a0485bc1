"""stile-deliver sends the logout tokens: it has nothing that is worth a break-in, and reaches no address that is not public unless the
operator allows it."""
import os
import pathlib
import signal
import subprocess
import time

from conftest import session_and_state
from stack import PATIENCE, PROGRAMS, REDIS_NAME, Stack
from test_backchannel import LAST_ATTEMPT, Listener, add_client, events, notices, queue_notice, wait_until
from test_backchannel import nothing_is_left, stack  # noqa: F401


def deliverer(stack):
    """The process that delivers for stile-logout."""
    [logout] = stack.children('stile-logout')
    found = stack.children('stile-deliver', logout)
    return found[0] if found else None


def deliver_one(stack, client, listener):
    add_client(stack, client, listener.uri)
    queue_notice(stack, client, 'jti-' + client)
    listener.next()
    wait_until(lambda: notices(stack) == [''])


def linked(program):
    return subprocess.run(['ldd', PROGRAMS / program], capture_output=True, text=True, check=True, timeout=PATIENCE).stdout


def test_who_is_linked_with_what():
    """STILE-deliver-2 Only stile-deliver is linked with an HTTP client, and it with none for Redis."""
    assert 'libcurl' in linked('stile-deliver') and 'libhiredis' not in linked('stile-deliver')
    for program in PROGRAMS.glob('stile*'):
        if program.name not in ('stile-deliver', 'stile-demo-client'):
            assert 'libcurl' not in linked(program.name), program


def test_nothing_to_take(stack):
    """STILE-deliver-3 The process that talks to clients has no setting and no password in its environment."""
    with Listener() as listener:
        deliver_one(stack, 'first', listener)
    pid = deliverer(stack)
    environment = pathlib.Path(f'/proc/{pid}/environ').read_text(errors='replace')
    assert 'STILE_' not in environment and 'password' not in environment
    assert os.readlink(f'/proc/{pid}/fd/0').startswith('socket:')  # from stile-logout
    assert pathlib.Path(f'/proc/{pid}/status').read_text().count('NoNewPrivs:\t1') == 1


def test_private_addresses():
    """STILE-deliver-4 Without STILE_LOGOUT_NETWORKS for it no connection is made to an address for special use, also if a name leads there."""
    with Stack(STILE_CLIENT_CACHE=0, STILE_LOGOUT_NETWORKS='10.0.0.0/8') as own, Listener() as listener:
        for client, uri in (('number', listener.uri), ('name', listener.uri.replace('127.0.0.1', 'localhost')),
                            ('mapped', listener.uri.replace('127.0.0.1', '[::ffff:127.0.0.1]')), ('odd', listener.uri.replace('127.0.0.1', '0x7f.1'))):
            add_client(own, client, uri)
            queue_notice(own, client, 'jti', LAST_ATTEMPT)
            wait_until(lambda: events(own, 'logout_undelivered', client))
            assert events(own, 'logout_undelivered', client)[0]['reason'] == 'unreachable'
        assert listener.came.empty()


def test_killed(stack):
    """STILE-deliver-5 If stile-deliver dies, its deliveries are tried again by another one."""
    with Listener() as listener:
        listener.answers = [listener.hang, 200]
        add_client(stack, 'orphan', listener.uri)
        queue_notice(stack, 'orphan', 'jti-orphan')
        listener.next()
        before = deliverer(stack)
        os.kill(before, signal.SIGKILL)
        listener.next()
        wait_until(lambda: notices(stack) == [''])
        assert deliverer(stack) != before


def test_hangs(stack):
    """STILE-deliver-6 A stile-deliver that hangs is replaced."""
    with Listener() as listener:
        deliver_one(stack, 'before', listener)
        before = deliverer(stack)
        os.kill(before, signal.SIGSTOP)
        add_client(stack, 'after', listener.uri)
        queue_notice(stack, 'after', 'jti-after')
        listener.next()
        wait_until(lambda: notices(stack) == [''])
        assert deliverer(stack) not in (None, before)


def test_ends_with_logout(stack):
    """STILE-deliver-7 It ends with the stile-logout that it works for, however that ends."""
    with Listener() as listener:
        deliver_one(stack, 'last', listener)
    pid = deliverer(stack)
    [logout] = stack.children('stile-logout')
    os.kill(logout, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while session_and_state(pid)[1] != 'Z':  # also if there is no such process; its new parent may keep what has ended
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_no_deliverer(stack):
    """STILE-deliver-8 Where stile-deliver cannot be reached, notices wait, and the log says why."""
    with Stack(STILE_CLIENT_CACHE=0, STILE_DELIVER_SOCKET='/run/there-is-none.sock') as own, Listener() as listener:
        add_client(own, 'waiting', listener.uri)
        queue_notice(own, 'waiting', 'jti')
        log = own.dir / 'log/functions.log'
        wait_until(lambda: 'cannot reach stile-deliver: No such file or directory' in log.read_text())
        assert notices(own)[0].split()[1:] == ['jti', 'waiting', 'admin', 'sid'] and listener.came.empty()
        assert own.children(REDIS_NAME)
