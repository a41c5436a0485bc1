"""What a live grant costs: memory in Redis, and whether requests become slower the more there are.

The grants are written by the same atomic step that the functions call, straight to Redis, many in one round trip.
"""
import re
import socket
import time

from measure import drive

SIZES = (1_000, 10_000, 100_000, 1_000_000)
LIFETIME = '3600'  # seconds; none of them ends during the run
AT_ONCE = 500


class Redis:
    """Commands to a stack's Redis, as its operator, over one connection."""

    def __init__(self, stack):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(str(stack.dir / 'redis.sock'))
        self.answers = self.connection.makefile('rb')
        self.send([['AUTH', 'operator', (stack.dir / 'operator.password').read_text().strip()]])

    def send(self, commands):
        """All in one round trip; each must succeed."""
        self.connection.sendall(b''.join(encode(command) for command in commands))
        for command in commands:
            self.skip_answer(command)

    def skip_answer(self, command):
        line = self.answers.readline()
        assert line and not line.startswith(b'-'), (command[0], line)
        if line.startswith(b'*'):
            for _ in range(int(line[1:])):
                self.skip_answer(command)
        elif line.startswith(b'$') and int(line[1:]) >= 0:
            self.answers.read(int(line[1:]) + 2)

    def close(self):
        self.connection.close()


def encode(command):
    words = [word.encode() for word in command]
    return b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(word), word) for word in words)


def grant(step, number, now):
    """A user's grant with an access and a refresh token, as after a code was redeemed."""
    name = f'{number:012d}'
    digest = f'{number:043d}'  # as long as a real one
    return ['FCALL', step, '3', f'grant:{{{name}}}', f'access:{{{name}}}aaaaaa', f'refresh:{{{name}}}rrrrrr', now, LIFETIME,
            LIFETIME, LIFETIME, digest, digest, 'load', 'email', f'user{number % 1000}', f'user{number % 1000}', now]


def memory(stack):
    return int(re.search(r'^used_memory:(\d+)', stack.redis('INFO', 'memory'), re.MULTILINE)[1])


def growth(stile, seconds, say):
    drive(stile, 'refresh', 16, seconds=1)  # connections and the first sessions are there
    step = re.search(r'issue_for_user_\w+', stile.stack.redis('FUNCTION', 'LIST'))[0]
    redis = Redis(stile.stack)
    rows, written, now = [], 0, str(int(time.time()))
    begin = memory(stile.stack)
    for size in SIZES:
        say(f'growth: {size} grants …')
        while written < size:
            count = min(AT_ONCE, size - written)
            redis.send([grant(step, number, now) for number in range(written, written + count)])
            written += count
        bytes_each = (memory(stile.stack) - begin) / written
        figures = {flow: drive(stile, flow, 64, seconds=seconds) for flow in ('refresh', 'client_credentials')}
        begin = memory(stile.stack) - bytes_each * written  # keys that the flows have left do not belong to the grants
        rows.append({'grants': size, 'bytes': bytes_each} | figures)
    redis.close()
    return rows


def table(rows):
    lines = ['| live grants | bytes each | refresh: req/s | p50 ms | p99 ms | CPU µs | client_credentials: req/s | p50 ms | p99 ms | CPU µs |\n',
             '| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n']
    for row in rows:
        cells = [f"{row['grants']:,}", f"{row['bytes']:.0f}"]
        for flow in ('refresh', 'client_credentials'):
            figure = row[flow]
            cells += [f"{figure['rate']:.0f}", f"{figure['p50_us'] / 1000:.1f}", f"{figure['p99_us'] / 1000:.1f}",
                      f"{figure['cpu_us']['all']:.0f}"]
        lines.append('| ' + ' | '.join(cells) + ' |\n')
    return ''.join(lines)
