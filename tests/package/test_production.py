"""functions/package/README.md, followed exactly on a separate machine: a login over https, and the following operations."""
import ast
import base64
import contextlib
import json
import pathlib
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from endpoints import ENDPOINTS
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


# Asks for tokens with wrong credentials, from several connections, until the file is there; what else than 401 came?
LOAD = r'''
import collections, os, threading, requests
seen = collections.Counter()
def ask():
    session = requests.Session()
    session.verify = '/etc/stile/tls/certificate.pem'
    while not os.path.exists('/run/enough'):
        seen[session.post('https://login.example.com/oauth/token', data={'grant_type': 'x'}).status_code] += 1
        open('/run/asked', 'w').write(str(seen.total()))
threads = [threading.Thread(target=ask) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(dict(seen))
'''


def commands():
    """The commands of the page, up to the day-by-day part."""
    page = re.search(r'^## In production\n(.*?)^## Day by day', (ROOT / 'functions/package/README.md').read_text(), re.MULTILINE | re.DOTALL)[1]
    # There is no network to fetch packages from; all except Stile's are installed.
    return re.sub(r'apt install \./build/deb/(\S+) \$server-server', r'dpkg -i /root/\1',
                  '\n'.join(re.findall(r'^```\n(.*?)^```$', page, re.MULTILINE | re.DOTALL)))


@contextlib.contextmanager
def machine_of(package, folder, server):
    """The machine after all commands, run in one shell, and their output."""
    with Machine(folder, f'{server}-server') as machine:
        machine.put(package, '/root/' + package.name)
        yield machine, machine.run(re.sub('^server=redis ', f'server={server} ', commands()), given=f'{PASSWORD}\n')


@pytest.fixture(scope='module')
def followed(package, tmp_path_factory):
    with machine_of(package, tmp_path_factory.mktemp('machine'), 'redis') as result:
        yield result


def check_login(machine, said):
    assert 'PROBLEM' not in said and 'ok ' in said
    secret = re.search(r'^client_secret: (\w{30,})', said, re.MULTILINE)[1]
    machine.path('/root/login.py').write_text(LOGIN)
    answer = json.loads(machine.run(f"/usr/bin/python3 /root/login.py {secret} '{PASSWORD}'"))
    assert answer['issuer'] == 'https://login.example.com'
    assert answer['location'].startswith('https://app.example.com/callback?')
    assert 'state=somestate' in answer['location'] and 'iss=https%3A%2F%2Flogin.example.com' in answer['location']
    assert answer['tokens']['id_token'].count('.') == 2
    assert answer['tokens']['token_type'] == 'Bearer' and len(answer['tokens']['refresh_token']) == 48


def test_login(followed):
    """STILE-production-1 The commands of the page lead to a login over https, and to tokens for the client that they
    add."""
    check_login(*followed)


@pytest.mark.skipif(not pathlib.Path('/usr/bin/valkey-server').exists(), reason='Debian has the package valkey-server since 13')
def test_login_with_valkey(package, tmp_path):
    """STILE-servers-1 With Valkey in place of Redis the production page gives the same result."""
    with machine_of(package, tmp_path, 'valkey') as (machine, said):
        assert 'ok       Valkey 8.' in said
        check_login(machine, said)
        assert machine.run('pgrep -x redis-server || true') == ''


def test_users(followed):
    """STILE-production-2 Each function serves as its own user, which cannot read the settings."""
    machine, _ = followed
    for name in ('authorize', 'login', 'consent', 'token', 'metadata'):
        assert machine.run(f'ps -o user:32= -C stile-{name}').split() == [f'stile-{name}']
        assert machine.run(f'runuser -u stile-{name} -- cat /etc/stile/*.env 2>&1 || true').count('denied') == len(ENDPOINTS) + 2
    # These have had no request.
    assert machine.run('ps -C stile-revoke,stile-introspect -o pid= || true') == ''


def test_only_nginx_can_connect_to_the_sockets(followed):
    """STILE-production-3 Only nginx's workers can connect to the sockets; to the one of stile-deliver only stile-logout."""
    machine, _ = followed
    assert machine.run('stat -c "%a %U %G" /run/stile/*.sock | sort -u') == '600 stile-logout stile-logout\n660 root stile-web\n'
    connect = 'import socket; socket.socket(socket.AF_UNIX).connect("/run/stile/login.sock")'
    for user in ('www-data', 'stile-token', 'nobody'):
        assert 'PermissionError' in machine.run(f"runuser -u {user} -- /usr/bin/python3 -c '{connect}' 2>&1 || true")
    assert machine.run('set -a; . /etc/stile/stile.env; . /etc/stile/admin.env; set +a; '
                       'nginx -T 2>/dev/null | stile check --nginx - | grep -c /run/stile/ || true') == '0\n'


def test_headers_of_the_production_server(followed):
    """STILE-production-20 The server of the page sends HSTS and Cross-Origin-Opener-Policy with Stile's pages, redirects http, takes no
    old TLS, and tells no version of nginx."""
    machine, _ = followed
    curl = 'curl -s -o /dev/null -D - --cacert /etc/stile/tls/certificate.pem'
    for path in ('/login', '/oauth/token', '/.well-known/openid-configuration'):
        answer = machine.run(f'{curl} https://login.example.com{path}').lower()
        assert answer.count('strict-transport-security: max-age=31536000') == 1
        assert answer.count('cross-origin-opener-policy: same-origin') == 1
    for address in ('https://login.example.com/nowhere', 'https://login.example.com/login?%ff', 'http://login.example.com/'):
        assert 'server: nginx\n' in machine.run(f'{curl} {address}').lower()
    answer = machine.run(f'{curl} "http://login.example.com/oauth/authorize?a=b"')
    assert answer.startswith('HTTP/1.1 301') and 'Location: https://login.example.com/oauth/authorize?a=b\n' in answer
    assert machine.run(f'{curl} --tls-max 1.1 https://login.example.com/login || echo $?').endswith('35\n')


def pids(machine, name):
    return machine.run(f'pgrep -x stile-{name} || true').split()


@contextlib.contextmanager
def load(machine):
    """Requests continue meanwhile; afterwards, the function has answered all of them."""
    # One address sends more requests than nginx's limits allow.
    machine.run('rm -f /run/enough /run/asked; echo "127.0.0.1 1;" >> /etc/nginx/stile/trusted.conf; systemctl reload nginx')
    machine.path('/root/load.py').write_text(LOAD)
    with ThreadPoolExecutor() as pool:
        counted = pool.submit(machine.run, '/usr/bin/python3 /root/load.py')
        try:
            machine.run('until [ "$(cat /run/asked 2>/dev/null || echo 0)" -gt 50 ]; do sleep 0.05; done')
            yield
            machine.run('before=$(cat /run/asked); until [ "$(cat /run/asked)0" -gt $((before + 50))0 ]; do sleep 0.05; done')
        finally:
            machine.run('touch /run/enough')
        assert list(ast.literal_eval(counted.result().splitlines()[-1])) == [401]


def test_restart(followed):
    """STILE-production-4 Four processes share the socket; restarting them under load loses no request."""
    machine, _ = followed
    machine.run('systemctl enable --now stile-token@{2..4}')
    machine.run('systemctl start stile-token@1')
    before = pids(machine, 'token')
    assert len(before) == 4
    with load(machine):
        machine.run('systemctl restart stile.target')
    after = pids(machine, 'token')
    assert len(after) == 4 and not set(before) & set(after)


def test_upgrade(package, followed):
    """STILE-production-5 Installing the next package restarts the running functions, and loses no request."""
    machine, _ = followed
    machine.run('systemctl start stile-token@1 stile-login@1')
    before = pids(machine, 'token') + pids(machine, 'login')
    with load(machine):
        machine.run(f'dpkg -i /root/{package.name}')
    after = pids(machine, 'token') + pids(machine, 'login')
    assert len(after) == len(before) and not set(before) & set(after)


def test_upgrade_from_www_data(package, followed):
    """STILE-production-21 An upgrade from a version whose sockets belonged to www-data loses no request, also when the sockets are opened
    anew, and the commands of the page then leave them to nginx."""
    machine, _ = followed
    # As that version left it.
    machine.run("sed -i 's/^user www-data stile-web;/user www-data;/' /etc/nginx/nginx.conf; systemctl stop stile.target; "
                'groupdel stile-web; sed -i s/SocketGroup=stile-web/SocketGroup=www-data/ /lib/systemd/system/stile-*.socket; '
                'systemctl daemon-reload; systemctl reload nginx; systemctl start stile.target')
    assert machine.run('stat -c %G /run/stile/*.sock | sort -u') == 'stile-logout\nwww-data\n'
    with load(machine):
        machine.run(f'dpkg -i /root/{package.name}')
    assert machine.run('id -nG www-data').split() == ['www-data', 'stile-web']
    machine.run('systemctl stop stile.target; systemctl start stile.target')
    assert machine.run('stat -c %G /run/stile/*.sock | sort -u') == 'stile-logout\nstile-web\n'
    with load(machine):
        pass
    machine.run("systemctl stop stile.target; chgrp www-data /run/stile/*.sock 2>/dev/null || true; systemctl start stile.target; "
                'chgrp www-data /run/stile/*.sock')
    page = (ROOT / 'functions/package/README.md').read_text()
    commands = re.search(r'^```sh\n(chgrp stile-web .*?)^```$', page, re.MULTILINE | re.DOTALL)[1]
    with load(machine):
        machine.run(commands)
    assert machine.run('stat -c %G /run/stile/*.sock | sort -u; id -nG www-data') == 'stile-web\nwww-data\n'
    # Installed again, it stays so.
    machine.run(f'dpkg -i /root/{package.name}')
    assert machine.run('id -nG www-data') == 'www-data\n'


def test_killed(followed):
    """STILE-production-6 A function that is killed is restarted."""
    machine, _ = followed
    machine.run('systemctl start stile-verify@1')
    [before] = pids(machine, 'verify')
    machine.run(f'kill -9 {before}; until pgrep -x stile-verify | grep -v "^{before}$"; do sleep 0.05; done')
    machine.run('systemctl is-active --wait stile-verify@1 || true; systemctl stop stile-verify@1')


def test_scale_to_zero(followed):
    """STILE-production-7 With STILE_IDLE_EXIT a function ends by itself, and the next request starts it again."""
    machine, _ = followed
    machine.run("echo STILE_IDLE_EXIT=1 >> /etc/stile/stile-revoke.env")
    ask = 'curl -s --cacert /etc/stile/tls/certificate.pem https://login.example.com/oauth/revoke -d token=x'
    for _ in range(2):
        assert 'invalid_client' in machine.run(ask)
        machine.run('while systemctl is-active -q stile-revoke@1; do sleep 0.05; done')
        assert machine.run('systemctl show -P Result -P NRestarts stile-revoke@1').split() == ['success', '0']
        assert pids(machine, 'revoke') == [] and machine.run('systemctl is-active stile-revoke.socket') == 'active\n'


def test_target(followed):
    """STILE-production-10 Stopping stile.target ends all processes and sockets; starting it opens the sockets and starts what is enabled."""
    machine, _ = followed
    machine.run('systemctl enable --now stile-token@2; systemctl start stile-metrics@1')
    machine.run('systemctl stop stile.target')
    assert machine.run('pgrep stile- || true') == ''
    assert machine.run('systemctl list-units --no-legend --plain "stile*" --state=active') == ''
    machine.run('systemctl start stile.target')
    listening = machine.run('systemctl list-units --no-legend --plain "stile*.socket" --state=active')
    assert sorted(line.split()[0] for line in listening.splitlines()) == [f'stile-{name}.socket' for name in sorted([*ENDPOINTS, 'deliver'])]
    assert machine.run('systemctl is-active stile-token@2') == 'active\n'


def test_sandbox(followed):
    """STILE-production-8 The sandbox is active for the running function: no capabilities, a system call filter, a
    rating under 2."""
    machine, _ = followed
    machine.run('systemctl start stile-authorize@1')
    [pid] = pids(machine, 'authorize')
    status = dict(line.split(':\t') for line in machine.run(f'cat /proc/{pid}/status').splitlines())
    assert (status['Seccomp'], status['NoNewPrivs'], int(status['CapBnd'], 16)) == ('2', '1', 0)
    rating = re.search(r'stile-authorize@1\.service +([\d.]+)', machine.run('systemd-analyze security --no-pager'))
    assert float(rating[1]) < 2


# A client that is notified of a logout: prints what it got.
LISTENER = r'''
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        open('/run/told', 'w').write(self.rfile.read(int(self.headers['Content-Length'])).decode())
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(('127.0.0.1', 8080), Handler).serve_forever()
'''


def test_logout_token(followed):
    """STILE-production-11 A logout token is signed by stile-logout, which cannot open the keys for ID tokens, and sent by stile-deliver, which
    reaches this machine only if the operator allows it in its unit and in the settings."""
    machine, _ = followed
    machine.path('/root/listener.py').write_text(LISTENER)
    machine.run("""
        . /etc/stile/admin.env; export STILE_REDIS STILE_KEY STILE_ISSUER=https://login.example.com
        stile client add --id told --redirect-uri https://told.example/cb --scope openid --backchannel-logout-uri http://127.0.0.1:8080/told
        systemd-run --unit=listener /usr/bin/python3 /root/listener.py
        for _ in $(seq 100); do (echo > /dev/tcp/127.0.0.1/8080) 2>/dev/null && break; sleep 0.1; done
        redis() { REDISCLI_AUTH=$(cat /root/redis-operator.password) redis-cli --user operator "$@"; }
        systemctl start stile-logout@1
        redis ZADD logout_notices 1 "9 jti told alice sid"   # the last attempt
        until stile events --json --event logout_undelivered | grep -q told; do sleep 0.1; done
        [ ! -e /run/told ]
        echo "STILE_LOGOUT_NETWORKS=127.0.0.0/8" >> /etc/stile/stile-logout.env
        mkdir -p /etc/systemd/system/stile-deliver@.service.d
        printf '[Service]\\nIPAddressAllow=127.0.0.0/8\\n' > /etc/systemd/system/stile-deliver@.service.d/allow.conf
        systemctl daemon-reload; systemctl restart stile-logout@1
        redis ZADD logout_notices 1 "1 jti2 told alice sid"
        until [ -e /run/told ]; do sleep 0.1; done
        stile keys list --json > /run/keys.json""")
    token = machine.path('/run/told').read_text().removeprefix('logout_token=')
    kid = json.loads(base64.urlsafe_b64decode(token.split('.')[0] + '=='))['kid']
    keys = {key['kid']: key['for'] for key in json.loads(machine.path('/run/keys.json').read_text())}
    assert keys[kid] == 'logout' and set(keys.values()) == {'tokens', 'userinfo', 'logout'}
    of = {name: re.search("STILE_KEY='(.*)'", machine.path(f'/etc/stile/{name}.env').read_text())[1] for name in ('stile-token', 'stile-userinfo', 'stile-logout', 'admin')}
    assert of['stile-token'] == of['admin'] and len(set(of.values())) == 3
    assert machine.run('ps -o user:32= -C stile-deliver').split() == ['stile-deliver']
    [pid] = pids(machine, 'deliver')
    assert 'STILE_' not in machine.run(f"tr '\\0' '\\n' < /proc/{pid}/environ")


def test_removal(followed):
    """STILE-production-9 Removing the package stops the functions and their sockets."""
    machine, _ = followed
    assert pids(machine, 'token') != []
    machine.run('dpkg --remove stile')
    assert machine.run('pgrep stile- || true') == ''
    assert 'running' not in machine.run('systemctl list-units --no-legend "stile*" --state=active')
