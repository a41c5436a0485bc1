"""A small HTTP server at a client's redirect URI that records the requests that arrive."""
import http.server
import queue
import ssl
import subprocess
import threading
import urllib.parse

from known_secrets import remember_url

# An empty icon, so that the browser does not request one again.
PAGE = b'<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Landed</title><h1>Landed</h1></html>'


def make_certificate(folder, host):
    """A self-signed certificate and its key in one file."""
    path = folder / 'callback.pem'
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
                    '-subj', f'/CN={host}', '-addext', f'subjectAltName=DNS:{host}', '-days', '2',
                    '-keyout', path, '-out', path], check=True, capture_output=True)
    return path


class LoopbackServer:
    """An HTTP server on a free port, with TLS if it is given a certificate, for as long as its `with` lasts."""

    def __init__(self, handler, certificate=None):
        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # The request's thread does the handshake: a browser opens connections that it does not use.
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=[0.05], daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Callback(LoopbackServer):
    """with Callback('/redirect') as callback: …; callback.wait() gives the parameters of the next arrival."""

    def __init__(self, path, certificate=None, location=None):
        self.path = path
        self.location = location  # the redirect of the client, if any
        self.arrived = queue.Queue()
        callback = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = urllib.parse.urlsplit(self.path)
                remember_url(self.path)
                if url.path == callback.path:
                    callback.arrived.put(dict(urllib.parse.parse_qsl(url.query, strict_parsing=True)))
                self.land()

            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length'])).decode()
                remember_url('?' + body)
                if self.path == callback.path:
                    callback.arrived.put(dict(urllib.parse.parse_qsl(body, strict_parsing=True)))
                self.land()

            def land(self):
                self.send_response(302 if callback.location else 200)
                if callback.location:
                    self.send_header('Location', callback.location)
                self.send_header('Content-Type', 'text/html')
                # Not cached: a browser that goes back and forth requests it again, so that every arrival is seen.
                self.send_header('Cache-Control', 'no-store')
                self.end_headers()
                self.wfile.write(PAGE)

            def log_message(self, *_):
                pass

        super().__init__(Handler, certificate)

    def wait(self, seconds=15):
        return self.arrived.get(timeout=seconds)

    def nothing_more(self):
        return self.arrived.empty()

    def forget(self):
        while not self.arrived.empty():
            self.arrived.get()
