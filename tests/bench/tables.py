"""The results as Markdown."""

# How many times Stile's CPU a request of these operations should cost a peer, at least.
WANTED = {'oidc-provider, Redis': 3, 'oidc-provider, memory': 1, 'glewlwyd': 30}
WANTED_OF = ('redeem', 'refresh')

HEAD = ('| operation | | req/s | p50 ms | p99 ms | CPU µs a request | nginx | function or server | Redis | Redis reads | switches '
        '| RSS MB | failed | stuck |')


def markdown(results, ratios):
    """`ratios`: {heading of a column: (the name whose CPU is 1 there, the names that are compared with it)}."""
    head = HEAD + ''.join(f' {heading} |' for heading in ratios)
    lines = [head, '\n| --- | --- |', ' ---: |' * (head.count('|') - 3), '\n']
    for operation, figures in results.items():
        for name, figure in figures.items():
            cpu = figure['cpu_us']
            compared = [f"{cpu['all'] / figures[other]['cpu_us']['all']:.2f}" if name in names else ''
                        for other, names in ratios.values()]
            lines.append(
                f"| {operation} | {name} | {figure['rate']:.0f} | {figure['p50_us'] / 1000:.1f} | {figure['p99_us'] / 1000:.1f} "
                f"| {cpu['all']:.0f} | {cpu['nginx']:.0f} | {cpu['function']:.0f} | {cpu['redis']:.0f} "
                f"| {figure['round_trips']:.2f} | {figure['switches']:.2f} | {figure['rss_kb'] / 1024:.1f} | {figure['failed']} "
                f"| {' | '.join([str(figure['stuck']), *compared])} |\n")
    return ''.join(lines)


def against_peers(results, peers):
    lines = ["| CPU, a peer's to Stile's | ", ' | '.join(peers), ' |\n| --- |', ' ---: |' * len(peers), '\n']
    for operation, figures in results.items():
        lines.append(f'| {operation} |')
        for name in peers:
            ratio = figures[name]['cpu_us']['all'] / figures['Stile']['cpu_us']['all']
            lines.append(f' {ratio:.1f}{verdict(ratio, WANTED[name]) if operation in WANTED_OF and name in WANTED else ""} |')
        lines.append('\n')
    return ''.join(lines)


def verdict(ratio, wanted):
    return f" (wanted: {wanted}, {'met' if ratio >= wanted else 'missed'})"
