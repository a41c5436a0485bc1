"""glewlwyd with SQLite, set up by its own interface as an administrator would."""
import secrets
import sqlite3

import requests

from peers.peer import CLIENT_ID, REDIRECT_URI, SCOPE, Peer
from sets import PROGRAMS, can_connect, free_port

PACKAGE = PROGRAMS.parent / 'peers/glewlwyd'  # unpacked by make
SCHEMA = PACKAGE / 'usr/share/dbconfig-common/data/glewlwyd/install/sqlite3'
MODULES = PACKAGE / 'usr/lib/glewlwyd'

CONFIGURATION = '''
port = {port}
bind_address = "127.0.0.1"
external_url = "http://localhost:{port}"
login_url = "login.html"
api_prefix = "api"
log_mode = "file"
log_level = "ERROR"
log_file = "{dir}/log"
session_expiration = 86400
session_key = "session"
admin_scope = "g_admin"
profile_scope = "g_profile"
user_module_path = "{modules}/user"
client_module_path = "{modules}/client"
user_auth_scheme_module_path = "{modules}/scheme"
plugin_module_path = "{modules}/plugin"
hash_algorithm = "SHA512"
database = {{ type = "sqlite3"; path = "{dir}/database"; }};
'''

# The plugin openid, without OpenID's ID tokens: RFC 6749 alone.
PLUGIN = {
    'iss': 'http://localhost', 'allow-non-oidc': True, 'subject-type': 'public',
    'jwt-type': 'sha', 'jwt-key-size': '256',
    'access-token-duration': 300, 'refresh-token-duration': 900, 'code-duration': 300,
    'refresh-token-rolling': True, 'refresh-token-one-use': 'always',
    'auth-type-code-enabled': True, 'auth-type-client-enabled': True, 'auth-type-refresh-enabled': True,
    'auth-type-token-enabled': False, 'auth-type-none-enabled': False, 'auth-type-password-enabled': False,
    'auth-type-device-enabled': False, 'request-parameter-allow': False, 'session-management-allowed': False,
    'introspection-revocation-allowed': True, 'introspection-revocation-allow-target-client': True,
}


class Glewlwyd(Peer):
    name = 'glewlwyd'
    journal = 'DELETE'  # what a SQLite database begins with
    fastest = 400
    options = {'authorization-endpoint': '/api/oauth/auth?g_continue', 'token-endpoint': '/api/oauth/token',
               'introspection-endpoint': '/api/oauth/introspect', 'revocation-endpoint': '/api/oauth/revoke',
               'metadata': '/api/oauth/.well-known/openid-configuration'}

    def start(self):
        self.port = free_port()
        database = sqlite3.connect(self.dir / 'database')
        database.execute(f'PRAGMA journal_mode = {self.journal}')  # kept in the file
        database.executescript(SCHEMA.read_text())
        database.close()
        configuration = self.dir / 'glewlwyd.conf'
        configuration.write_text(CONFIGURATION.format(port=self.port, dir=self.dir, modules=MODULES))
        self.server = self.run(PACKAGE / 'usr/bin/glewlwyd', '--config-file', configuration)
        self.wait_until(lambda: can_connect(self.port))

    def log_in(self):
        """As the administrator of the fresh database, who is the user, too."""
        self.secret = secrets.token_urlsafe(32)
        browser = requests.Session()

        def send(method, path, **members):
            answer = browser.request(method, f'http://localhost:{self.port}/api/{path}', json=members)
            assert answer.ok, f'glewlwyd: {method} {path}: {answer.status_code} {answer.text}'

        send('POST', 'auth/', username='admin', password='password')
        send('POST', 'scope/', name=SCOPE, display_name=SCOPE, password_required=True, scheme={})
        send('PUT', 'user/admin?source=database', username='admin', name='admin', scope=['g_admin', 'g_profile', SCOPE],
             enabled=True)
        send('POST', 'mod/plugin/', module='oidc', name='oauth', display_name='oauth', order_rank=0, readonly=False,
             parameters=PLUGIN | {'key': secrets.token_urlsafe(32)})
        # A client_secret is compared as it is; a password of a client would be hashed at each request.
        send('POST', 'client/?source=database', client_id=CLIENT_ID, name=CLIENT_ID, confidential=True, enabled=True,
             client_secret=self.secret, redirect_uri=[REDIRECT_URI], scope=[SCOPE],
             authorization_type=['code', 'refresh_token', 'client_credentials'],
             token_endpoint_auth_method=['client_secret_basic'])
        send('PUT', f'auth/grant/{CLIENT_ID}/', scope=SCOPE)
        return f"session={browser.cookies['session']}"

    def processes(self):
        return {'nginx': [], 'function': [self.server.pid], 'redis': []}


class GlewlwydWithWal(Glewlwyd):
    name = 'glewlwyd, WAL'
    journal = 'WAL'
    fastest = 1500
