"""A real nginx before one function, with Stile's own settings for the connection between them, and nothing else of Stile."""
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from raw_http import Answers
from stack import PATIENCE, ROOT, clean_environment

CONFIGURATION = """
daemon off;
worker_processes {workers};
user {user};
pid {dir}/nginx.pid;
error_log {dir}/error.log info;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {dir}/body; fastcgi_temp_path {dir}/fastcgi; proxy_temp_path {dir}/proxy; scgi_temp_path {dir}/scgi;
    uwsgi_temp_path {dir}/uwsgi;
    keepalive_requests 1000000;
    limit_conn_zone "" zone=stile_under_way:1m;
    upstream function {{ {servers} keepalive {kept}; }}
    server {{
        listen unix:{dir}/http.sock backlog=4096;
        location / {{
            include stile/fastcgi.conf;
            fastcgi_pass function;
        }}
    }}
}}
"""


class Nginx:
    """with Nginx(path of a function's socket) as nginx: it answers HTTP at nginx.socket; `log` is its error log."""

    def __init__(self, *sockets, workers=2, kept=32):
        self.sockets, self.workers, self.kept = sockets, workers, kept

    def __enter__(self):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='n-'))
        self.socket = self.dir / 'http.sock'
        shutil.copytree(ROOT / 'nginx', self.dir / 'stile')
        (self.dir / 'stile/log.conf').write_text(f'error_log {self.dir}/error.log info;\n')
        (self.dir / 'nginx.conf').write_text(CONFIGURATION.format(
            dir=self.dir, workers=self.workers, kept=self.kept, user=pwd.getpwuid(os.geteuid()).pw_name,
            servers=' '.join(f'server unix:{path};' for path in self.sockets)))
        self.process = subprocess.Popen(['nginx', '-p', self.dir, '-c', self.dir / 'nginx.conf', '-e', self.dir / 'error.log'],
                                        env=clean_environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + PATIENCE
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.02)
        return self

    def answers(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(str(self.socket)) == 0

    def __exit__(self, *_):
        try:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        return (self.dir / 'error.log').read_text(errors='replace')

    def problems(self):
        """The lines of its error log that tell of more than what clients do."""
        return [line for line in self.log().splitlines() if not any(f'[{level}]' in line for level in ('info', 'notice'))]


class Client:
    """One connection to nginx, for requests one after the other."""

    def __init__(self, nginx):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.settimeout(PATIENCE)
        self.connection.connect(str(nginx.socket))
        self.answers = Answers(self.connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, request):
        self.connection.sendall(request)
        return self.answers.next()
