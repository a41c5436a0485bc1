"""A machine of the test's own: this one's files, on which nothing that happens there remains, and a network of its own.

Its root is an overlay over this machine's in private namespaces; every process ends with it. systemd does not run there:
tests/package/systemctl stands for the little that a README's commands ask of it. Needs root.
"""
import os
import pathlib
import shutil
import signal
import subprocess

from stack import PATIENCE, clean_environment

HERE = pathlib.Path(__file__).resolve().parent

PREPARE = r'''
set -eu
mount -t tmpfs machine "$1"
mkdir "$1"/changes "$1"/work "$1"/root
mount -t overlay overlay -o lowerdir=/,upperdir="$1"/changes,workdir="$1"/work "$1"/root
cd "$1"/root
mount -t proc proc proc
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
chmod 1777 tmp
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do touch dev/$device; mount --bind /dev/$device dev/$device; done
ln -s /proc/self/fd dev/fd
mkdir run/lock run/redis
chown redis: run/redis
cp "$2"/systemctl usr/local/bin/systemctl
ip link set lo up
echo 127.0.0.1 localhost login.example.com > etc/hosts
# As the packages have left them on a new machine.
rm -rf etc/nginx/conf.d/* etc/nginx/sites-enabled/* etc/stile
echo ready
exec sleep infinity
'''


class Machine:
    """with Machine(folder) as machine: machine.run('dpkg -i …')"""

    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        self.process = subprocess.Popen(
            ['unshare', '--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--kill-child', 'bash', '-c', PREPARE, 'machine',
             self.folder, HERE], env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)
        line = self.process.stdout.readline()
        if line != 'ready\n':
            raise AssertionError(line + self.process.stdout.read())
        children = pathlib.Path(f'/proc/{self.process.pid}/task/{self.process.pid}/children').read_text()
        self.first = int(children)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGKILL)  # --kill-child: the first process goes with it, and all others with that
        self.process.wait(PATIENCE)
        self.process.stdout.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, path):
        """The place of one of its files, as this machine sees it."""
        return pathlib.Path(f'/proc/{self.first}/root{self.folder}/root{path}')

    def put(self, source, path):
        shutil.copy(source, self.path(path))

    def run(self, command, given='', may_fail=False):
        """What bash says to it there, as root."""
        environment = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root',
                       'DEBIAN_FRONTEND': 'noninteractive', 'LANG': 'C.UTF-8'}
        # Output goes to a file: what stays running must not hold a pipe.
        log = self.path('/tmp/output')
        with open(log, 'wb') as output:
            done = subprocess.run(
                ['nsenter', f'--target={self.first}', '--mount', '--pid', '--net', '--uts', '--ipc', 'chroot',
                 f'{self.folder}/root', 'bash', '-euc', command], env=environment, input=given.encode(), stdout=output,
                stderr=subprocess.STDOUT, timeout=10 * PATIENCE)
        said = log.read_text(errors='replace')
        assert may_fail or done.returncode == 0, f'{command}\n{said}'
        return said


def is_possible():
    """Whether this user may make such a machine here."""
    return os.geteuid() == 0 and subprocess.run(
        ['unshare', '--mount', '--pid', '--net', '--fork', 'true'], stderr=subprocess.DEVNULL).returncode == 0
