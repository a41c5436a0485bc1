"""make bench: what each operation costs, beside a floor, in one run; make bench-peers: and beside other servers.

Each operation is driven on all of them in turns, several rounds; a figure is the median of its rounds. README.md says how to
read it.
"""
import argparse
import contextlib
import json
import pathlib
import statistics
import subprocess
import sys

import crowds
import growth
import guessing
import id_tokens
import scaling
import starts
from measure import drive
from peers.glewlwyd import Glewlwyd, GlewlwydWithWal
from peers.oidc_provider import OidcProvider, OidcProviderOnRedis, OidcProviderOnRedisPipelined
from plots import draw, draw_peers
from sets import Before, LibfcgiFloor, LoopFloor, Stile, clean_environment
from tables import against_peers, markdown

# The operations in the order of the tables, and the flow that makes what they use up.
OPERATIONS = {'redeem': 'authorize', 'refresh': None, 'client_credentials': None, 'introspect': None, 'verify': None,
              'revoke': 'client_credentials', 'authorize': None, 'login-page': None, 'metadata': None}
# Operations that only Stile has (nginx calls `verify`), or that a peer leaves to the application it is built into.
NOT_OF_PEERS = ('verify', 'login-page')
# The first is the one that ratios are taken against.
FLOORS = {'loop': (LoopFloor,), 'libfcgi': (LibfcgiFloor,), 'both': (LoopFloor, LibfcgiFloor)}
PEERS = (OidcProvider, OidcProviderOnRedis, OidcProviderOnRedisPipelined, Glewlwyd, GlewlwydWithWal)


def say(line):
    print(line, file=sys.stderr, flush=True)


def measure(target, operation, made_by, connections, seconds, folder):
    use = None
    if made_by:
        use = folder / 'stock'
        drive(target, made_by, connections, requests=int(seconds * target.fastest), save=use)
    return drive(target, operation, connections, seconds=seconds, use=use)


def median(rounds):
    """The median of each figure; counts of errors are added up."""
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
    with contextlib.ExitStack() as running:
        stile = running.enter_context(Stile())
        before = [running.enter_context(Before(arguments.before))] if arguments.before else []
        beside = (*FLOORS[arguments.floor], *(PEERS if arguments.peers else ()))
        targets = [stile, *before, *(running.enter_context(kind(stile)) for kind in beside)]
        for operation in arguments.operations:
            rounds = {target.name: [] for target in targets}
            for a_round in range(arguments.rounds):
                for target in targets:
                    say(f'{operation}: {target.name}, round {a_round + 1} of {arguments.rounds} …')
                    rounds[target.name].append(measure(target, operation, OPERATIONS[operation], arguments.connections,
                                                       arguments.seconds, stile.stack.dir))
            results[operation] = {name: median(list_of_rounds) for name, list_of_rounds in rounds.items()}
    return results


def build(checkout):
    """Builds another checkout as `make` does there."""
    say(f'building {checkout} …')
    subprocess.run(['make', '-s', '-C', checkout, 'all'], env=clean_environment(), stdout=sys.stderr, check=True)


def tables_of(results, floor, with_peers):
    names = list(next(iter(results.values())))
    peers = [peer.name for peer in PEERS if peer.name in names]
    ratios = {f'CPU to the {floor.name}': (floor.name, [name for name in names if not name.endswith('floor')])}
    if Before.name in names:
        ratios['CPU to before'] = (Before.name, [Stile.name])
    return [markdown(results, ratios), *([against_peers(results, peers)] if with_peers else [])]


# The measurements other than the operations: a title, a function, and its table.
PARTS = {
    'crowds': ('Few and many clients', lambda stile, floor, seconds: crowds.crowds([stile, floor], seconds, say), crowds.table),
    'guessing': ('Guessing', lambda stile, floor, seconds: guessing.guessing(stile, seconds, say), guessing.table),
    'scaling': ('One and two processes', lambda stile, floor, seconds: scaling.scaling(stile, seconds, say), scaling.table),
    'id_tokens': ('ID tokens', lambda stile, floor, seconds: id_tokens.id_tokens(stile, seconds, say), id_tokens.table),
    'starts': ('Starts', lambda stile, floor, seconds: starts.starts(stile, floor, say), starts.table),
    'growth': ('Growth', lambda stile, floor, seconds: growth.growth(stile, seconds, say), growth.table),
}


def measure_parts(names, floor, seconds):
    """The rows of each part, on its own set."""
    rows = {}
    for name in names:
        with Stile() as stile, floor(stile) as its_floor:
            rows[name] = PARTS[name][1](stile, its_floor, seconds)
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('what', nargs='*', help=' '.join([*OPERATIONS, *PARTS]))
    parser.add_argument('--rounds', type=int, default=5)
    parser.add_argument('--seconds', type=float, default=3)
    parser.add_argument('--connections', type=int, default=64)
    parser.add_argument('--peers', action='store_true', help='operations alone, of the peers, too (peers/README.md)')
    parser.add_argument('--floor', choices=FLOORS, default='loop', help='what to compare with (README.md)')
    parser.add_argument('--before', type=pathlib.Path, metavar='CHECKOUT',
                        help='operations alone, of another checkout, too; it is built there')
    parser.add_argument('--out', type=pathlib.Path, default=pathlib.Path('build/bench'))
    arguments = parser.parse_args()
    everything = [*OPERATIONS, *PARTS]
    if unknown := [name for name in arguments.what if name not in everything]:
        parser.error(f"nothing is called {' '.join(unknown)}; there are {' '.join(everything)}")
    what = arguments.what or everything
    if arguments.peers:
        what = [name for name in what if name in OPERATIONS and name not in NOT_OF_PEERS]
    arguments.operations = [name for name in what if name in OPERATIONS]
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.before:
        arguments.before = arguments.before.resolve(strict=True)
        build(arguments.before)
    floor = FLOORS[arguments.floor][0]

    results = bench(arguments) if arguments.operations else {}
    parts = measure_parts([name for name in what if name in PARTS], floor, arguments.seconds)
    tables = tables_of(results, floor, arguments.peers) if results else []
    tables += [f'{PARTS[name][0]}\n\n{PARTS[name][2](rows)}' for name, rows in parts.items()]
    (arguments.out / 'results.md').write_text('\n'.join(tables))
    (arguments.out / 'results.json').write_text(json.dumps(results | parts, indent=1) + '\n')
    if results:
        draw(results, arguments.out)
    if results and arguments.peers:
        draw_peers(results, arguments.out)
    print('\n'.join(tables))
    say(f"also in {arguments.out}: {' '.join(sorted(file.name for file in arguments.out.iterdir()))}")


if __name__ == '__main__':
    main()
