"""report.py FILE: one table of the results of attacks, faults and load, from the counts that the suites append to FILE
(STILE_REPORT). `make report-security` runs the suites and then this."""
import collections
import json
import pathlib
import sys


def rows(lines):
    """What was done, how often, and its result."""
    by_suite = collections.defaultdict(list)
    for line in lines:
        by_suite[line['suite']].append(line)

    attacks = [line for line in by_suite['security'] if 'outcome' in line]
    families = collections.Counter(pathlib.PurePath(line['case'].partition('::')[0]).stem for line in attacks)
    withstood = collections.Counter(pathlib.PurePath(line['case'].partition('::')[0]).stem
                                    for line in attacks if line['outcome'] == 'passed')
    for family, count in sorted(families.items()):
        name = family.removeprefix('test_').replace('_', ' ')
        yield f'attack: {name}', f'{count} tried', f'{withstood[family]} withstood'
    if attacks:
        yield 'attacks, all together', f'{len(attacks)} tried', f'{sum(withstood.values())} withstood'
    for line in by_suite['security']:
        if 'steps' in line:
            yield 'random sequences of steps', f"{line['examples']} sequences, {line['steps']} steps", 'as the model says'
    for line in by_suite['fault']:
        yield (f"fault: {line['case']}", f"{line['requests']} requests, {line['acknowledged']} promises",
               f"{line['lost']} lost, {line['doubled']} doubled, {line['unavailable']} times 503, {line['other']} other, "
               f"well again after {line['recovery_ms']} ms")
    for line in by_suite['fuzz']:
        yield f"fuzzer: {line['case']}", f"{line['executions']} inputs", f"{line['crashes']} crashes"
    for line in by_suite['soak']:
        yield line['case'], f"{line['requests']} requests", f"grown by {line['grown_kB']} kB at most: {line['outcome']}"


def main():
    lines = [json.loads(line) for line in pathlib.Path(sys.argv[1]).read_text(encoding='utf-8').splitlines()]
    table = list(rows(lines))
    widths = [max(len(row[column]) for row in table) for column in (0, 1)]
    for what, tried, outcome in table:
        print(f'{what:{widths[0]}}  {tried:>{widths[1]}}  {outcome}')


if __name__ == '__main__':
    main()
