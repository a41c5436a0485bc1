"""Network namespaces of a test: what it starts there does not affect others, and its links can be cut."""
import contextlib
import ctypes
import os
import subprocess

CLONE_NEWNET = 0x40000000  # linux/sched.h
LIBC = ctypes.CDLL(None, use_errno=True)


def run(*command):
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=20)


@contextlib.contextmanager
def own_network():
    """This thread, and the threads and processes that it starts, get a separate network with only a loopback interface.
    OSError if the kernel refuses that."""
    before = os.open('/proc/thread-self/ns/net', os.O_RDONLY)
    try:
        if LIBC.unshare(CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), 'no separate network')
        run('ip', 'link', 'set', 'lo', 'up')
        yield
    finally:
        LIBC.setns(before, CLONE_NEWNET)
        os.close(before)


class Neighbour:
    """Another machine's network, 10.0.0.2, connected by a cable to this one's, 10.0.0.1."""

    def __enter__(self):
        # It lives as long as this process, which reports when it is ready.
        self.holder = subprocess.Popen(['unshare', '--net', 'sh', '-c', 'ip link set lo up && echo there && exec cat'],
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b'there\n'
        self.inside = ['nsenter', f'--net=/proc/{self.holder.pid}/ns/net']
        run('ip', 'link', 'add', 'cable', 'type', 'veth', 'peer', 'name', 'cable', 'netns', str(self.holder.pid))
        run('ip', 'address', 'add', '10.0.0.1/24', 'dev', 'cable')
        run('ip', 'link', 'set', 'cable', 'up')
        run(*self.inside, 'ip', 'address', 'add', '10.0.0.2/24', 'dev', 'cable')
        self.plug_in()
        return self

    def unplug(self):
        run(*self.inside, 'ip', 'link', 'set', 'cable', 'down')

    def swallow(self):
        """The other machine receives packets, but its answers are lost."""
        run(*self.inside, 'ip', 'route', 'add', 'blackhole', '10.0.0.1/32')

    def answer(self):
        run(*self.inside, 'ip', 'route', 'del', 'blackhole', '10.0.0.1/32')

    def plug_in(self):
        run(*self.inside, 'ip', 'link', 'set', 'cable', 'up')

    def __exit__(self, *_):
        self.holder.stdin.close()
        self.holder.wait(20)
        self.holder.stdout.close()
