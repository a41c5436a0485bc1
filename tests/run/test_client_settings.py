"""Settings of clients: what the admin command stores, prints and reads again."""
import json
import re
import subprocess

import pytest

from stack import PROGRAMS, ROOT, Stack


@pytest.fixture(scope='module')
def stack():
    with Stack(STILE_CLIENT_CACHE='0') as stack:
        yield stack


def printed(*arguments):
    return subprocess.run([PROGRAMS / 'stile', *arguments], capture_output=True, text=True, check=True, timeout=60).stdout


def test_table_of_the_page():
    """STILE-client-16 The table of client settings in functions/stile/README.md is the output of stile client settings --markdown."""
    page = (ROOT / 'functions/stile/README.md').read_text()
    table = re.search(r'^## Settings of clients\n.*?\n(\| setting .*?\n)\n', page, re.MULTILINE | re.DOTALL)[1]
    assert table == printed('client', 'settings', '--markdown')


def test_each_setting_has_an_option():
    """STILE-client-17 client add and client update have an option for each setting, and --unset takes each."""
    settings = json.loads(printed('client', 'settings', '--json'))
    assert len(settings) > 10
    options = {setting['option'] for setting in settings}
    for verb, others in ('add', {'--id', '--secret', '--public', '--json'}), ('update', {'--unset', '--json'}):
        assert set(re.findall(r'^  (--[a-z-]+)', printed('client', verb, '--help'), re.MULTILINE)) == options | others
    [unset] = re.findall(r'--unset .*?\{([^}]*)\}', printed('client', 'update', '--help'), re.DOTALL)
    assert {f'--{name.strip()}' for name in unset.split(',')} == options


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
