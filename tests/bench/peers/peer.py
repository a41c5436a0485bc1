"""The common part of all peers: a folder and processes, which end with them."""
import pathlib
import subprocess
import tempfile
import time

from sets import PATIENCE, clean_environment

CLIENT_ID = 'load'
REDIRECT_URI = 'https://www.example.com/redirect'
SCOPE = 'email'


class Peer:
    """Measured as Stile is. `options`: the paths of its endpoints, for the generator. It has one session, logged in at the
    beginning, which all the generator's clients use."""

    def __init__(self, stile):
        self.stile = stile

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory(prefix='peer-', dir=self.stile.stack.dir)
        self.dir = pathlib.Path(self.folder.name)
        self.started = []
        try:
            self.start()
            self.options = self.options | {'session-cookie': self.log_in()}
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.started):
            process.terminate()
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()
                process.wait()
        self.folder.cleanup()

    def run(self, *command, **environment):
        """Starts a process of the peer; its output goes into a file."""
        with open(self.dir / 'output', 'ab') as output:
            process = subprocess.Popen(command, env=clean_environment(**environment), cwd=self.dir,
                                       stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        self.started.append(process)
        return process

    def wait_until(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not (result := condition()):
            broken = [process for process in self.started if process.poll() is not None]
            assert not broken and time.monotonic() < deadline, f'{self.name} does not start: {self.output()}'
            time.sleep(0.01)
        return result

    def output(self):
        return (self.dir / 'output').read_text(errors='replace')

    def redis_reads(self):
        return 0
