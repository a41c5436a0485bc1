"""A browser that keeps cookies, follows no redirects and fills in the forms, and the token requests of a client.

Everything goes over `requests`, so that the secrets are remembered (known_secrets.py).
"""
import re
import urllib.parse

import requests

from stack import PATIENCE

DEMO = ('test_client', 'password')  # the client of make run and its secret
REDIRECT_URI = 'https://www.example.com/redirect'


def parameters_of(location):
    """The parameters of a redirect, each of which may occur once."""
    pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query, keep_blank_values=True)
    assert len(dict(pairs)) == len(pairs), location
    return dict(pairs)


class Browser(requests.Session):
    """Browser(stack.base).code() is the code that the user admin grants to the client of make run."""

    def __init__(self, base):
        super().__init__()
        self.base = base

    def request(self, method, path, **options):
        answer = super().request(method, self.base + path, **{'timeout': PATIENCE} | options | {'allow_redirects': False})
        for cookie in self.cookies:
            cookie.secure = False  # with an issuer with https a test speaks http to nginx, as a proxy with TLS would
        return answer

    def submit(self, path, **fields):
        """Fills in the form at the path and sends it."""
        page = self.get(path)
        assert page.status_code == 200, page.text
        csrf_token = re.search('name="csrf_token" value="([^"]+)"', page.text)[1]
        return self.post(path, {'csrf_token': csrf_token} | fields)

    def authorize(self, **parameters):
        sent = {'client_id': DEMO[0], 'redirect_uri': REDIRECT_URI, 'response_type': 'code', 'state': 'somestate',
                'scope': 'email'} | parameters
        return self.get('/oauth/authorize', params=sent)

    def log_in(self, path, user='admin', password='admin'):
        return self.submit(path, username=user, password=password)

    def approve(self, path):
        """The parameters of the redirect to the client."""
        return parameters_of(self.submit(path, approval='1').headers['Location'])

    def code(self, user='admin', password='admin', **parameters):
        answer = self.authorize(**parameters)
        if answer.headers['Location'].startswith('/login?'):
            answer = self.log_in(answer.headers['Location'], user, password)
        return self.approve(answer.headers['Location'])['code']


def token_request(base, client=DEMO, **form):
    """`client`: its id and secret; None to send no Authorization."""
    return requests.post(base + '/oauth/token', auth=client, data=form, timeout=PATIENCE)


def redeem(base, code, client=DEMO, **form):
    return token_request(base, client, grant_type='authorization_code', code=code, redirect_uri=REDIRECT_URI, **form)


def refresh(base, refresh_token, client=DEMO, **form):
    return token_request(base, client, grant_type='refresh_token', refresh_token=refresh_token, **form)
