"""The table of tested versions (tests/versions.md) and the command that writes it."""
import shutil
import subprocess
import sys

from stack import ROOT, clean_environment

TABLE = ROOT / 'tests/versions.md'


def cells(path):
    """{package: [its version on each release]}"""
    rows = [line.strip('| ').split(' | ') for line in path.read_text().splitlines() if line.startswith('| `')]
    return {row[0].strip('`'): row[1:] for row in rows}


def write(path):
    subprocess.run([sys.executable, ROOT / 'tests/support/versions.py', path], check=True, env=clean_environment())


def installed(package):
    return subprocess.run(['dpkg-query', '-W', '-f', '${Version}', package], check=True, capture_output=True, text=True).stdout


def test_rows(tmp_path):
    """STILE-versions-1 The table of tested versions has a row for each package that the tests install, on each release."""
    copy = tmp_path / 'versions.md'
    shutil.copy(TABLE, copy)
    write(copy)
    assert cells(copy).keys() == cells(TABLE).keys()
    assert all(len(row) == 2 for row in cells(TABLE).values())


def test_column(tmp_path):
    """STILE-versions-2 make versions writes only the column of its own release, from the installed packages."""
    copy = tmp_path / 'versions.md'
    stale = TABLE.read_text().replace(installed('nginx'), '0.0')
    copy.write_text(stale)
    write(copy)
    release = 0 if 'VERSION_ID="12"' in open('/etc/os-release').read() else 1
    assert cells(copy)['nginx'][release] == installed('nginx')
    other = 1 - release
    assert {name: row[other] for name, row in cells(copy).items()} == {name: row[other] for name, row in cells(TABLE).items()}
