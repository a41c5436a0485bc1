"""A container that boots like a machine, for a test: the files of this machine, on which no change remains, a separate
network, and systemd as its first process. Its root is an overlay over this machine's root, in separate namespaces;
it ends with every process in it. Needs root."""
import os
import pathlib
import select
import shutil
import subprocess
import time
import uuid

from stack import PATIENCE, clean_environment

# In namespaces already: everything but the control group, so that what systemd makes there can be found and removed.
PREPARE = r'''
set -eu
mount -t tmpfs machine "$1"
cd "$1"
mkdir changes work root cgroup
mount -t cgroup2 cgroup2 cgroup
mkdir cgroup/"$2"
echo 0 > cgroup/"$2"/cgroup.procs
umount cgroup
mount -t overlay overlay -o lowerdir=/,upperdir=changes,workdir=work root
exec unshare --cgroup bash -euc "$3"
'''
BOOT = r'''
cd root
mount -t proc proc proc
mount -t sysfs sysfs sys
mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs tmpfs run
mount -t tmpfs tmpfs tmp
mount -t tmpfs tmpfs dev
for device in null zero full random urandom tty; do touch dev/$device; mount --bind /dev/$device dev/$device; done
mkdir dev/shm dev/pts
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
# As on a new machine: of this one's services only those that are started by name, of its nginx and Stile no settings.
rm -rf etc/systemd/system/*.wants etc/nginx/conf.d/* etc/nginx/sites-enabled/* etc/stile usr/sbin/policy-rc.d
for service in systemd-udevd systemd-firstboot systemd-remount-fs systemd-timesyncd; do
    ln -sf /dev/null etc/systemd/system/$service.service
done
echo 127.0.0.1 localhost login.example.com > etc/hosts
mkdir -p this_machine
mount --make-rprivate /
pivot_root . this_machine
umount -l /this_machine
exec env -i container=lxc PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --system --unit=basic.target
'''
REMOVE_CGROUP = 'mount -t cgroup2 cgroup2 "$1" && find "$1/$2" -depth -type d -exec rmdir {} +'


class Machine:
    """with Machine(folder) as machine: machine.run('dpkg -i …')

    `server`: the unit of Redis or Valkey that runs there.
    """

    def __init__(self, folder, server='redis-server'):
        self.folder, self.server = folder, server
        self.cgroup = f'stile-{uuid.uuid4()}'

    def __enter__(self):
        self.process = subprocess.Popen(
            ['unshare', '--mount', '--pid', '--net', '--uts', '--ipc', '--fork', '--kill-child', 'bash', '-c', PREPARE, 'machine',
             self.folder, self.cgroup, BOOT], env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        children = pathlib.Path(f'/proc/{self.process.pid}/task/{self.process.pid}/children')
        deadline = time.monotonic() + PATIENCE
        while not (first := children.read_text()):
            assert self.process.poll() is None and time.monotonic() < deadline
            time.sleep(0.01)
        self.first = int(first)
        self.end = os.pidfd_open(self.first)
        try:
            # systemctl answers as soon as systemd listens there, and waits for the end of the start.
            while not self.path('/run/systemd/private').exists():
                assert self.process.poll() is None, self.process.stderr.read()
                assert time.monotonic() < deadline, 'systemd does not start'
                time.sleep(0.02)
            self.run('ip link set lo up; systemctl is-system-running --wait', may_fail=True)
            self.run(f'systemctl start nginx {self.server}')
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.process.kill()  # --kill-child: the first process goes with it, and all others with that
        self.process.wait(PATIENCE)
        assert select.select([self.end], [], [], PATIENCE)[0], 'the machine does not end'
        os.close(self.end)
        self.process.stderr.close()
        subprocess.run(['unshare', '--mount', 'sh', '-c', REMOVE_CGROUP, 'remove', self.folder, self.cgroup], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, path):
        """The path of one of its files, as this machine sees it."""
        return pathlib.Path(f'/proc/{self.first}/root{path}')

    def put(self, source, path):
        shutil.copy(source, self.path(path))

    def run(self, command, given='', may_fail=False):
        """The output of a bash command there, run as root."""
        environment = {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root',
                       'DEBIAN_FRONTEND': 'noninteractive', 'LANG': 'C.UTF-8'}
        # Output goes to a file, because a process that keeps running must not hold a pipe.
        log = self.path(f'/run/output-{uuid.uuid4()}')
        with open(log, 'wb') as output:
            done = subprocess.run(
                ['nsenter', f'--target={self.first}', '--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup',
                 'bash', '-euc', command], env=environment, input=given.encode(), stdout=output, stderr=subprocess.STDOUT,
                timeout=10 * PATIENCE)
        said = log.read_text(errors='replace')
        assert may_fail or done.returncode == 0, f'{command}\n{said}'
        return said


def is_possible():
    """Whether this user may create such a machine here."""
    attempt = ('cd /mnt && mount -t tmpfs a . && cd /mnt && mkdir c o u w && mount -t cgroup2 a c && mkdir c/stile-try && '
               'rmdir c/stile-try && mount -t overlay a -o lowerdir=/,upperdir=u,workdir=w o')
    return os.geteuid() == 0 and pathlib.Path('/lib/systemd/systemd').exists() and subprocess.run(
        ['unshare', '--mount', '--pid', '--net', '--cgroup', '--fork', 'sh', '-c', attempt],
        stderr=subprocess.DEVNULL).returncode == 0
