"""The versions of the packages that this machine tests with, in the table of a file: versions.py [tests/versions.md].

The table has a row for each package that `make test` installs and a column for each Debian release. The column of this
machine's release is written anew; the others stay.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
RELEASES = ['Debian 12', 'Debian 13']
HEAD = '''# What Stile is tested with

`make versions` writes the column of the machine on which it runs, from the installed packages, after `make test` has passed there.
'''


def this_release():
    version = re.search(r'^VERSION_ID="?(\d+)', pathlib.Path('/etc/os-release').read_text(), re.MULTILINE)
    assert version, 'this is no Debian release'
    return f'Debian {version[1]}'


def tested_packages():
    listed = subprocess.run([ROOT / 'functions/package/dependencies', 'test', '--list'], check=True, capture_output=True, text=True)
    return listed.stdout.split()


def installed_version(package):
    """The version of one package, or of the first of `a|b` that is installed; a dash if there is none."""
    for name in package.split('|'):
        asked = subprocess.run(['dpkg-query', '-W', '-f', '${db:Status-Status} ${Version}', name], capture_output=True, text=True)
        if asked.stdout.startswith('installed '):
            return asked.stdout.split()[1]
    return '–'


def read_table(text):
    """{release: {package: version}}"""
    rows = [[cell.strip(' `') for cell in line.strip('| ').split('|')] for line in text.splitlines() if line.startswith('| ')]
    if not rows:
        return {}
    return {release: {row[0]: row[column] for row in rows[2:] if len(row) > column}
            for column, release in enumerate(rows[0]) if column > 0}


def table(columns, packages):
    lines = [f'| package | {" | ".join(RELEASES)} |', f'| --- |{" --- |" * len(RELEASES)}']
    for package in packages:
        versions = [columns.get(release, {}).get(package, '–') for release in RELEASES]
        lines.append(f'| `{package}` | {" | ".join(versions)} |')
    return '\n'.join(lines) + '\n'


def name_in_table(package):
    """A bar would end the cell."""
    return package.replace('|', ' or ')


def main():
    path = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / 'tests/versions.md'
    columns = read_table(path.read_text()) if path.exists() else {}
    here = this_release()
    assert here in RELEASES, f'{here} is not one of {", ".join(RELEASES)}'
    packages = tested_packages()
    columns[here] = {name_in_table(package): installed_version(package) for package in packages}
    every = sorted({name_in_table(package) for package in packages} | set().union(*(columns[release] for release in columns)))
    path.write_text(f'{HEAD}\n{table(columns, every)}')


if __name__ == '__main__':
    main()
