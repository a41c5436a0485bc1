"""The results as Markdown."""

HEAD = ('| operation | | req/s | p50 ms | p99 ms | CPU µs a request | nginx | function | Redis | round trips | RSS MB '
        '| failed | stuck | CPU to the floor |\n'
        '| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n')


def markdown(results):
    lines = []
    for operation, figures in results.items():
        floor = figures.get('floor')
        for name, figure in figures.items():
            cpu = figure['cpu_us']
            ratio = f"{cpu['all'] / floor['cpu_us']['all']:.2f}" if floor and name != 'floor' else ''
            lines.append(
                f"| {operation} | {name} | {figure['rate']:.0f} | {figure['p50_us'] / 1000:.1f} | {figure['p99_us'] / 1000:.1f} "
                f"| {cpu['all']:.0f} | {cpu['nginx']:.0f} | {cpu['function']:.0f} | {cpu['redis']:.0f} "
                f"| {figure['round_trips']:.2f} | {figure['rss_kb'] / 1024:.1f} | {figure['failed']} | {figure['stuck']} | {ratio} |\n")
    return HEAD + ''.join(lines)
