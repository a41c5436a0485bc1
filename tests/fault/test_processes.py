"""Functions are killed, nginx reloads its configuration, and clocks jump, under load."""
import os
import pathlib
import shutil
import signal
import struct
import subprocess

from conftest import LIVES_LONG
from faults import eventually
from load import PATIENCE
from running import Clients
from stack import PROGRAMS, REDIS, REDIS_NAME, Stack


def test_function_killed(shared_clients, survive, long):
    """STILE-fault-7 Functions are killed under load: each is restarted, and at most its current requests fail."""
    stack = shared_clients.stack

    def kill(_):
        for name in ('stile-token', 'stile-authorize', 'stile-introspec', 'stile-revoke', 'stile-login'):
            [before] = stack.children(name)
            os.kill(before, signal.SIGKILL)
            eventually(lambda: stack.children(name) not in ([], [before]), f'{name} is not started again')

    survive(shared_clients, 'functions killed and started again', kill, times=10 if long else 2)


def test_nginx_reload(shared_clients, survive, long):
    """STILE-fault-8 nginx reloads its configuration under load: no request fails."""
    stack = shared_clients.stack
    master = int((stack.dir / 'nginx.pid').read_text())

    def workers():
        return stack.children('nginx', master)

    def reload(load):
        before = set(workers())
        os.kill(master, signal.SIGHUP)
        eventually(lambda: workers() and not before & set(workers()), 'the old workers do not end')

    for keep_alive in (True, False):
        ledger = survive(shared_clients, f'nginx reload, {"kept" if keep_alive else "new"} connections', reload,
                         times=10 if long else 2, keep_alive=keep_alive,
                         refusals_are_final=True)
        assert ledger.unavailable == 0
        assert keep_alive or ledger.reconnects == 0


class Clocks:
    """Programs whose clocks can be set while they run; see clock.c."""

    def __init__(self, folder):
        self.folder = folder
        self.library = folder / 'clock.so'
        subprocess.run(['gcc', '-shared', '-fPIC', '-o', self.library, pathlib.Path(__file__).with_name('clock.c')],
                       check=True, timeout=PATIENCE)
        for clock in ('functions', 'redis'):
            (folder / clock).write_bytes(struct.pack('l', 0))
        shutil.copy(PROGRAMS / 'stile-run', folder)  # it starts the programs in its folder
        (folder / 'stile').symlink_to(PROGRAMS / 'stile')
        for program in PROGRAMS.glob('stile-*'):
            if program.name != 'stile-run':
                self.wrap(program.name, program, 'functions')
        self.wrap(REDIS_NAME, shutil.which(REDIS), 'redis')

    def wrap(self, name, program, clock):
        script = self.folder / name
        script.write_text(f'#!/bin/sh\nLD_PRELOAD={self.library} CLOCK={self.folder / clock} exec {program} "$@"\n')
        script.chmod(0o755)

    def set(self, clock, seconds):
        with open(self.folder / clock, 'r+b') as file:
            file.write(struct.pack('l', seconds))


def test_clock_step(survive, long, tmp_path):
    """STILE-fault-9 The clock of the functions or of Redis jumps: used codes and tokens stay used, and valid ones stay
    valid."""
    clocks = Clocks(tmp_path)
    with Stack(programs=tmp_path, redis=tmp_path / REDIS_NAME, **LIVES_LONG) as stack:
        clients = Clients(stack)
        for client in (clients.strict, clients.patient):  # registered before the time to which a clock jumps back
            stack.redis('HSET', f'client:{client.id}', 'created_at', '1')
        for clock, step in (('functions', 3600), ('functions', -3600), ('redis', 60), ('redis', -60)):
            def jump_and_return(load):
                clocks.set(clock, step)
                load.run_well(60)
                clocks.set(clock, 0)

            survive(clients, f"clock of {clock} {step:+d} s", jump_and_return, times=3 if long else 1,
                    refusals_are_final=True)
