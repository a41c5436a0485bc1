"""Who is served while strangers guess? A client whose secret needs no hash, and a user in a known browser."""
import asyncio
import base64
import contextlib
import multiprocessing
import pathlib
import statistics
import sys
import time

from measure import drive

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from raw_http import encode  # noqa: E402
from visitor import Visitor  # noqa: E402

CROWDS = (100, 500)


def address_of(number):
    return f'127.200.{number // 250}.{number % 250 + 1}'


async def answer_of(reader):
    """The status of the next response."""
    head = (await reader.readuntil(b'\r\n\r\n')).decode('latin-1').lower()
    if 'content-length:' in head:
        await reader.readexactly(int(head.partition('content-length:')[2].split('\r\n')[0]))
    else:
        while size := int(await reader.readuntil(b'\r\n'), 16):
            await reader.readexactly(size + 2)
        await reader.readexactly(2)
    return int(head.split(' ', 2)[1])


async def guess(port, number, request, counts, waits):
    """Guesses over kept connections, for ever; waits after a refusal as it is told to, or not at all."""
    while True:
        reader, writer = await asyncio.open_connection('127.0.0.1', port, local_addr=(address_of(number), 0))
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):  # nginx closes it after 10,000 requests
            while True:
                writer.write(request)
                status = await answer_of(reader)
                with counts.get_lock():
                    counts[0 if status in (401, 403) else 1 if status == 503 else 2] += 1
                if status not in (401, 403) and waits:
                    await asyncio.sleep(1)
        writer.close()


def strangers(port, requests, counts, waits):
    async def all_of_them():
        await asyncio.gather(*(guess(port, number, request, counts, waits) for number, request in enumerate(requests)))
    asyncio.run(all_of_them())


class Strangers:
    """with Strangers(…) as counts: guesses that were answered as wrong, refused for lack of room, and answered otherwise."""

    def __init__(self, port, requests, waits):
        self.counts = multiprocessing.Array('i', 3)
        self.process = multiprocessing.Process(target=strangers, args=(port, requests, self.counts, waits), daemon=True)

    def __enter__(self):
        self.process.start()
        while sum(self.counts) == 0:
            time.sleep(0.01)
        time.sleep(1)  # until it is as it stays
        return self.counts

    def __exit__(self, *_):
        assert self.process.is_alive()
        self.process.kill()
        self.process.join()


def guesses_at_client(count):
    secret = [base64.b64encode(f'test_client:guess {number}'.encode()).decode() for number in range(count)]
    return [encode('POST', '/oauth/token', 'grant_type=client_credentials', Authorization=f'Basic {text}') for text in secret]


def plain_requests(count):
    """Wrong, too, but without a guess: what a crowd costs that needs no hash."""
    return [encode('POST', '/oauth/token', 'grant_type=client_credentials')] * count


def guesses_at_login(port, count):
    return [Visitor(port, address_of(number)).login_form(f'nobody{number}', 'guess') for number in range(count)]


def log_in(own, seconds):
    """Logs in again and again in this browser; the times of authorize, form and login together, as drive() gives them."""
    times, failed = [], {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        status = own.ask(own.login_form('admin', 'admin')).status
        times.append((time.monotonic() - begun) * 1e6)
        if status != 303:
            failed[status] = failed.get(status, 0) + 1
        time.sleep(0.2)  # nginx limits each address
    times.sort()
    return {'p50_us': statistics.median(times), 'p99_us': times[int(0.99 * (len(times) - 1))], 'max_us': times[-1],
            'well': len(times) - sum(failed.values()), 'failed': failed}


def guessing(stile, seconds, say):
    rows = []

    def row(what, count, waits, requests, measure):
        say(f'guessing: {what}, {count} strangers …')
        if keys := stile.stack.redis('KEYS', 'throttle:*').split():  # the strangers have enough addresses
            stile.stack.redis('DEL', *keys)
        if not count:
            rows.append({'what': what, 'strangers': 0, 'waits': '', 'wrong': 0, 'refused': 0, 'otherwise': 0} | measure())
            return
        with Strangers(stile.port, requests(count), waits) as counts:
            before, begun = list(counts), time.monotonic()
            measured = measure()
            passed = time.monotonic() - begun
            wrong, refused, otherwise = ((now - then) / passed for now, then in zip(counts, before))
        rows.append({'what': what, 'strangers': count, 'waits': 'a second' if waits else 'no', 'wrong': wrong,
                     'refused': refused, 'otherwise': otherwise} | measured)

    def tokens():
        return drive(stile, 'client_credentials', 1, seconds=seconds)

    own = Visitor(stile.port, '127.201.0.1')
    assert own.ask(own.login_form('admin', 'admin')).status == 303  # it is known from now on

    def logins():
        return log_in(own, seconds)

    def at_login(count):
        return guesses_at_login(stile.port, count)

    for what, requests, measure in (('generated secret', guesses_at_client, tokens), ('known browser', at_login, logins)):
        row(what, 0, True, requests, measure)
        for waits in (True, False):
            for count in CROWDS:
                row(what, count, waits, requests, measure)
    for count in CROWDS:
        row('generated secret, plain crowd', count, False, plain_requests, tokens)
    return rows


def table(rows):
    lines = ['| | strangers | wait after 503 | wrong/s | 503/s | other/s | p50 ms | p99 ms | slowest ms | failed |\n',
             '| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n']
    for row in rows:
        lines.append(f"| {row['what']} | {row['strangers']} | {row['waits']} | {row['wrong']:.0f} | {row['refused']:.0f} | {row['otherwise']:.0f} "
                     f"| {row['p50_us'] / 1000:.1f} | {row['p99_us'] / 1000:.1f} | {row['max_us'] / 1000:.0f} "
                     f"| {sum(row['failed'].values())} |\n")
    return ''.join(lines)
