"""One running Stile for all clients, and a user who logs in and approves without a browser window."""
import html.parser
import os
import pathlib
import sys
import urllib.parse

import pytest
import requests

# The setting that the documentation of requests-oauthlib prescribes for servers on http://localhost.
os.environ['OAUTHLIB_INSECURE_TRANSPORT'] = '1'

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from stack import Stack  # noqa: E402

REDIRECT_URI = 'https://www.example.com/redirect'


class Form(html.parser.HTMLParser):
    """The hidden fields of a page's form."""

    def __init__(self, text):
        super().__init__()
        self.hidden = {}
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == 'input' and attributes.get('type') == 'hidden':
            self.hidden[attributes['name']] = attributes['value']


class User:
    """A user with a browser: opens an authorization URL and ends at the client's callback URL."""

    def __init__(self, name='admin', password='admin'):
        self.browser = requests.Session()
        self.browser.trust_env = False
        self.name, self.password = name, password

    def submit(self, page, **fields):
        return self.browser.post(page.url, data=Form(page.text).hidden | fields, allow_redirects=False, timeout=20)

    def approve(self, authorization_url):
        login = self.browser.get(authorization_url, timeout=20)
        answer = self.submit(login, username=self.name, password=self.password)
        consent = self.browser.get(urllib.parse.urljoin(login.url, answer.headers['Location']), timeout=20)
        answer = self.submit(consent, approval='1')
        assert answer.status_code == 303, answer.text
        return answer.headers['Location']


@pytest.fixture(scope='session')
def stack():
    with Stack() as stack:
        yield stack


@pytest.fixture
def user():
    return User()
