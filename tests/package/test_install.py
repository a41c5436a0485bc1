"""The files that `make install` installs."""
import re
import stat
import subprocess

import pytest

from conftest import make
from endpoints import ENDPOINTS
from stack import PATIENCE, PROGRAMS, clean_environment


def files(folder):
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in folder.rglob('*') if path.is_file()}


def test_files(installed):
    """STILE-install-1 make install brings programs, pages, units, users, manual pages, completion, nginx and redis files and settings."""
    programs = {f'usr/bin/{name}' for name in ['stile', *(f'stile-{name}' for name in [*ENDPOINTS, 'deliver'])]}
    others = {f'usr/lib/systemd/system/stile-{name}{suffix}' for name in [*ENDPOINTS, 'deliver'] for suffix in ('.socket', '@.service')}
    others |= {f'usr/share/man/man8/stile-{name}.8' for name in [*ENDPOINTS, 'deliver']}
    others |= {'usr/lib/systemd/system/stile.target', 'usr/share/man/man1/stile.1', 'usr/share/man/man5/stile.env.5', 'usr/lib/sysusers.d/stile.conf',
               'usr/lib/tmpfiles.d/stile.conf', 'usr/share/bash-completion/completions/stile'}
    found = files(installed)
    assert {name: found.pop(name) for name in programs} == dict.fromkeys(programs, 0o755)
    assert found.pop('etc/stile/stile.env') == 0o600
    assert set(found.values()) == {0o644}
    rest = {name for name in found if name not in others}
    assert others <= set(found) and all(name.startswith(('usr/share/stile/', 'usr/share/doc/stile/')) for name in rest)
    for name in ('stile.env', 'pages/login.tpl', 'pages/texts/de.json', 'nginx/stile.conf', 'nginx/upstreams.conf', 'redis/users.acl', 'redis/password_grant.acl',
                 'redis/stile.lua'):
        assert f'usr/share/stile/{name}' in rest
    assert not any('demo' in name for name in found if '/doc/' not in name)


def test_nothing_is_left_to_fill_in(installed):
    """STILE-install-2 No unit has an unfilled placeholder, and each names only its own function."""
    units = installed / 'usr/lib/systemd/system'
    for unit in units.iterdir():
        assert not re.search(r'@[A-Z_]+@', unit.read_text())
    for name in ENDPOINTS:
        for text in (unit.read_text() for unit in units.glob(f'stile-{name}[.@]*')):
            assert f'stile-{name}' in text
            assert not any(f'stile-{other}' in text for other in ENDPOINTS if other != name)


def test_links(installed):
    """STILE-install-7 Every relative link of an installed page leads to an installed file."""
    documents = installed / 'usr/share/doc/stile'
    pages = sorted(documents.rglob('*.md'))
    assert {documents / name for name in ('README.md', 'nginx/README.md', 'redis/README.md', 'functions/package/README.md')} <= set(pages)
    links = [(page, link) for page in pages for link in re.findall(r'\]\(([^)#: ]+)[)#]', page.read_text())]
    assert len(links) > 50
    assert [f'{page}: {link}' for page, link in links if not (page.parent / link).is_file()] == []


def test_settings_are_kept(tmp_path):
    """STILE-install-3 A second installation keeps the operator's settings, under any prefix."""
    (tmp_path / 'etc/stile').mkdir(parents=True)
    (tmp_path / 'etc/stile/stile.env').write_text("STILE_ISSUER='https://mine.example'\n")
    make('install', f'DESTDIR={tmp_path}', 'PREFIX=/opt/stile')
    assert (tmp_path / 'etc/stile/stile.env').read_text() == "STILE_ISSUER='https://mine.example'\n"
    assert (tmp_path / 'opt/stile/share/stile/stile.env').exists()
    service = (tmp_path / 'opt/stile/lib/systemd/system/stile-token@.service').read_text()
    assert '\nExecStart=/opt/stile/bin/stile-token\n' in service


def test_settings_are_complete(installed):
    """STILE-install-4 A shell and systemd can read the settings file: each commented default is accepted when it is
    uncommented."""
    text = (installed / 'etc/stile/stile.env').read_text()
    assert all(line == '' or line.startswith('# ') or re.fullmatch(r"#STILE_[A-Z_]+='[^']*'", line)
               for line in text.splitlines())
    names = re.findall(r'^#(STILE_[A-Z_]+)=', text, re.MULTILINE)
    assert {'STILE_ISSUER', 'STILE_REDIS', 'STILE_IDLE_EXIT'} <= set(names) and len(names) == len(set(names))
    spoken = re.sub(r"^#(STILE_\w+='[^']+')$", r'\1', text, flags=re.MULTILINE)
    filled_in = installed.parent / 'spoken.env'
    filled_in.write_text(spoken.replace("#STILE_ISSUER=''", "STILE_ISSUER='https://id.example'"))
    done = subprocess.run(['sh', '-c', f'set -a; . {filled_in}; exec {installed}/usr/bin/stile check'], text=True,
                          env=clean_environment(), capture_output=True, timeout=PATIENCE)
    # The pages are found beside the program, under any prefix.
    assert done.stdout.splitlines()[0] == 'ok       the configuration is valid; the issuer is https://id.example'
    assert done.stdout.splitlines()[1] == f'ok       the pages are in {installed}/usr/share/stile/pages'


@pytest.mark.parametrize('page', ['stile.1', 'stile.env.5', *(f'stile-{name}.8' for name in [*ENDPOINTS, 'deliver'])])
def test_manual_page(installed, page):
    """STILE-install-5 Each program, and the settings file, has a manual page that man shows without a warning."""
    path = installed / f'usr/share/man/man{page[-1]}' / page
    done = subprocess.run(['man', '--warnings', '-l', path], env=clean_environment(LC_ALL='C.UTF-8', MANWIDTH='120'), text=True,
                          capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0 and done.stderr == ''
    assert done.stdout.splitlines()[0].startswith(f"{page.rpartition('.')[0].upper()}({page[-1]})")
    for section in ('NAME', 'DESCRIPTION', 'SEE ALSO'):
        assert f'\n{section}\n' in done.stdout


def test_manual_says_all(installed):
    """STILE-install-6 The manual lists each command of stile and each setting."""
    pages = installed / 'usr/share/man'
    settings = (pages / 'man5/stile.env.5').read_text()
    for name in re.findall(r'^#(STILE_[A-Z_]+)=', (installed / 'usr/share/stile/stile.env').read_text(), re.MULTILINE):
        assert f'\n.B {name}\n' in settings
    manual = (pages / 'man1/stile.1').read_text().replace('\\-', '-')
    for verb in ('client add', 'client rotate-secret', 'user set-password', 'grant revoke', 'export', 'import', 'keys rotate',
                 'token show', 'check', 'library load', 'events', 'settings'):
        assert f'\n.SS stile {verb}\n' in manual
    help_of_add = subprocess.run([PROGRAMS / 'stile', 'client', 'add', '--help'], capture_output=True, text=True, check=True).stdout
    for option in re.findall(r'^  (--[a-z-]+)', help_of_add, re.MULTILINE):
        assert f'\n.B {option}' in manual
