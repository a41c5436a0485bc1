"""oidc-provider: one process of Node. It keeps its records in its memory, or in its own Redis."""
import re
import secrets
import subprocess
import urllib.parse

import requests

from peers.peer import CLIENT_ID, REDIRECT_URI, SCOPE, Peer
from sets import PROGRAMS, reads_in

INSTALLED = PROGRAMS.parent / 'peers'  # from npm, by make


class OidcProvider(Peer):
    name = 'oidc-provider, memory'
    store = 'memory'  # see oidc_provider.js
    fastest = 10000
    options = {'authorization-endpoint': '/auth', 'token-endpoint': '/token',
               'introspection-endpoint': '/token/introspection', 'revocation-endpoint': '/token/revocation'}

    def start(self, *redis_socket):
        self.secret = secrets.token_urlsafe(32)
        node = next(INSTALLED.glob('node_modules/node-linux-*/bin/node'))
        self.node = self.run(node, INSTALLED / 'oidc_provider.js', self.secret, self.store, *redis_socket,
                             NODE_ENV='production')
        self.port = int(self.wait_until(lambda: re.search(r'^port (\d+)$', self.output(), re.MULTILINE))[1])

    def log_in(self):
        """Follows the redirects until the client is reached; this server logs every user in."""
        browser = requests.Session()
        url = f'http://localhost:{self.port}/auth?' + urllib.parse.urlencode(
            {'response_type': 'code', 'client_id': CLIENT_ID, 'redirect_uri': REDIRECT_URI, 'scope': SCOPE})
        while not url.startswith(REDIRECT_URI):
            answer = browser.get(url, allow_redirects=False)
            assert answer.is_redirect, f'{self.name}: {url}: {answer.status_code} {answer.text}'
            url = urllib.parse.urljoin(url, answer.headers['Location'])
        return f"_session={browser.cookies['_session']}"

    def processes(self):
        return {'nginx': [], 'function': [self.node.pid], 'redis': []}


class OidcProviderOnRedis(OidcProvider):
    name = 'oidc-provider, Redis'
    store = 'redis'

    def start(self):
        self.socket = self.dir / 'redis.sock'
        self.redis = self.run('redis-server', '--port', '0', '--unixsocket', self.socket, '--save', '', '--appendonly', 'no')
        self.wait_until(self.socket.exists)
        super().start(self.socket)

    def processes(self):
        return super().processes() | {'redis': [self.redis.pid]}

    def redis_reads(self):
        return reads_in(subprocess.run(['redis-cli', '-s', self.socket, 'INFO', 'stats'], capture_output=True, text=True,
                                       check=True).stdout)


class OidcProviderOnRedisPipelined(OidcProviderOnRedis):
    name = 'oidc-provider, Redis, pipelined'
    store = 'redis_pipelined'
