"""The web server of a relying party: its registered URIs, and the requests that arrived there."""
import dataclasses
import http.server
import queue
import urllib.parse

from callback import PAGE, LoopbackServer
from known_secrets import remember

PATIENCE = 30  # seconds, for operations that take a tenth of one on an idle machine


@dataclasses.dataclass
class Arrival:
    method: str
    query: dict
    content_type: str
    form: dict


class Listener(LoopbackServer):
    """with Listener('/callback', '/bye') as listener: …; listener.wait('/callback') gives the next Arrival there."""

    def __init__(self, *paths, certificate=None):
        self.arrived = {path: queue.Queue() for path in paths}
        listener = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get('Content-Length', 0))).decode()
                query, form = (dict(urllib.parse.parse_qsl(text, strict_parsing=bool(text), keep_blank_values=True))
                               for text in (url.query, body))
                remember(query | form)
                if url.path in listener.arrived:
                    listener.arrived[url.path].put(
                        Arrival(self.command, query, self.headers.get('Content-Type', ''), form))
                self.send_response(200)
                self.send_header('Content-Type', 'text/html')
                self.send_header('Cache-Control', 'no-store')
                self.send_header('Content-Length', str(len(PAGE)))
                self.end_headers()
                self.wfile.write(PAGE)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        super().__init__(Handler, certificate)

    def wait(self, path):
        return self.arrived[path].get(timeout=PATIENCE)

    def has_no_arrivals(self):
        return all(arrived.empty() for arrived in self.arrived.values())

    def forget(self):
        for arrived in self.arrived.values():
            while not arrived.empty():
                arrived.get()
