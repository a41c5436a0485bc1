"""Redis stops, does not answer, fills up or loads its files, under load."""
import os
import shutil
import signal
import subprocess
import time

import pytest

from conftest import LIVES_LONG
from load import PATIENCE
from proxy import CuttingProxy
from running import Clients
from stack import REDIS_NAME, ROOT, Stack


def hold(load, seconds, refusals=20):
    """The fault lasts this long, and at least until requests have failed."""
    began = time.monotonic()
    enough = load.ledger.unavailable + refusals
    load.wait_for(lambda ledger: ledger.unavailable >= enough, 'no request was refused')
    time.sleep(max(0, seconds - (time.monotonic() - began)))


def redis_pid(stack):
    return stack.children(REDIS_NAME)[0]


def test_killed(shared_clients, survive, long):
    """STILE-fault-1 Redis is killed and restarted: no acknowledged write is lost, and no code or token is used twice."""
    supervisor = shared_clients.stack.process.pid

    def kill(load):
        os.kill(supervisor, signal.SIGSTOP)  # otherwise Redis is back before 20 requests are refused
        try:
            os.kill(redis_pid(shared_clients.stack), signal.SIGKILL)
            hold(load, 0)
        finally:
            os.kill(supervisor, signal.SIGCONT)

    ledger = survive(shared_clients, 'Redis killed and started again', kill, times=5 if long else 1)
    assert ledger.unavailable > 0


def test_stopped(shared_clients, survive, long):
    """STILE-fault-2 Redis accepts connections but does not answer for a while: requests get 503, and no step runs late."""
    def stop(load):
        pid = redis_pid(shared_clients.stack)
        try:
            with load.quiet():  # otherwise a step that is in progress now is completed, and its response lost
                os.kill(pid, signal.SIGSTOP)
            hold(load, 10 if long else 3)
        finally:
            os.kill(pid, signal.SIGCONT)

    survive(shared_clients, f'Redis stopped for {10 if long else 3} s', stop, times=2 if long else 1, refusals_are_final=True)


def test_out_of_memory(shared_clients, survive, long):
    """STILE-fault-3 Redis is out of memory: steps that add data are refused; reading and revoking work."""
    def fill(load):
        def live(ledger):
            return [token for token, fate in list(ledger.own_tokens.items()) if fate == 'live']

        load.wait_for(lambda ledger: len(live(ledger)) > 1, 'no tokens')
        own = live(load.ledger)[0]  # not the newest, which its worker may revoke
        shared_clients.stack.redis('CONFIG', 'SET', 'maxmemory', '1')
        try:
            hold(load, 5 if long else 0)
            assert shared_clients.is_active(shared_clients.service, own)
            shared_clients.revoke(shared_clients.service, own)
            load.ledger.own_tokens[own] = 'revoked'
        finally:
            shared_clients.stack.redis('CONFIG', 'SET', 'maxmemory', '0')

    survive(shared_clients, 'Redis out of memory', fill, times=3 if long else 1, refusals_are_final=True)


def test_loading(survive, long, tmp_path):
    """STILE-fault-4 Redis loads a large file before it serves: requests get 503, and all data is there afterwards."""
    for name in ('nginx', 'functions'):
        (tmp_path / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / 'redis', tmp_path / 'redis')
    with open(tmp_path / 'redis/redis.conf', 'a') as settings:
        settings.write('\nkey-load-delay 100\n')  # microseconds for each record

    with Stack(root=tmp_path, **LIVES_LONG) as stack:
        # Redis answers "LOADING" each 1024 records.
        stack.redis('EVAL', 'for i = 1, 10000 do redis.call("SET", "filler:" .. i, i) end', '0')

        def kill(load):
            os.kill(redis_pid(stack), signal.SIGKILL)
            log = stack.dir / 'log/functions.log'
            load.wait_for(lambda _: 'LOADING' in log.read_text(), 'Redis is not seen loading')

        survive(Clients(stack), 'Redis loading', kill, times=2 if long else 1)


def test_cut_connections(survive, long):
    """STILE-fault-5 Connections to Redis break in the middle of replies: each gives a 503, and the next request is
    served."""
    with Stack(**LIVES_LONG) as stack:
        clients = Clients(stack)
        with CuttingProxy(stack.dir / 'redis.sock') as proxy:
            def cut(load):
                # A greeting is answered by "+OK" and the time, some 40 bytes; then come the replies of steps.
                proxy.cut_after = [0, 3, 20, 41, 60, 100, 200, 500]
                stack.redis('CLIENT', 'KILL', 'TYPE', 'normal')
                hold(load, 5 if long else 1)
                proxy.cut_after = None

            survive(clients, 'connections to Redis cut in mid-reply', cut, times=3 if long else 1)
            assert proxy.cuts > 20


# A tmpfs for Redis only, in a mount namespace of the instance. The helper fills it and frees it on request.
SMALL_DISK = '''
mkdir "$0/redis" && mount -t tmpfs -o size=16m tmpfs "$0/redis" && mkfifo "$0/orders" "$0/done" || exit 1
(while read order; do
    if [ $order = fill ]; then cat /dev/zero > "$0/redis/filler" 2>/dev/null; else rm "$0/redis/filler"; fi
    echo $order > "$0/done"
done < "$0/orders") &
exec "$@"
'''


def test_disk_full(survive, long):
    """STILE-fault-6 The disk of the append-only file is full: Redis acknowledges no write until there is space, and
    then works again by itself."""
    as_root = [] if os.geteuid() == 0 else ['--user', '--map-root-user']
    if subprocess.run(['unshare', *as_root, '--mount', 'true'], capture_output=True, check=False).returncode != 0:
        pytest.skip('no separate disk is possible here: mount namespaces are refused, as in a chroot')

    def under(folder):
        return ['unshare', *as_root, '--mount', 'sh', '-c', SMALL_DISK, folder]

    with Stack(under=under, **LIVES_LONG) as stack:
        def order(word):
            orders.write(word + '\n')
            orders.flush()
            assert (stack.dir / 'done').read_text() == word + '\n'

        def fill(load):
            order('fill')
            hold(load, 10 if long else 3)
            order('clear')

        with open(stack.dir / 'orders', 'w') as orders:
            survive(Clients(stack), 'disk of the append-only file full', fill, times=2 if long else 1)
        log = (stack.dir / 'log/redis.log').read_text()
        assert 'AOF write error' in log, log[-3000:]
