"""One process of each function, and two: the gain of the second one on this machine."""
from measure import drive
from sets import Processes

COUNTS = (1, 2)
FLOWS = ('refresh', 'introspect')


def scaling(stile, seconds, say):
    rows = []
    for count in COUNTS:
        with Processes(stile, count) as processes:
            for flow in FLOWS:
                say(f'scaling: {flow}, {processes.name} …')
                rows.append({'flow': flow, 'processes': count} | drive(processes, flow, 64, seconds=seconds))
    return rows


def table(rows):
    lines = ['| operation | processes | req/s | p50 ms | p99 ms | CPU µs | failed | stuck |\n',
             '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n']
    for row in rows:
        lines.append(f"| {row['flow']} | {row['processes']} | {row['rate']:.0f} | {row['p50_us'] / 1000:.1f} "
                     f"| {row['p99_us'] / 1000:.1f} | {row['cpu_us']['all']:.0f} | {sum(row['failed'].values())} | {row['stuck']} |\n")
    return ''.join(lines)
