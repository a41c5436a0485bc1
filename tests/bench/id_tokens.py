"""What an ID token costs: refreshes with one for each algorithm, beside plain refreshes and the signature alone."""
import re
import subprocess
import types

from measure import drive

ALGORITHMS = {'RS256': 'rsa2048', 'PS256': 'rsa2048', 'ES256': 'ecdsap256', 'EdDSA': 'ed25519'}  # as `openssl speed` has them
ROUNDS = 3


def signatures(seconds):
    """Microseconds per signature, by the name of the key in `openssl speed`."""
    keys = sorted(set(ALGORITHMS.values()))
    done = subprocess.run(['openssl', 'speed', '-seconds', str(max(1, round(seconds / 2))), *keys], capture_output=True, text=True,
                          check=True, timeout=300)
    lines = {'rsa2048': r'^rsa 2048 bits (\S+)s', 'ecdsap256': r'256 bits ecdsa \(nistp256\)\s+(\S+)s', 'ed25519': r'EdDSA \(Ed25519\)\s+(\S+)s'}
    # Ed25519 takes less than its table has digits for; how often in a second is the last column but one.
    times = {key: re.search(lines[key] + r'\s+\S+s\s+(\S+)', done.stdout, re.MULTILINE) for key in keys}
    return {key: 1e6 / float(found[2]) for key, found in times.items()}


def client(stile, client_id, *options):
    """The running set, for another client than the default one."""
    answer = stile.stack.admin('client', 'add', '--id', client_id, '--redirect-uri', 'https://www.example.com/redirect', *options)
    secret = re.search(r'^client_secret: (\S+)', answer, re.MULTILINE)[1]
    return types.SimpleNamespace(port=stile.port, secret=secret, processes=stile.processes, redis_reads=stile.redis_reads,
                                 options=stile.options | {'client-id': client_id, 'scope': 'openid'})


def id_tokens(stile, seconds, say):
    targets = {'none': stile}
    for algorithm in ALGORITHMS:
        stile.stack.admin('keys', 'rotate', '--alg', algorithm, '--now')
        targets[algorithm] = client(stile, 'load-' + algorithm, '--scope', 'openid', '--id-token-signed-response-alg', algorithm)
    alone = signatures(seconds)
    rounds = {name: [] for name in targets}
    for a_round in range(ROUNDS):
        for name, target in targets.items():
            say(f'id_tokens: {name}, round {a_round + 1} of {ROUNDS} …')
            rounds[name].append(drive(target, 'refresh', 64, seconds=seconds))
    rows = []
    for name, figures in rounds.items():
        middle = sorted(figures, key=lambda figure: figure['cpu_us']['all'])[ROUNDS // 2]
        rows.append({'algorithm': name, 'rate': middle['rate'], 'cpu_us': middle['cpu_us']['all'], 'round_trips': middle['round_trips'],
                     'failed': sum(sum(figure['failed'].values()) for figure in figures),
                     'signature_us': alone[ALGORITHMS[name]] if name in ALGORITHMS else 0})
    return rows


def table(rows):
    plain = rows[0]['cpu_us']
    lines = ['| ID token | tokens/s | CPU µs a refresh | more than without | one signature µs | Redis reads | failed |\n',
             '| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n']
    for row in rows:
        more = f"{row['cpu_us'] - plain:.0f}" if row['signature_us'] else ''
        signature = f"{row['signature_us']:.0f}" if row['signature_us'] else ''
        lines.append(f"| {row['algorithm']} | {row['rate']:.0f} | {row['cpu_us']:.0f} | {more} | {signature} | {row['round_trips']:.2f} "
                     f"| {row['failed']} |\n")
    return ''.join(lines)
