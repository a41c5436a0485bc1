"""The results as pictures (SVG)."""
import pygal
from pygal.style import Style

STYLE = Style(colors=('#7a9e9f', '#c1666b', '#d4b483'), background='white', plot_background='white', font_family='sans-serif',
              label_font_size=10, legend_font_size=11, value_font_size=9, title_font_size=14)
PARTS = {'nginx': 'nginx', 'function': 'function', 'redis': 'Redis'}


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


def chart(kind, title, bars):
    drawing = kind(title=title, style=STYLE, width=900, height=24 * len(bars) + 120, legend_at_bottom=True, js=(),
                   disable_xml_declaration=True, show_y_guides=False)
    drawing.x_labels = [label for label, _ in bars]
    return drawing


def write(drawing, path):
    path.write_text(drawing.render(is_unicode=True))
