"""make bench: what each operation costs, beside the floor, in one run.

Each operation is driven on both in turns, several rounds; a figure is the median of its rounds. README.md says how to
read it.
"""
import argparse
import json
import pathlib
import statistics
import sys

from measure import drive
from plots import draw
from sets import Floor, Stile
from tables import markdown

# The operations in the order of the tables, and the flow that makes what they use up.
OPERATIONS = {'redeem': 'authorize', 'refresh': None, 'client_credentials': None, 'introspect': None, 'verify': None,
              'revoke': 'client_credentials', 'authorize': None, 'login-page': None, 'metadata': None}


def say(line):
    print(line, file=sys.stderr, flush=True)


def measure(target, operation, made_by, connections, seconds, folder):
    use = None
    if made_by:
        use = folder / 'stock'
        # Enough for the fastest that was ever seen.
        drive(target, made_by, connections, requests=int(seconds * 12000), save=use)
    return drive(target, operation, connections, seconds=seconds, use=use)


def median(rounds):
    """The median of each figure; counts of what went wrong are added up."""
    first = rounds[0]
    result = {}
    for name, value in first.items():
        values = [a_round[name] for a_round in rounds]
        if name == 'failed':
            result[name] = sum(sum(value.values()) for value in values)
        elif name in ('stuck', 'well'):
            result[name] = sum(values)
        elif isinstance(value, dict):
            result[name] = {key: statistics.median(value.get(key, 0) for value in values) for key in value}
        else:
            result[name] = statistics.median(values)
    return result


def bench(arguments):
    results = {}
    with Stile() as stile, Floor(stile) as floor:
        for operation in arguments.operations:
            rounds = {target.name: [] for target in (stile, floor)}
            for a_round in range(arguments.rounds):
                for target in (stile, floor):
                    say(f'{operation}: {target.name}, round {a_round + 1} of {arguments.rounds} …')
                    rounds[target.name].append(measure(target, operation, OPERATIONS[operation], arguments.connections,
                                                       arguments.seconds, stile.stack.dir))
            results[operation] = {name: median(list_of_rounds) for name, list_of_rounds in rounds.items()}
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('operations', nargs='*', metavar='operation', help=' '.join(OPERATIONS))
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=3)
    parser.add_argument('--connections', type=int, default=64)
    parser.add_argument('--out', type=pathlib.Path, default=pathlib.Path('build/bench'))
    arguments = parser.parse_args()
    if unknown := [operation for operation in arguments.operations if operation not in OPERATIONS]:
        parser.error(f"no operation {' '.join(unknown)}; there are {' '.join(OPERATIONS)}")
    arguments.operations = arguments.operations or list(OPERATIONS)
    arguments.out.mkdir(parents=True, exist_ok=True)

    results = bench(arguments)
    table = markdown(results)
    (arguments.out / 'results.json').write_text(json.dumps(results, indent=1) + '\n')
    (arguments.out / 'results.md').write_text(table)
    draw(results, arguments.out)
    print(table)
    say(f'also in {arguments.out}: results.md results.json cpu.svg latency.svg')


if __name__ == '__main__':
    main()
