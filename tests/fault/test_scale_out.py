"""Two machines' functions behind one nginx, by the lines of nginx/README.md; one of them goes away under load and comes back.

nginx, Redis, the load and the first machine (10.0.0.1) share a network, the second (10.0.0.2) is at the end of a cable.
"""
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import time

import pytest

from conftest import LIVES_LONG
from endpoints import ENDPOINTS
from load import Load, PATIENCE
from network import Neighbour, own_network
from running import Clients
from stack import PROGRAMS, ROOT, Stack, clean_environment

# In the order of nginx/upstreams.conf, as the lines number them.
UPSTREAMS = (ROOT / 'nginx/upstreams.conf').read_text()
FUNCTIONS = sorted(set(ENDPOINTS) - {'metrics'}, key=lambda name: UPSTREAMS.index(f'upstream stile_{name} '))
PORTS = {name: 9001 + number for number, name in enumerate(FUNCTIONS)}
IN_FLIGHT = len(Load.WORKERS)  # requests at a time, one per worker


def eventually(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)  # the processes of others send no event


def listens(address):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(address) == 0


class Machine:
    """A machine with the functions, in the folder of the instance whose Redis it uses."""

    def __init__(self, stack, host, inside=()):
        self.stack, self.host, self.inside = stack, host, list(inside)
        self.log = stack.dir / f'log/machine-{host}.log'
        self.processes = {}
        password = secrets.token_hex(16)
        stack.redis('ACL', 'SETUSER', f'machine-{host}', 'on', f'>{password}', '~*', '&*', '+@all')
        address = f'unix://{stack.dir}/redis.sock?user=machine-{host}&password={password}'
        self.environment = stack.environment | {'STILE_REDIS': address}

    def start(self):
        with self.log.open('a') as log:
            for name, port in PORTS.items():
                command = [*self.inside, PROGRAMS / f'stile-{name}', '--listen', f'{self.host}:{port}', '--user', 'root']
                self.processes[name] = subprocess.Popen(command, env=clean_environment(**self.environment), stdout=log,
                                                        stderr=log, stdin=subprocess.DEVNULL)
        for name, port in PORTS.items():
            eventually(lambda: listens((self.host, port)), f'{name} does not listen on {self.host}')

    def end(self, number):
        """All of its processes; gives their exit statuses."""
        for process in self.processes.values():
            process.send_signal(number)
        statuses = {process.wait(PATIENCE) for process in self.processes.values()}
        self.processes = {}
        return statuses

    def served(self):
        return self.log.read_text().count('"event":"request"')

    def serves_again(self):
        before = self.served()
        eventually(lambda: self.served() > before + 20, f'{self.host} gets no requests')


def readme_lines():
    """The sites that list both machines in nginx's upstreams."""
    section = (ROOT / 'nginx/README.md').read_text().partition('\n## Scale out\n')[2]
    return next(block for block in re.findall(r'```\n(.*?)```', section, re.S) if 'sed -i' in block)


def root_of_two(folder):
    for name in ('redis', 'functions'):
        (folder / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / 'nginx', folder / 'nginx')
    lines = readme_lines().replace('/etc/nginx/stile/', f'{folder}/nginx/')
    subprocess.run(['bash', '-euc', lines], check=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
    text = (folder / 'nginx/upstreams.conf').read_text()
    assert all(f'10.0.0.1:{port};' in text and f'10.0.0.2:{port};' in text for port in PORTS.values())
    return folder


@pytest.fixture(scope='module')
def two_machines(tmp_path_factory):
    """(clients, the second machine, its cable)"""
    try:
        network = own_network()
        network.__enter__()
    except OSError:
        pytest.skip('no separate network is possible here: network namespaces are refused, or this is not root')
    try:
        with Neighbour() as cable, Stack(root=root_of_two(tmp_path_factory.mktemp('two')), **LIVES_LONG) as stack:
            machines = Machine(stack, '10.0.0.1'), Machine(stack, '10.0.0.2', cable.inside)
            try:
                for machine in machines:
                    machine.start()
                yield Clients(stack), machines[1], cable
            finally:
                for machine in machines:
                    machine.end(signal.SIGTERM)
    finally:
        network.__exit__(None, None, None)


def reload_nginx(stack):
    """Returns when the old workers have ended."""
    master = int((stack.dir / 'nginx.pid').read_text())
    before = set(stack.children('nginx', master))
    os.kill(master, signal.SIGHUP)
    eventually(lambda: stack.children('nginx', master) and not before & set(stack.children('nginx', master)),
               'the old workers do not end')


def nothing_fails_from_now(load, step):
    """Of the requests that begin during `step`, only those that the machine had accepted before may fail."""
    now = time.monotonic()
    step()
    assert [began for began in load.ledger.refused_at if began > now] == []


def test_in_order(two_machines, survive):
    """STILE-scale-1 A machine that is removed from nginx, stopped, and added again causes no failed request."""
    clients, second, _ = two_machines
    upstreams = clients.stack.dir / 'stile/upstreams.conf'
    both = upstreams.read_text()

    def take_away(load):
        second.serves_again()
        upstreams.write_text(re.sub(r'(server 10\.0\.0\.2:\d+);', r'\1 down;', both))
        reload_nginx(clients.stack)
        served = second.served()
        load.run_well(20)
        assert second.end(signal.SIGTERM) == {0}
        load.run_well(60)
        assert second.served() == served
        second.start()
        upstreams.write_text(both)
        reload_nginx(clients.stack)
        second.serves_again()

    ledger = survive(clients, 'one of two machines away in order', take_away, refusals_are_final=True)
    assert ledger.unavailable == 0


def test_killed(two_machines, survive):
    """STILE-scale-2 If the processes of a machine are killed, at most their current requests fail, and nothing is used
    twice."""
    clients, second, _ = two_machines

    def kill(load):
        second.serves_again()
        assert second.end(signal.SIGKILL) == {-signal.SIGKILL}
        nothing_fails_from_now(load, lambda: load.run_well(60))
        second.start()
        second.serves_again()

    ledger = survive(clients, 'one of two machines killed', kill, times=2)
    assert ledger.unavailable <= 2 * IN_FLIGHT


@pytest.mark.parametrize('how', ['its link is down', 'its answers are lost'])
def test_silent(two_machines, survive, how):
    """STILE-scale-3 If a machine stops answering, at most its current requests fail; all others wait and are served."""
    clients, second, cable = two_machines

    def cut(load):
        second.serves_again()
        cut_off()
        nothing_fails_from_now(load, load.recovered)  # until nginx has given up the machine's requests
        come_back()
        second.serves_again()

    cut_off, come_back = {'its link is down': (cable.unplug, cable.plug_in),
                          'its answers are lost': (cable.swallow, cable.answer)}[how]
    ledger = survive(clients, f'one of two machines silent: {how}', cut)
    assert ledger.unavailable <= IN_FLIGHT
