"""A browser at an address of its own, without a browser."""
import html
import re

from raw_http import ask, encode


class Visitor:
    """Keeps cookies, and gives the requests of a login byte by byte, so that a test may send them when it likes."""

    def __init__(self, port, address):
        self.port, self.address, self.cookies = port, address, {}

    def ask(self, request):
        answer = ask(self.port, request, self.address)
        if found := re.match(r'(\w+)=([^;]*)', answer.headers.get('set-cookie', '')):  # the last one
            self.cookies[found[1]] = found[2]
        return answer

    def encode(self, method, target, body=None):
        return encode(method, target, body, Cookie='; '.join(f'{name}={value}' for name, value in self.cookies.items()))

    def login_form(self, user, password):
        """The request that sends the form of the login page, filled in."""
        answer = self.ask(self.encode('GET', '/oauth/authorize?response_type=code&client_id=test_client&state=s'
                                             '&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect'))
        assert answer.status == 303, answer
        page = answer.headers['location']
        answer = self.ask(self.encode('GET', page))
        token = html.unescape(re.search('name="csrf_token" value="([^"]+)"', answer.body.decode())[1])
        return self.encode('POST', page, f'csrf_token={token}&username={user}&password={password}')
