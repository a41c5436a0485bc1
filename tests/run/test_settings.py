"""The tables in the documentation that the admin command prints from their source."""
import re
import subprocess

from stack import PROGRAMS, ROOT


def printed(*options):
    return subprocess.run([PROGRAMS / 'stile', 'settings', *options], capture_output=True, text=True, check=True, timeout=60).stdout


def test_table_of_the_page():
    """STILE-settings-1 The table of settings in functions/stile/README.md is the output of stile settings --markdown."""
    page = (ROOT / 'functions/stile/README.md').read_text()
    table = re.search(r'^## Settings\n.*?\n(\| setting .*?\n)\n', page, re.MULTILINE | re.DOTALL)[1]
    assert table == printed('--markdown')


def test_table_names_every_setting():
    """STILE-settings-2 The table and the file of settings name the same settings, each once."""
    in_file = re.findall(r'^#(STILE_\w+)=', printed(), re.MULTILINE)
    in_table = re.findall(r'^\| `(STILE_\w+)`', printed('--markdown'), re.MULTILINE)
    assert in_table == in_file and len(set(in_table)) == len(in_table) > 30


def test_table_of_rights():
    """STILE-acl-15 The table of rights in redis/README.md is the output of stile check --rights."""
    page = (ROOT / 'redis/README.md').read_text()
    table = re.search(r'^\| key \| authorize .*?\n(?=\n)', page, re.MULTILINE | re.DOTALL)[0]
    assert table == subprocess.run([PROGRAMS / 'stile', 'check', '--rights'], capture_output=True, text=True, check=True, timeout=60).stdout
