"""A function's notifications to its supervisor, and its start and end with a socket that another process keeps."""
import fcntl
import os
import pwd
import signal
import socket
import subprocess
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from fastcgi import ask
from faults import eventually
from function import Function
from stack import BUILD, PATIENCE, PROGRAMS, clean_environment
from supervisor import ACTIVATED, Holder, Notifications

ISSUER = 'https://id.example'
ME = ['--user', pwd.getpwuid(os.geteuid()).pw_name]


def is_answer(text):
    return text.startswith('Status: 200 OK\r\n') and f'"issuer":"{ISSUER}"' in text


@pytest.mark.parametrize('is_abstract', [False, True])
def test_ready_and_stopping(tmp_path, is_abstract):
    """STILE-systemd-1 A function sends READY=1 when it serves and STOPPING=1 when it receives SIGTERM."""
    name = f'@stile-{uuid.uuid4()}' if is_abstract else str(tmp_path / 'notify')
    told = Notifications(name.replace('@', '\0'))
    with Function('metadata', clean_environment(STILE_ISSUER=ISSUER, NOTIFY_SOCKET=name)) as metadata:
        assert told.next() == 'READY=1'
        assert is_answer(metadata.get())
        assert told.drain() == []
        assert metadata.end() == 0
    assert told.next() == 'STOPPING=1'
    assert told.drain() == []
    told.socket.close()


@pytest.mark.parametrize('name', ['', 'relative', '/nowhere/notify', '/' + 'x' * 200])
def test_no_notification_listener(name):
    """STILE-systemd-2 A function also serves if no process listens on its notification socket."""
    with Function('metadata', clean_environment(STILE_ISSUER=ISSUER, NOTIFY_SOCKET=name, WATCHDOG_USEC='20000')) as metadata:
        assert is_answer(metadata.get())
        assert metadata.end() == 0


class SilentRedis:
    """Accepts connections and answers nothing until it is told to hang up."""

    def __init__(self, path):
        self.path = path
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(path))
        self.listening.listen()
        self.listening.settimeout(PATIENCE)

    def take(self):
        connection, _ = self.listening.accept()
        assert connection.recv(1)
        return connection


def is_silent(told):
    """For five periods of the watchdog."""
    told.drain()
    time.sleep(1)
    return told.drain() == []


def test_watchdog(tmp_path):
    """STILE-watchdog-2 Watchdog notifications are sent twice in each period, not while the event loop hangs, and again when
    it goes on."""
    told = Notifications(str(tmp_path / 'notify'))
    # Writing the log hangs when nobody reads it.
    os.mkfifo(tmp_path / 'log')
    log = os.open(tmp_path / 'log', os.O_RDONLY | os.O_NONBLOCK)
    runner = ['bash', '-c', f'exec "$0" "$@" 2> {tmp_path / "log"}']
    environment = clean_environment(STILE_ISSUER=ISSUER, NOTIFY_SOCKET=tmp_path / 'notify', WATCHDOG_USEC='200000')
    with Function('metadata', environment, runner) as metadata, ThreadPoolExecutor() as pool:
        assert told.wait_for('READY=1') == []
        for _ in range(3):
            assert told.next() == 'WATCHDOG=1'
        fcntl.fcntl(log, fcntl.F_SETPIPE_SZ, 4096)
        answers = pool.submit(lambda: [metadata.get() for _ in range(100)])
        eventually(lambda: is_silent(told), 'a loop that hangs is not noticed')
        assert not answers.done()
        os.set_blocking(log, True)
        reading = pool.submit(lambda: [None for _ in iter(lambda: os.read(log, 4096), b'')])
        assert all(map(is_answer, answers.result(PATIENCE)))
        assert told.next() == 'WATCHDOG=1'
        assert metadata.end() == 0
        reading.result(PATIENCE)
    os.close(log)
    told.socket.close()


def test_watchdog_while_redis_is_silent(tmp_path):
    """STILE-watchdog-1 Requests that wait for Redis do not stop the watchdog notifications: they end by themselves."""
    told = Notifications(str(tmp_path / 'notify'))
    redis = SilentRedis(tmp_path / 'redis')
    environment = clean_environment(STILE_ISSUER=ISSUER, NOTIFY_SOCKET=tmp_path / 'notify', WATCHDOG_USEC='200000',
                                    STILE_REDIS=f'unix://{redis.path}', STILE_REDIS_TIMEOUT='2000')
    with Function('introspect', environment) as introspect, ThreadPoolExecutor(300) as pool:
        assert told.wait_for('READY=1') == []
        answers = [pool.submit(introspect.post, 'token=x&client_id=a&client_secret=b') for _ in range(300)]
        connection = redis.take()
        told.drain()
        for _ in range(5):
            assert told.next() == 'WATCHDOG=1'
        assert all(answer.result(PATIENCE).startswith('Status: 503') for answer in answers)
        redis.listening.close()
        connection.close()
    told.socket.close()


@pytest.mark.parametrize('settings', [{}, {'WATCHDOG_USEC': '20000', 'WATCHDOG_PID': '1'}])
def test_no_watchdog(tmp_path, settings):
    """STILE-watchdog-3 A process without a watchdog, or whose parent has one, sends no watchdog notification."""
    told = Notifications(str(tmp_path / 'notify'))
    with Function('metadata', clean_environment(STILE_ISSUER=ISSUER, NOTIFY_SOCKET=tmp_path / 'notify', **settings)) as metadata:
        for _ in range(20):
            metadata.get()
        assert metadata.end() == 0
    assert told.wait_for('STOPPING=1') == ['READY=1']
    told.socket.close()


def test_systemd_socket_activate(tmp_path):
    """STILE-systemd-3 systemd's socket activation starts a function at the first request, which is answered."""
    path = tmp_path / 'socket'
    settings = {'STILE_ISSUER': ISSUER, 'STILE_IDLE_EXIT': '3600'}
    process = subprocess.Popen(
        ['systemd-socket-activate', '-l', path, *(f'-E{name}={value}' for name, value in settings.items()),
         PROGRAMS / 'stile-metadata', *ME], env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr.readline().startswith('Listening on ')
        assert is_answer(ask(path, REQUEST_METHOD='GET', REMOTE_ADDR='127.0.0.1'))
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


def ask_until(holder, finished, answers):
    while not finished.is_set():
        answers.append(holder.get())


def test_restart_loses_nothing():
    """STILE-systemd-4 Processes that share a socket are restarted one by one under load: every request is answered."""
    with Holder('metadata', clean_environment(STILE_ISSUER=ISSUER), processes=3) as holder, \
            ThreadPoolExecutor() as pool:
        assert is_answer(holder.get())
        for _ in range(3):
            holder.notifications.wait_for('READY=1')
        finished = threading.Event()
        answers = []
        clients = [pool.submit(ask_until, holder, finished, answers) for _ in range(6)]
        try:
            for _ in range(6):
                before = len(answers)
                oldest = holder.running[0]
                replacement = holder.start()  # the new one is not relevant for the holding thread, only for the test
                holder.notifications.wait_for('READY=1')
                oldest.send_signal(signal.SIGTERM)
                assert holder.ended.get(timeout=PATIENCE) == 0
                assert replacement.poll() is None
                while len(answers) < before + 20:
                    assert not any(client.done() for client in clients)
                    time.sleep(0.005)
        finally:
            finished.set()
        for client in clients:
            client.result(PATIENCE)
        assert all(map(is_answer, answers))


def test_request_under_way(tmp_path):
    """STILE-systemd-6 A request in progress at SIGTERM gets its response."""
    redis = SilentRedis(tmp_path / 'redis')
    environment = clean_environment(STILE_ISSUER=ISSUER, STILE_REDIS=f'unix://{redis.path}', STILE_REDIS_TIMEOUT='60000')
    with Holder('authorize', environment | {'STILE_PAGES': str(BUILD / 'pages')}) as holder, ThreadPoolExecutor() as pool:
        answer = pool.submit(holder.get, 'client_id=a')
        connection = redis.take()
        holder.running[0].send_signal(signal.SIGTERM)
        assert holder.notifications.wait_for('STOPPING=1') == ['READY=1']
        assert not answer.done()
        redis.listening.close()
        connection.close()
        assert answer.result(PATIENCE).startswith('Status: 503')
        assert holder.ended.get(timeout=PATIENCE) == 0


def test_stopped_while_no_process_serves():
    """STILE-systemd-5 Requests between the end of a function and its next start wait in the socket."""
    with Holder('metadata', clean_environment(STILE_ISSUER=ISSUER)) as holder, ThreadPoolExecutor() as pool:
        for round_number in range(1, 4):
            asked = [pool.submit(holder.get) for _ in range(5)]
            assert all(is_answer(each.result(PATIENCE)) for each in asked)
            assert holder.starts == round_number
            holder.running[0].send_signal(signal.SIGTERM)
            assert holder.ended.get(timeout=PATIENCE) == 0


def test_idle_exit():
    """STILE-idle-2 A function without requests for STILE_IDLE_EXIT seconds exits 0, and the next request starts it again."""
    with Holder('metadata', clean_environment(STILE_ISSUER=ISSUER, STILE_IDLE_EXIT='1')) as holder:
        for round_number in range(1, 3):
            assert is_answer(holder.get())
            assert holder.ended.get(timeout=PATIENCE) == 0
            assert holder.starts == round_number
            assert holder.notifications.wait_for('STOPPING=1') == ['READY=1']


def test_idle_exit_loses_nothing():
    """STILE-idle-3 A request that arrives at the moment of the idle exit is answered, by this process or by the next."""
    rounds = 5
    with Holder('metadata', clean_environment(STILE_ISSUER=ISSUER, STILE_IDLE_EXIT='1')) as holder, \
            ThreadPoolExecutor() as pool:
        for _ in range(rounds):
            assert is_answer(holder.get())
            holder.notifications.wait_for('STOPPING=1')  # it has decided to end, and may still exist
            asked = [pool.submit(holder.get) for _ in range(4)]
            assert all(is_answer(each.result(PATIENCE)) for each in asked)
            assert holder.ended.get(timeout=PATIENCE) == 0
        assert holder.starts >= rounds


def test_idle_time(tmp_path):
    """STILE-idle-1 The idle time begins when the last request has ended, and never during a request."""
    redis = SilentRedis(tmp_path / 'redis')
    environment = clean_environment(STILE_ISSUER=ISSUER, STILE_REDIS=f'unix://{redis.path}', STILE_REDIS_TIMEOUT='60000',
                                    STILE_IDLE_EXIT='1', STILE_PAGES=BUILD / 'pages')
    with Holder('authorize', environment) as holder, ThreadPoolExecutor() as pool:
        answer = pool.submit(holder.get, 'client_id=a')
        connection = redis.take()
        time.sleep(2.5)
        assert holder.ended.empty()
        redis.listening.close()
        connection.close()
        assert answer.result(PATIENCE).startswith('Status: 503')
        ended = time.monotonic()
        assert holder.ended.get(timeout=PATIENCE) == 0
        assert time.monotonic() - ended > 0.9
        assert holder.starts == 1


def test_idle_exit_is_put_off():
    """STILE-idle-4 Each request restarts the idle time."""
    with Holder('metadata', clean_environment(STILE_ISSUER=ISSUER, STILE_IDLE_EXIT='2')) as holder:
        began = time.monotonic()
        while time.monotonic() < began + 5:
            assert is_answer(holder.get())
            time.sleep(0.01)
        assert holder.starts == 1 and holder.ended.empty()


@pytest.mark.parametrize('runner,arguments', [((), ['--listen', './own']), ((), []), ([*ACTIVATED, '0'], ['--listen', './own'])])
def test_idle_exit_needs_a_holder(tmp_path, runner, arguments):
    """STILE-idle-5 A function whose socket would be closed with it refuses STILE_IDLE_EXIT in one line."""
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / 'passed'))
        listening.listen()
        done = subprocess.run([*runner, PROGRAMS / 'stile-metadata', *ME, *arguments], stdin=listening, cwd=tmp_path,
                              capture_output=True, text=True, timeout=PATIENCE,
                              env=clean_environment(STILE_ISSUER=ISSUER, STILE_IDLE_EXIT='60'))
    assert done.returncode == 1
    assert done.stderr == ('stile-metadata: STILE_IDLE_EXIT needs a socket passed at start '
                           '(systemd socket activation)\n')
