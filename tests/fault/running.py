"""The running instance with the clients of the load: three clients, a logged-in user, and one kept-alive connection per worker."""
import base64
import dataclasses
import http.client
import json
import re
import urllib.parse

REDIRECT_URI = 'https://app.example/callback'
DISCONNECTED = (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError)


@dataclasses.dataclass
class Client:
    id: str
    secret: str
    has_grace: bool = False

    @property
    def authorization(self):
        return 'Basic ' + base64.b64encode(f'{self.id}:{self.secret}'.encode()).decode()


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read().decode()

    def json(self):
        return json.loads(self.body)

    def is_clear_refusal(self):
        """Is it a 503 in the right format: JSON for programs, a page for users, with Retry-After?"""
        if self.status != 503 or not self.headers['Retry-After'] or self.headers['Cache-Control'] != 'no-store':
            return False
        if self.headers['Content-Type'].startswith('application/json'):
            return self.json()['error'] == 'temporarily_unavailable'
        return self.headers['Content-Type'].startswith('text/html') and '<title>' in self.body

    def __str__(self):
        return f'{self.status} {self.headers["Content-Type"]} {self.body[:120]!r}'


class Connection:
    def __init__(self, port):
        self.http = http.client.HTTPConnection('127.0.0.1', port, timeout=60)
        self.reconnects = 0

    def request(self, method, path, parameters=None, **headers):
        headers = {name.replace('_', '-'): value for name, value in headers.items()}
        body = urllib.parse.urlencode(parameters) if parameters is not None else None
        if body is not None:
            headers['Content-Type'] = 'application/x-www-form-urlencoded'
        try:
            return self.ask(method, path, body, headers)
        except DISCONNECTED:
            # A kept-alive connection that the server closed while it was idle: the server has not read the request.
            self.http.close()
            self.reconnects += 1
            return self.ask(method, path, body, headers)

    def ask(self, method, path, body, headers):
        self.http.request(method, path, body, headers)
        return Answer(self.http.getresponse())

    def close(self):
        self.http.close()


class Clients:
    def __init__(self, stack):
        self.stack = stack
        self.connection = Connection(stack.port)
        code_flow = ('--redirect-uri', REDIRECT_URI, '--scope', 'read')
        self.strict = self.register('strict', *code_flow)
        self.patient = self.register('patient', *code_flow, '--refresh-grace', '300')
        self.service = self.register('service', '--grant-type', 'client_credentials', '--scope', 'read')
        self.cookie = ''
        for client in (self.strict, self.patient):
            self.log_in(client)

    def register(self, name, *arguments):
        output = self.stack.admin('client', 'add', '--id', name, *arguments)
        return Client(name, re.search('client_secret: (.+)', output)[1], '--refresh-grace' in arguments)

    def authorize_path(self, client):
        return '/oauth/authorize?' + urllib.parse.urlencode(
            {'client_id': client.id, 'redirect_uri': REDIRECT_URI, 'response_type': 'code', 'state': 'x'})

    def log_in(self, client):
        """Logs in and approves with a remembered consent, so that a request with the cookie then gets a code at once."""
        answer = self.connection.request('GET', self.authorize_path(client), Cookie=self.cookie)
        while '/login?' in answer.headers['Location'] or '/approve?' in answer.headers['Location']:
            path = answer.headers['Location']
            self.keep_cookies(answer)
            page = self.connection.request('GET', path, Cookie=self.cookie)
            self.keep_cookies(page)
            fields = dict(re.findall('<input[^>]*name="(csrf_token)"[^>]*value="([^"]*)"', page.body))
            fields |= {'username': 'admin', 'password': 'admin'} if 'login' in path else {'approval': '1', 'remember': '1'}
            answer = self.connection.request('POST', path, fields, Cookie=self.cookie)
        assert 'code=' in answer.headers['Location'], answer.headers['Location']

    def keep_cookies(self, answer):
        for header in answer.headers.get_all('Set-Cookie', []):
            self.cookie = '; '.join(filter(None, (self.cookie, header.split(';')[0])))

    def token(self, client, connection=None, **parameters):
        if parameters['grant_type'] == 'authorization_code':
            parameters['redirect_uri'] = REDIRECT_URI
        return (connection or self.connection).request('POST', '/oauth/token', parameters,
                                                       Authorization=client.authorization)

    def is_active(self, client, token):
        answer = self.connection.request('POST', '/oauth/introspect', {'token': token},
                                         Authorization=client.authorization)
        assert answer.status == 200, answer
        return answer.json()['active']

    def revoke(self, client, token):
        answer = self.connection.request('POST', '/oauth/revoke', {'token': token}, Authorization=client.authorization)
        assert answer.status == 200, answer
