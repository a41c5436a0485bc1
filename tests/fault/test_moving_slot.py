"""The steps in a slot of a Redis Cluster that is being moved to another node: a key that is missing there may be on the
other node, so Redis refuses commands on it, and does not undo what the same step has written before."""
import os
import pathlib
import socket
import subprocess
import time

import pytest

from stack import REDIS

BUILD = pathlib.Path(os.environ['STILE_TEST_BUILD'])
SLOTS = 16384


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


class Node:
    def __init__(self, folder):
        folder.mkdir()
        self.port, self.bus = free_port(), free_port()
        self.log = open(folder / 'log', 'wb')
        self.process = subprocess.Popen(
            [REDIS, '--bind', '127.0.0.1', '--port', str(self.port), '--cluster-port', str(self.bus),
             '--cluster-enabled', 'yes', '--save', '', '--dir', str(folder)], stdout=self.log, stderr=self.log)
        eventually(lambda: self.ask('PING') == 'PONG', 'the node does not answer')
        self.id = self.ask('CLUSTER', 'MYID')

    def ask(self, *words, given=''):
        done = subprocess.run(['redis-cli', '-p', str(self.port), *map(str, words)], input=given, capture_output=True,
                              text=True)
        return done.stdout.rstrip('\n')

    def step(self, name, keys, *arguments):
        """The reply of a step: its fields, or the text of an error."""
        reply = self.ask('FCALL', name + self.version, len(keys), *keys, *arguments)
        lines = reply.split('\n')
        return dict(zip(lines[::2], lines[1::2])) if len(lines) % 2 == 0 else reply

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()


def eventually(is_so, problem, seconds=30):
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, problem
        time.sleep(0.02)


@pytest.fixture
def nodes(tmp_path):
    """Two nodes of a cluster; the first has all slots."""
    both = []
    try:
        for name in ('from', 'to'):
            both.append(Node(tmp_path / name))
        origin, target = both
        origin.ask('CLUSTER', 'ADDSLOTSRANGE', 0, SLOTS - 1)
        origin.ask('CLUSTER', 'MEET', '127.0.0.1', target.port, target.bus)
        eventually(lambda: target.id in origin.ask('CLUSTER', 'NODES') and origin.id in target.ask('CLUSTER', 'NODES'),
                   'the nodes do not know each other')
        eventually(lambda: 'cluster_state:ok' in origin.ask('CLUSTER', 'INFO'), 'the cluster is not up')
        library = (BUILD / 'library.lua').read_text()
        origin.version = origin.ask('-x', 'FUNCTION', 'LOAD', given=library).removeprefix('stile')
        yield origin, target
    finally:
        for node in both:
            node.end()


def begin_to_move(nodes, key):
    """The slot of that key: none of its keys has been moved yet."""
    origin, target = nodes
    slot = origin.ask('CLUSTER', 'KEYSLOT', key)
    assert target.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', origin.id) == 'OK'
    assert origin.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', target.id) == 'OK'
    tag = key.partition('{')[2].partition('}')[0]
    assert 'ASK' in origin.ask('GET', f'absent{{{tag}}}'), 'the slot does not move'


@pytest.mark.parametrize('step, key, before, again, field, value', [
    ('count_attempt', 'throttle:{login}', (1000, 0, 60, 60), (1100, 0, 60, 60), 'attempts', '1'),
    ('save_consent', 'consent:{app}:alice', (600, 1000, 'email'), (600, 1001, 'profile'), 'scope', 'email profile'),
    ('save_record', 'browser:{x}', (600, 'user', 'alice', 'seen_at', 1, 'old', 1), (600, 'user', 'alice', 'seen_at', 2),
     'seen_at', '2'),
])
def test_written_again(nodes, step, key, before, again, field, value):
    """STILE-moving-1 A record that is rewritten while its slot moves to another node is not lost."""
    origin = nodes[0]
    origin.step(step, [key], *before)
    begin_to_move(nodes, key)
    assert isinstance(origin.step(step, [key], *again), dict)
    assert origin.ask('HGET', key, field) == value
    assert origin.ask('HGET', key, 'old') == ''
    assert 0 < int(origin.ask('TTL', key)) <= 600


def test_revoked(nodes):
    """STILE-moving-2 A grant that is revoked while its slot moves to another node ends, also with an expired token."""
    origin = nodes[0]
    grant, access, refresh = 'grant:{g}', 'access:{g}aaaaaa', 'refresh:{g}rrrrrr'
    origin.step('issue_for_user', [grant, access, refresh], 1000, 300, 900, 3600, 'digest', 'digest', 'client_id', 'app',
                'sub', 'alice', 'scope', 'email')
    origin.ask('DEL', access)  # as if it had expired
    begin_to_move(nodes, grant)
    assert origin.step('revoke_grant', [grant]) == {'outcome': 'revoked'}
    assert 'ASK' in origin.ask('EXISTS', grant)
    assert 'ASK' in origin.ask('HGETALL', refresh)
