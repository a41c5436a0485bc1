"""An Apache of the test's own with mod_auth_openidc: one site for each relying party, all by TLS on one port.

The sites are configured by the lines of functions/demo/README.md; a test adds lines, and where they say the same, the last one counts.
"""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from callback import make_certificate
from stack import ATTEMPTS, PATIENCE, ROOT

USER = 'www-data'  # Debian's for web servers
MODULES = ('mpm_event', 'authn_core', 'authz_core', 'authz_user', 'auth_openidc', 'dir', 'include', 'mime', 'socache_shmcb', 'ssl')

SERVER = '''
ServerName localhost
ServerRoot {dir}
PidFile {dir}/apache.pid
Mutex pthread
ErrorLog {dir}/error.log
LogLevel warn auth_openidc:info
TypesConfig /dev/null
AddType text/html .html
AddDefaultCharset utf-8
ErrorDocument 400 /error.html
{claims}
StartServers 1
MaxRequestWorkers 32
ThreadsPerChild 16
{user}
{modules}
Listen 127.0.0.1:{tls_port}
Listen 127.0.0.1:{plain_port}
DocumentRoot {dir}/www
<Directory {dir}/www>
    Options +Includes
    DirectoryIndex index.html
    AddOutputFilter INCLUDES .html
</Directory>
'''

# Logout tokens arrive at the second host, and the first site answers: the other has no certificate.
# Two virtual hosts share their sessions only through their files.
SITE = '''
<VirtualHost 127.0.0.1:{tls_port}>
    ServerName {host}
    SSLEngine on
    SSLCertificateFile {dir}/callback.pem
    OIDCCABundlePath {dir}/provider.pem
    OIDCCacheType file
    OIDCCacheDir {dir}/cache
    {lines}
</VirtualHost>
<VirtualHost 127.0.0.1:{plain_port}>
    ServerName {host}
    OIDCCABundlePath {dir}/provider.pem
    OIDCCacheType file
    OIDCCacheDir {dir}/cache
    {lines}
</VirtualHost>
'''

# All headers that the module sets for the application behind it.
PROTECTED = '''<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Protected</title>
<h1>Protected</h1><pre><!--#printenv --></pre></html>'''
OPEN = '''<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>Open</title>
<h1>Welcome</h1><p><a href="/protected/">Sign in</a></html>'''


def free_ports(count):
    """A port that was free a moment ago."""
    probes = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def readme_lines():
    return re.search(r'```apache\n(.*?)```', (ROOT / 'functions/demo/README.md').read_text(), re.S)[1]


def load(module):
    return f'LoadModule {module}_module /usr/lib/apache2/modules/mod_{module}.so'


def has_since(version):
    """Whether Debian's mod_auth_openidc is of that version or later."""
    module = pathlib.Path('/usr/lib/apache2/modules/mod_auth_openidc.so').read_bytes()
    found = re.search(rb'mod_auth_openidc-(\d+)\.(\d+)\.(\d+)', module)
    return tuple(map(int, found.groups())) >= version


class Apache:
    """with Apache({'app.example.com': 'OIDCProviderMetadataURL …'}, certificate) as apache: apache.tls_port, apache.plain_port

    `certificate`: of the provider, which the sites trust.
    """

    def __init__(self, sites, certificate):
        self.sites, self.certificate = sites, certificate

    def __enter__(self):
        # The server's children have their own user if root starts it.
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix='apache-'))
        self.dir.chmod(0o755)
        (self.dir / 'www/protected').mkdir(parents=True)
        (self.dir / 'cache').mkdir()
        if os.geteuid() == 0:
            shutil.chown(self.dir / 'cache', USER)
        (self.dir / 'www/index.html').write_text(OPEN)
        (self.dir / 'www/protected/index.html').write_text(PROTECTED)
        (self.dir / 'www/error.html').write_text(PROTECTED.replace('Protected', 'Error'))  # since 2.4.14 it has no page of its own
        # Readable by that user, and without the key, which is in the same file.
        pem = re.search('-----BEGIN CERTIFICATE.*END CERTIFICATE-----\n', self.certificate.read_text(), re.S)[0]
        (self.dir / 'provider.pem').write_text(pem)
        make_certificate(self.dir, '*.example.com')
        try:
            for _ in range(ATTEMPTS):  # another process may take a free port
                if self.begin():
                    return self
            raise AssertionError(self.log())
        except BaseException:
            self.__exit__()
            raise

    def begin(self):
        self.tls_port, self.plain_port = free_ports(2)
        values = {'dir': self.dir, 'tls_port': self.tls_port, 'plain_port': self.plain_port}
        # Since 2.4.15 claims are Latin-1 by default.
        claims = 'OIDCPassClaimsAs both none' if has_since((2, 4, 15)) else ''
        text = SERVER.format(**values, claims=claims, user=f'User {USER}\nGroup {USER}' if os.geteuid() == 0 else '',
                             modules='\n'.join(map(load, MODULES)))
        text += ''.join(SITE.format(**values, host=host, lines=lines) for host, lines in self.sites.items())
        (self.dir / 'apache.conf').write_text(text)
        with open(self.dir / 'start.log', 'wb') as log:
            self.process = subprocess.Popen(['/usr/sbin/apache2', '-D', 'FOREGROUND', '-f', self.dir / 'apache.conf'],
                                            env=os.environ | {'TMPDIR': str(self.dir)}, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log)
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(('127.0.0.1', self.tls_port)) == 0:
                    return True
            time.sleep(0.02)  # there is no event when it listens
        return False

    def __exit__(self, *_):
        if hasattr(self, 'process'):
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            finally:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        return ''.join(path.read_text(errors='replace') for path in sorted(self.dir.glob('*.log')))
