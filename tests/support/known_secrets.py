"""Every secret that the tests have sent or were handed, as (kind, value); leaks.py looks for them.

What goes over `requests` is remembered by itself, what goes over others (curl, Chromium, the admin command) by those who
drive them.
"""
import json
import re
import urllib.parse

import requests

import leaks

SECRETS = set()


def remember(values):
    """`values`: of parameters, members or fields, by name."""
    SECRETS.update((name, value) for name, value in values.items() if name in leaks.KINDS and isinstance(value, str))


def remember_url(url):
    remember(dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query)))


def remember_exchange(session, request, **options):
    """Replaces requests.Session.send: records the secrets of each request and response."""
    answer = send(session, request, **options)
    SECRETS.update(('authorization', value.split(' ', 1)[-1]) for name, value in request.headers.items()
                   if name == 'Authorization' and isinstance(value, str))
    SECRETS.update(('cookie', cookie.value) for cookie in [*session.cookies, *answer.cookies] if cookie.value)
    remember_url(request.url)
    remember_url(answer.headers.get('Location', ''))
    body = request.body.decode(errors='replace') if isinstance(request.body, bytes) else request.body
    if isinstance(body, str):
        remember(dict(urllib.parse.parse_qsl(body)))
    remember_text(answer.text)
    return answer


def remember_text(text):
    """The secrets of a response's body: JSON, or a page with a form."""
    try:
        members = json.loads(text)
    except ValueError:
        members = dict(re.findall('name="(csrf_token)" value="([^"]*)"', text))
    remember(members if isinstance(members, dict) else {})


send = requests.Session.send
requests.Session.send = remember_exchange


def remember_command(arguments, output):
    for option, value in zip(arguments, arguments[1:]):
        remember({{'--password': 'password', '--secret': 'client_secret'}.get(option, ''): value})
    remember({'client_secret': secret for secret in re.findall('client_secret: (\\S+)', output)})


def assert_nothing_leaked(folder):
    finds = leaks.find_leaks(folder, SECRETS)
    assert not finds, 'secrets in what was written:\n' + '\n'.join(finds[:20])
