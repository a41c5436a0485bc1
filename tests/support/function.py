"""One function without nginx and without stile-run."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from fastcgi import ask
from stack import PATIENCE, PROGRAMS


class Function:
    """with Function('token', environment) as token: token.get(…), token.post({…})

    `runner` stands before the program, such as a valgrind; what it writes to {dir}/report is `report` afterwards.
    """

    def __init__(self, name, environment, runner=()):
        self.name, self.environment, self.runner = name, environment, runner

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='f-'))
        self.socket = self.dir / 'socket'
        self.log = self.dir / 'log'
        with open(self.log, 'wb') as log:
            self.process = subprocess.Popen(
                [*(part.format(dir=self.dir) for part in self.runner), PROGRAMS / f'stile-{self.name}', '--listen',
                 self.socket, '--user', pwd.getpwuid(os.geteuid()).pw_name], env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)
        return self

    def answers(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def __exit__(self, *_):
        self.end()
        shutil.rmtree(self.dir, ignore_errors=True)

    def end(self):
        """Its exit status after SIGTERM; its output is in `log`."""
        try:
            self.process.send_signal(signal.SIGTERM)
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()

    @property
    def report(self):
        return (self.dir / 'report').read_text(errors='replace')

    def get(self, query='', **parameters):
        return ask(self.socket, REQUEST_METHOD='GET', QUERY_STRING=query, REMOTE_ADDR='127.0.0.1', **parameters)

    def post(self, body, query='', **parameters):
        return ask(self.socket, body, REQUEST_METHOD='POST', QUERY_STRING=query, REMOTE_ADDR='127.0.0.1',
                   CONTENT_TYPE='application/x-www-form-urlencoded', **{'CONTENT_LENGTH': str(len(body.encode())), **parameters})
