"""The home page, and the two commands of the README's transcript, run by curl itself."""
import json
import subprocess
import urllib.parse

from conftest import REDIRECT_URI
from known_secrets import remember_text


def curl(*arguments):
    done = subprocess.run(['curl', '--silent', '--show-error', '--max-time', '20', *arguments], capture_output=True)
    assert done.returncode == 0, done.stderr
    remember_text(done.stdout.decode())
    return done.stdout.decode()


def authorize(stack, user, state='somestate'):
    url = (f'{stack.base}/oauth/authorize?client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect'
           f'&response_type=code&state={state}&scope=email')
    return user.approve(url)


def test_home_page(stack):
    """STILE-flow-4 The home page describes this server and links to the flow."""
    page = curl('--fail', f'{stack.base}/')
    assert f'href="{stack.base}/oauth/authorize?client_id=test_client&amp;' in page


def test_transcript(stack, user):
    """STILE-clients-11 The transcript works exactly: a code of 42 characters, six members, tokens of 42 and 48, a
    refresh."""
    location = authorize(stack, user)
    code = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(location).query))['code']
    assert location == f'{REDIRECT_URI}?state=somestate&code={code}&scope=email&iss=' + urllib.parse.quote(stack.base, safe='')
    assert len(code) == 42

    host = stack.base.removeprefix('http://')
    text = curl(f'{host}/oauth/tokenize', '-u', 'test_client:password', '-d', 'grant_type=authorization_code',
                '-d', f'code={code}', '-d', 'redirect_uri=https://www.example.com/redirect')
    tokens = json.loads(text)
    assert list(tokens) == ['expires_in', 'refresh_token_expires_in', 'access_token', 'refresh_token', 'scope', 'token_type']
    assert (tokens['expires_in'], tokens['refresh_token_expires_in']) == (300, 900)
    assert (len(tokens['access_token']), len(tokens['refresh_token'])) == (42, 48)
    assert (tokens['scope'], tokens['token_type']) == ('email', 'Bearer')

    text = curl(f'{host}/oauth/tokenize', '-u', 'test_client:password', '-d', 'grant_type=refresh_token',
                '-d', f"refresh_token={tokens['refresh_token']}")
    again = json.loads(text)
    assert list(again) == list(tokens)
    assert again['access_token'] != tokens['access_token'] and again['refresh_token'] != tokens['refresh_token']


def test_headers(stack):
    """STILE-clients-12 curl -i shows what a client needs to find the cause of an error."""
    answer = curl('--include', f'{stack.base}/oauth/tokenize', '-u', 'test_client:wrong', '-d', 'grant_type=refresh_token',
                  '-d', 'refresh_token=x')
    head, _, body = answer.partition('\r\n\r\n')
    lines = head.lower().split('\r\n')
    assert lines[0].startswith('http/1.1 401 ')
    assert 'content-type: application/json' in lines and 'cache-control: no-store' in lines
    assert any(line.startswith('www-authenticate: basic ') for line in lines)
    assert json.loads(body)['error'] == 'invalid_client'
