"""Settings of clients: what the admin command stores, prints and reads again."""
import json

import pytest

from stack import Stack


@pytest.fixture(scope='module')
def stack():
    with Stack(STILE_CLIENT_CACHE='0') as stack:
        yield stack


def exported(stack):
    return json.loads(stack.admin('export', '-'))


@pytest.mark.parametrize('keys', [{'keys': []}, {'keys': [{'kty': 'OKP'}]}, 'no set of keys'])
def test_document_with_public_keys(stack, keys):
    """STILE-client-8 The field jwks of a document that an older version exported is ignored."""
    stack.admin('client', 'add', '--id', 'keyed', '--redirect-uri', 'https://shop.example/')
    document = exported(stack)
    [client] = [client for client in document['clients'] if client['client_id'] == 'keyed']
    assert 'jwks' not in client
    stack.admin('client', 'remove', 'keyed')
    file = stack.dir / 'old.json'
    file.write_text(json.dumps(document | {'clients': [client | {'jwks': keys}], 'users': []}))
    assert stack.admin('import', file) == 'added client keyed\n'
    assert client in exported(stack)['clients']
    stack.admin('client', 'remove', 'keyed')
