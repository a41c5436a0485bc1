"""Are all clients served? Few and many clients at once, and a Redis that stops for a moment."""
import threading
import time

from measure import drive

CROWDS = (1, 64, 256, 1000)
PAUSE = 0.3  # seconds; less than the timeout after which a function gives up on Redis


def crowds(targets, seconds, say):
    rows = []
    for connections in CROWDS:
        for target in targets:
            say(f'crowds: {target.name}, {connections} clients …')
            rows.append({'target': target.name, 'clients': connections, 'redis': ''}
                        | drive(target, 'client_credentials', connections, seconds=seconds))
    stile = targets[0]
    say('crowds: Redis stands still for a moment …')
    pause = threading.Thread(target=lambda: (time.sleep(seconds / 2), stand_still(stile)))
    pause.start()
    row = drive(stile, 'client_credentials', 256, seconds=seconds)
    pause.join()
    return [*rows, {'target': stile.name, 'clients': 256, 'redis': f'{PAUSE * 1000:.0f} ms still'} | row]


def stand_still(target):
    target.stack.redis('CLIENT', 'PAUSE', f'{PAUSE * 1000:.0f}', 'ALL')


def table(rows):
    lines = ['| | clients | Redis | req/s | p50 ms | p99 ms | slowest ms | failed | stuck |\n',
             '| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n']
    for row in rows:
        lines.append(f"| {row['target']} | {row['clients']} | {row['redis']} | {row['rate']:.0f} | {row['p50_us'] / 1000:.1f} "
                     f"| {row['p99_us'] / 1000:.1f} | {row['max_us'] / 1000:.0f} | {sum(row['failed'].values())} | {row['stuck']} |\n")
    return ''.join(lines)
