"""The part of systemd for a function, in a test: keeps its socket and receives its notifications (sd_notify(3))."""
import os
import pathlib
import pwd
import queue
import select
import shutil
import socket
import subprocess
import tempfile
import threading

from fastcgi import ask
from stack import PATIENCE, PROGRAMS

# sd_listen_fds(3): the socket is descriptor 3, and LISTEN_PID the process that receives it.
ACTIVATED = ['bash', '-c', 'exec 3<&"$0"; export LISTEN_FDS=1 LISTEN_PID=$$; exec "$@"']


class Notifications:
    """A socket for sd_notify; `next()` waits for the next notification."""

    def __init__(self, name):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(name)
        self.socket.settimeout(PATIENCE)

    def next(self):
        return self.socket.recv(4096).decode()

    def wait_for(self, what):
        """All notifications before it."""
        before = []
        while (said := self.next()) != what:
            before.append(said)
        return before

    def drain(self):
        said = []
        while select.select([self.socket], [], [], 0)[0]:
            said.append(self.next())
        return said


class Holder:
    """Keeps a listening socket and starts the function at the first request, and after its end at the next one.

    `ended` is a queue of exit statuses. `processes`: so many share the socket; they are started together.
    """

    def __init__(self, name, environment, processes=1):
        self.name, self.count = name, processes
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='h-'))
        self.socket = self.dir / 'socket'
        self.notifications = Notifications(str(self.dir / 'notify'))
        self.environment = environment | {'NOTIFY_SOCKET': str(self.dir / 'notify')}
        self.listening = socket.socket(socket.AF_UNIX)
        self.listening.bind(str(self.socket))
        self.listening.listen(4096)
        self.ended = queue.Queue()
        self.starts = 0
        self.running = []
        self.wake, self.waker = os.pipe()
        self.thread = threading.Thread(target=self.hold)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        os.write(self.waker, b'.')
        self.thread.join()
        for process in self.running:
            process.terminate()
        try:
            for process in self.running:
                process.wait(PATIENCE)
        finally:
            for process in self.running:
                process.kill()
                process.wait()
            self.listening.close()
            self.notifications.socket.close()
            os.close(self.wake)
            os.close(self.waker)
            shutil.rmtree(self.dir, ignore_errors=True)

    def start(self):
        self.starts += 1
        with open(self.dir / 'log', 'ab') as log:
            process = subprocess.Popen(
                [*ACTIVATED, str(self.listening.fileno()), PROGRAMS / f'stile-{self.name}', '--user',
                 pwd.getpwuid(os.geteuid()).pw_name], env=self.environment, pass_fds=[self.listening.fileno()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.running.append(process)
        return process

    def hold(self):
        while True:
            # No process serves: the next request starts the function, or the end of the test ends this.
            if self.wake in select.select([self.listening, self.wake], [], [])[0]:
                return
            for _ in range(self.count):
                self.start()
            while self.running:
                ends = {os.pidfd_open(process.pid): process for process in self.running}
                try:
                    ready = select.select([*ends, self.wake], [], [])[0]
                finally:
                    for descriptor in ends:
                        os.close(descriptor)
                if self.wake in ready:
                    return
                for descriptor in ready:
                    self.running.remove(ends[descriptor])
                    self.ended.put(ends[descriptor].wait())

    def get(self, query='', **parameters):
        return ask(self.socket, REQUEST_METHOD='GET', QUERY_STRING=query, REMOTE_ADDR='127.0.0.1', **parameters)
