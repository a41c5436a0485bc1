"""The README's page on production, followed to the letter on a machine of its own, up to a login over https."""
import json
import re

import pytest

from machine import Machine, is_possible
from stack import ROOT

pytestmark = pytest.mark.skipif(not is_possible(), reason='only root can make a machine for this')

PASSWORD = 'correct horse battery staple'

# What a browser and then the client do. Run there: the name resolves there, and the certificate is trusted there.
LOGIN = r'''
import html, json, re, sys
import requests
base, secret, password = 'https://login.example.com', sys.argv[1], sys.argv[2]
browser = requests.Session()
browser.verify = '/etc/stile/tls/certificate.pem'
page = browser.get(base + '/oauth/authorize', params={'client_id': 'my_app', 'response_type': 'code', 'state': 'somestate'})
def submit(page, **fields):
    for field in re.findall('<input[^>]*type="hidden"[^>]*>', page.text):
        fields[re.search('name="([^"]*)"', field)[1]] = html.unescape(re.search('value="([^"]*)"', field)[1])
    return browser.post(page.url, data=fields, allow_redirects=False)
answer = submit(page, username='alice', password=password)
page = browser.get(base + answer.headers['Location'] if answer.headers['Location'].startswith('/') else answer.headers['Location'])
answer = submit(page, approval='1')
code = re.search('[?&]code=([^&]*)', answer.headers['Location'])[1]
tokens = requests.post(base + '/oauth/token', auth=('my_app', secret), verify=browser.verify,
                       data={'grant_type': 'authorization_code', 'code': code})
metadata = requests.get(base + '/.well-known/oauth-authorization-server', verify=browser.verify).json()
print(json.dumps({'location': answer.headers['Location'], 'tokens': tokens.json(), 'issuer': metadata['issuer']}))
'''


def blocks():
    """The commands of the page, block by block, up to the day-by-day part."""
    page = re.search(r'^## In production\n(.*?)^### Day by day', (ROOT / 'README.md').read_text(), re.MULTILINE | re.DOTALL)[1]
    return re.findall(r'^```\n(.*?)^```$', page, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope='module')
def followed(package, tmp_path_factory):
    """The machine after all blocks, and what the last one has said."""
    with Machine(tmp_path_factory.mktemp('machine')) as machine:
        machine.put(package, '/root/' + package.name)
        # What Debian's nginx does when it is installed: it runs.
        machine.run('nginx')
        said = ''
        for block in blocks():
            # There is no network to fetch a package from; all but ours are there.
            block = block.replace('apt install ./build/deb/', 'dpkg -i /root/')
            said = machine.run(block, given=f'{PASSWORD}\n')
        yield machine, said


def test_login(followed):
    """STILE-production-1 The README's page ends with a login over https, and tokens for the client that it adds."""
    machine, said = followed
    assert 'PROBLEM' not in said and 'ok ' in said
    secret = re.search(r'^(?:.*: )?(\w{30,})$', said, re.MULTILINE)[1]
    machine.path('/root/login.py').write_text(LOGIN)
    answer = json.loads(machine.run(f"/usr/bin/python3 /root/login.py {secret} '{PASSWORD}'"))
    assert answer['issuer'] == 'https://login.example.com'
    assert answer['location'].startswith('https://app.example.com/callback?')
    assert 'state=somestate' in answer['location'] and 'iss=https%3A%2F%2Flogin.example.com' in answer['location']
    assert answer['tokens']['token_type'] == 'Bearer' and len(answer['tokens']['refresh_token']) == 48


def test_users(followed):
    """STILE-production-2 Each function that has been asked serves as its own user, which cannot read the settings."""
    machine, _ = followed
    for name in ('authorize', 'login', 'consent', 'token', 'metadata'):
        assert machine.run(f'ps -o user:32= -C stile-{name}').split() == [f'stile-{name}']
        assert machine.run(f'runuser -u stile-{name} -- cat /etc/stile/stile.env /etc/stile/admin.env 2>&1 || true').count('denied') == 2
    # Nobody has asked these.
    assert machine.run('ps -C stile-revoke,stile-introspect -o pid= || true') == ''


def test_nobody_else_enters_the_sockets(followed):
    """STILE-production-3 The sockets are nginx's workers' alone."""
    machine, _ = followed
    assert machine.run('stat -c "%a %U %G" /run/stile/*.sock | sort -u') == '660 root www-data\n'
