"""Backup and restore of Redis with the commands of redis/README.md."""
import contextlib
import re
import subprocess
import time

from conftest import LIVES_LONG
from load import PATIENCE, Load
from running import Clients
from stack import REDIS_CLI, ROOT, Stack, clean_environment


def documented(beginning, stack_folder, archive):
    """The block of redis/README.md with these words, for the folder of a running instance."""
    blocks = re.findall(r'^```\n(.*?)^```$', (ROOT / 'redis/README.md').read_text(), re.MULTILINE | re.DOTALL)
    [block] = [block for block in blocks if beginning in block]
    assert '/var/lib/redis' in block and '/root/redis-backup' in block
    for there, here in (('/var/lib/redis', f'{stack_folder}/redis'), ('/root/redis-backup', archive), ('chown -R redis: ', ': '),
                        ('/root/redis-operator.password', f'{stack_folder}/operator.password'),
                        ('redis-cli ', f'{REDIS_CLI} -s {stack_folder}/redis.sock ')):
        block = block.replace(there, str(here))
    return block


def run(commands):
    done = subprocess.run(['bash', '-euc', commands], env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=PATIENCE)
    assert done.returncode == 0, commands + done.stdout + done.stderr


def code_of(clients, client):
    answer = clients.connection.request('GET', clients.authorize_path(client), Cookie=clients.cookie)
    return re.search('code=([^&]*)', answer.headers['Location'])[1]


def key_of(family, token):
    return f'{family}:{{{token[:12]}}}{token[12:18]}'


def test_backup_and_restore(tmp_path):
    """STILE-backup-1 A copy of Redis made under load is restored into a new server: tokens work, used codes stay used,
    and expiry times hold."""
    archive = tmp_path / 'copy'
    with Stack(**LIVES_LONG) as stack:
        clients = Clients(stack)
        used, unused = code_of(clients, clients.strict), code_of(clients, clients.strict)
        kept = clients.token(clients.strict, grant_type='authorization_code', code=code_of(clients, clients.strict)).json()
        tokens = clients.token(clients.strict, grant_type='authorization_code', code=used).json()
        soon = code_of(clients, clients.strict)
        instant = int(time.time()) + 2
        stack.redis('EXPIREAT', key_of('code', soon), str(instant))
        with Load(clients) as load:
            load.run_well(60)
            run(documented('auto-aof-rewrite-percentage 0', stack.dir, archive))
            load.run_well(60)
        ends = {key: stack.redis('PEXPIRETIME', key) for key in (key_of('code', unused), key_of('refresh', kept['refresh_token']),
                                                                 'grant:{%s}' % kept['refresh_token'][:12])}
        registered = (clients.strict, clients.patient, clients.service)
    while time.time() <= instant:
        time.sleep(0.05)

    def restore(folder):
        (folder / 'redis').mkdir()
        run(documented('cp -a /root/redis-backup', folder, archive))
        return []

    with Stack(under=restore, **LIVES_LONG) as stack:
        with contextlib.closing(type(clients.connection)(stack.port)) as connection:
            def ask(**parameters):
                return clients.token(registered[0], connection, **parameters)

            assert {key: stack.redis('PEXPIRETIME', key) for key in ends} == ends
            assert ask(grant_type='refresh_token', refresh_token=kept['refresh_token']).status == 200
            assert ask(grant_type='authorization_code', code=unused).status == 200
            assert ask(grant_type='authorization_code', code=soon).json()['error'] == 'invalid_grant'
            assert stack.redis('EXISTS', key_of('code', soon)) == '0'
            # Used before the copy: its replay is refused, and revokes its tokens.
            assert stack.redis('EXISTS', 'grant:{%s}' % used[:12]) == '1'
            assert ask(grant_type='authorization_code', code=used).json()['error'] == 'invalid_grant'
            assert stack.redis('EXISTS', 'grant:{%s}' % used[:12]) == '0'
            assert ask(grant_type='refresh_token', refresh_token=tokens['refresh_token']).json()['error'] == 'invalid_grant'
