"""The results as pictures (SVG)."""
import pygal
from pygal.style import Style

FONTS = {'background': 'white', 'plot_background': 'white', 'font_family': 'sans-serif', 'label_font_size': 10,
         'legend_font_size': 11, 'value_font_size': 9, 'title_font_size': 14}
STYLE = Style(colors=('#7a9e9f', '#c1666b', '#d4b483'), **FONTS)
PEERS_STYLE = Style(colors=('#2a6f72', '#a9a9a9', '#c1666b', '#d4b483', '#e0b1cb', '#6d597a', '#9c89b8', '#5f8d4e', '#3d405b'), **FONTS)
LAYOUT = {'width': 900, 'legend_at_bottom': True, 'js': (), 'disable_xml_declaration': True, 'show_y_guides': False}
PARTS = {'nginx': 'nginx', 'function': 'function or server', 'redis': 'Redis'}


def draw(results, folder):
    bars = [(f'{operation}, {name}', figures) for operation, by_name in results.items() for name, figures in by_name.items()]
    bars.reverse()  # horizontal charts begin at the bottom

    cpu = chart(pygal.HorizontalStackedBar, 'CPU µs a request', bars)
    for part, title in PARTS.items():
        cpu.add(title, [round(figures['cpu_us'][part], 1) for _, figures in bars])
    write(cpu, folder / 'cpu.svg')

    latency = chart(pygal.HorizontalBar, 'Latency in milliseconds', bars)
    latency.add('p50', [figures['p50_us'] / 1000 for _, figures in bars])
    latency.add('p99', [figures['p99_us'] / 1000 for _, figures in bars])
    write(latency, folder / 'latency.svg')


def draw_peers(results, folder):
    """What each operation costs each server, so far apart that only powers of ten show it."""
    operations = list(reversed(results))  # horizontal charts begin at the bottom, but not within an operation
    servers = list(next(iter(results.values())))
    dearest = max(figures['cpu_us']['all'] for by_name in results.values() for figures in by_name.values())
    cpu = pygal.HorizontalBar(title='CPU µs a request, in powers of ten', logarithmic=True, style=PEERS_STYLE,
                              range=(10, dearest), zero=10, height=17 * len(servers) * len(operations) + 60,
                              **LAYOUT)
    cpu.x_labels = operations
    cpu.y_labels = [10, 30, 100, 300, 1000, 3000]
    for server in servers:
        cpu.add(server, [round(results[operation][server]['cpu_us']['all'], 1) for operation in operations])
    write(cpu, folder / 'peers.svg')


def chart(kind, title, bars):
    drawing = kind(title=title, style=STYLE, height=24 * len(bars) + 120, **LAYOUT)
    drawing.x_labels = [label for label, _ in bars]
    return drawing


def write(drawing, path):
    path.write_text(drawing.render(is_unicode=True))
