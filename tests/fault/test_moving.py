"""From one server to another, with its append-only files or with a document of `stile export`."""
import contextlib
import dataclasses
import pathlib
import shutil
import time

import pytest

from conftest import LIVES_LONG
from running import Client, Connection, Clients
from servers import SERVERS, server_of
from stack import Stack, redis_version

# The files that each server can read, as redis/README.md says.
READERS = {'redis-7.0': SERVERS, 'redis-8.0': ('redis-8.0',), 'valkey-8.1': ('valkey-8.1', 'redis-8.0')}


@dataclasses.dataclass
class Origin:
    server: str
    files: pathlib.Path
    document: pathlib.Path
    strict: Client
    service: Client
    refresh_token: str


@pytest.fixture(scope='module')
def origin(tmp_path_factory):
    """The server whose data is moved."""
    folder = tmp_path_factory.mktemp('origin')
    product, version = redis_version()
    with Stack(**LIVES_LONG) as stack:
        clients = Clients(stack)
        answer = clients.connection.request('GET', clients.authorize_path(clients.strict), Cookie=clients.cookie)
        code = answer.headers['Location'].partition('code=')[2].partition('&')[0]
        stack.redis('BGREWRITEAOF')  # so that records lie in both kinds of file
        while 'aof_rewrite_in_progress:1' in stack.redis('INFO', 'persistence'):
            time.sleep(0.02)
        tokens = clients.token(clients.strict, grant_type='authorization_code', code=code).json()
        stack.admin('export', str(folder / 'document'))
        shutil.copytree(stack.dir / 'redis/appendonlydir', folder / 'files')
    return Origin(f'{product.lower()}-{version.rpartition(".")[0]}', folder / 'files', folder / 'document', clients.strict,
                  clients.service, tokens['refresh_token'])


def token_status(stack, client, **parameters):
    with contextlib.closing(Connection(stack.port)) as connection:
        return connection.request('POST', '/oauth/token', parameters, Authorization=client.authorization).status


@pytest.mark.parametrize('target', SERVERS)
def test_moved(origin, target):
    """STILE-backup-2 A server reads the data files of the products that the documentation lists, and refuses to start
    with other files. Clients and users move to any server as a document."""
    server, problem = server_of(target)
    assert server, problem

    def restore(folder):
        shutil.copytree(origin.files, folder / 'redis/appendonlydir')
        return []

    moved = Stack(redis=server, under=restore, **LIVES_LONG)
    if target in READERS[origin.server]:
        with moved as stack:
            assert token_status(stack, origin.strict, grant_type='refresh_token', refresh_token=origin.refresh_token) == 200
    else:
        with pytest.raises(AssertionError, match='redis does not start'), moved:
            pass
    with Stack(redis=server, **LIVES_LONG) as stack:
        stack.admin('import', str(origin.document), '--replace')
        assert token_status(stack, origin.service, grant_type='client_credentials') == 200
