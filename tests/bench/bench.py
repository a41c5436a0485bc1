"""make bench: what each operation costs, beside the floor, in one run; make bench-peers: and beside other servers.

Each operation is driven on all of them in turns, several rounds; a figure is the median of its rounds. README.md says
how to read it.
"""
import argparse
import contextlib
import json
import pathlib
import statistics
import sys

from measure import drive
from peers.glewlwyd import Glewlwyd, GlewlwydWithWal
from peers.oidc_provider import OidcProvider, OidcProviderOnRedis, OidcProviderOnRedisPipelined
from plots import draw, draw_peers
from sets import Floor, Stile
from tables import against_peers, markdown

# The operations in the order of the tables, and the flow that makes what they use up.
OPERATIONS = {'redeem': 'authorize', 'refresh': None, 'client_credentials': None, 'introspect': None, 'verify': None,
              'revoke': 'client_credentials', 'authorize': None, 'login-page': None, 'metadata': None}
# What is Stile's own (nginx asks `verify`) or left to the application that a peer is built into.
NOT_OF_PEERS = ('verify', 'login-page')
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
    with contextlib.ExitStack() as running:
        stile = running.enter_context(Stile())
        beside = (Floor, *PEERS) if arguments.peers else (Floor,)
        targets = [stile, *(running.enter_context(kind(stile)) for kind in beside)]
        for operation in arguments.operations:
            rounds = {target.name: [] for target in targets}
            for a_round in range(arguments.rounds):
                for target in targets:
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
    parser.add_argument('--peers', action='store_true', help='measure the peers, too (peers/README.md)')
    parser.add_argument('--out', type=pathlib.Path, default=pathlib.Path('build/bench'))
    arguments = parser.parse_args()
    if unknown := [operation for operation in arguments.operations if operation not in OPERATIONS]:
        parser.error(f"no operation {' '.join(unknown)}; there are {' '.join(OPERATIONS)}")
    arguments.operations = arguments.operations or list(OPERATIONS)
    if arguments.peers:
        arguments.operations = [operation for operation in arguments.operations if operation not in NOT_OF_PEERS]
    arguments.out.mkdir(parents=True, exist_ok=True)

    results = bench(arguments)
    table = markdown(results)
    if arguments.peers:
        table += against_peers(results)
    (arguments.out / 'results.json').write_text(json.dumps(results, indent=1) + '\n')
    (arguments.out / 'results.md').write_text(table)
    draw(results, arguments.out)
    if arguments.peers:
        draw_peers(results, arguments.out)
    print(table)
    say(f"also in {arguments.out}: {' '.join(sorted(file.name for file in arguments.out.iterdir()))}")


if __name__ == '__main__':
    main()
