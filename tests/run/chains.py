"""Clients under load: each gets a code by a remembered consent, and then refreshes over one kept-alive connection."""
import json
import urllib.parse

from attacker import encode
from raw_http import Answers, connect
from raw_http import encode as encode_request
from stack import PATIENCE


def cookies_with_consent(stack, client):
    """The cookies of a browser whose user has given a remembered consent to this client."""
    browser = stack.browser_of_its_own('admin')
    assert 'code' in browser.approve(browser.begin(client), remember='1').returned
    return '; '.join(f'{name}={value}' for name, value in browser.cookies.items())


class Chain:
    """with Chain(stack, client, cookies) as chain: the first tokens are there; chain.refresh() gets the next ones.

    `status` and `body` are those of the last response.
    """

    def __init__(self, stack, client, cookies):
        self.client = client
        self.connection = connect(stack.port, patience=PATIENCE)
        self.answers = Answers(self.connection)
        answer = self.ask('GET', stack.request_of(client), Cookie=cookies)
        code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers['location']).query))['code']
        self.token(grant_type='authorization_code', code=code, redirect_uri=client.redirect_uri)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def ask(self, method, target, body=None, **headers):
        self.connection.sendall(encode_request(method, target, body, **headers))
        answer = self.answers.next()
        assert answer, f'{target}: the connection ended without a response'
        return answer

    def token(self, **fields):
        answer = self.ask('POST', '/oauth/tokenize', encode(fields), **self.client.headers)
        self.status, self.body = answer.status, answer.body.decode()

    def refresh(self):
        self.token(grant_type='refresh_token', refresh_token=json.loads(self.body)['refresh_token'])
