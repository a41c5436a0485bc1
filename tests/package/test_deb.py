"""The Debian package: its contents, the report of lintian, and the effect of installing and removing it."""
import re
import subprocess

import pytest

from endpoints import ENDPOINTS
from machine import Machine, is_possible
from stack import PATIENCE, PROGRAMS, clean_environment

needs_root = pytest.mark.skipif(not is_possible(), reason='only root can make a machine for this')


def output(*command):
    done = subprocess.run(command, env=clean_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=5 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def machine(tmp_path):
    with Machine(tmp_path) as machine:
        yield machine


def test_content(package):
    """STILE-package-1 The package has the files of make install, at Debian's paths, and nginx's files in nginx's
    folders."""
    listed = {line.split()[-1]: line.split()[0] for line in output('dpkg-deb', '--contents', package).splitlines()}
    for name in ENDPOINTS:
        assert listed[f'./usr/bin/stile-{name}'] == '-rwxr-xr-x'
        for unit in (f'stile-{name}.socket', f'stile-{name}@.service'):  # Debian 12 has them in /lib, later ones in /usr/lib
            assert f'./lib/systemd/system/{unit}' in listed or f'./usr/lib/systemd/system/{unit}' in listed
        assert f'./usr/share/man/man8/stile-{name}.8.gz' in listed
    assert './lib/systemd/system/stile.target' in listed or './usr/lib/systemd/system/stile.target' in listed
    for path in ('usr/bin/stile', 'usr/lib/sysusers.d/stile.conf', 'usr/share/man/man1/stile.1.gz', 'usr/share/stile/stile.env',
                 'usr/share/man/man5/stile.env.5.gz', 'usr/share/stile/pages/login.tpl', 'usr/share/stile/redis/users.acl'):
        assert f'./{path}' in listed
    pages = {path.partition('/doc/stile/')[2] for path in listed if '/doc/stile/' in path}  # not compressed: they link to each other
    assert {'README.md', 'functions/package/README.md', 'tests/requirements.tsv'} <= pages
    assert './etc/nginx/stile/stile.conf' in listed and './etc/stile/' in listed
    assert not any('demo' in path or 'stile-run' in path or '/usr/local' in path for path in listed if '/doc/' not in path)
    assert './etc/stile/stile.env' not in listed  # an upgrade must not ask about it


def test_description(package):
    """STILE-package-2 The package version is that of the programs; it depends on the libraries they use, and on no
    build tool."""
    version = output(PROGRAMS / 'stile', '--version').split()[1]
    assert output('dpkg-deb', '--field', package, 'Version').strip() == version.replace('-', '+')
    depends = output('dpkg-deb', '--field', package, 'Depends')
    for library in ('libuv1', 'libhiredis', 'libssl3', 'libargon2-1', 'libctemplate3'):
        assert library in depends
    assert '-dev' not in depends
    recommends = output('dpkg-deb', '--field', package, 'Recommends')
    assert 'nginx' in recommends and 'redis-server (>= 5:7.0) | valkey-server' in recommends


def test_lintian(package):
    """STILE-package-3 Lintian reports no error and no warning."""
    done = subprocess.run(['lintian', '--no-cfg', '--allow-root', package], env=clean_environment(), capture_output=True,
                          text=True, timeout=5 * PATIENCE)
    assert done.returncode == 0 and not re.search('^[EW]:', done.stdout, re.MULTILINE), done.stdout + done.stderr


@needs_root
def test_install(package, machine):
    """STILE-package-4 Installation prints no messages, creates the users and the settings, and enables and starts no
    service."""
    machine.put(package, '/tmp/stile.deb')
    said = machine.run('dpkg -i /tmp/stile.deb')
    ours = [line for line in said.splitlines()
            if not re.match(r'Selecting |\(Reading |Preparing |Unpacking |Setting up |Processing triggers ', line)]
    assert ours == []
    assert machine.run('stat -c "%a %U %G" /etc/stile/stile.env') == '600 root root\n'
    for name in ENDPOINTS:
        assert machine.run(f'id -Gn stile-{name}').split() == [f'stile-{name}']
        assert machine.run(f'getent passwd stile-{name}').strip().endswith(':/:/usr/sbin/nologin')
    assert machine.run('systemctl list-units --no-legend "stile*"') == ''
    assert machine.run('find /etc/systemd /etc/nginx/sites-enabled /etc/nginx/conf.d -name "*stile*"') == ''
    assert machine.run('pgrep stile || true') == ''
    units = 'stile.target ' + ' '.join(f'stile-{name}.socket stile-{name}@1.service' for name in ENDPOINTS)
    assert 'stile' not in machine.run(f'systemd-analyze verify --man=yes {units}')


@needs_root
def test_upgrade_and_removal(package, machine):
    """STILE-package-5 A reinstallation and a removal keep the operator's settings; a purge deletes only the package's
    files."""
    machine.put(package, '/tmp/stile.deb')
    machine.run('dpkg -i /tmp/stile.deb')
    machine.run('echo mine > /etc/stile/stile.env; echo "1.2.3.4 1;" >> /etc/nginx/stile/trusted.conf; echo key > /etc/stile/my.key')
    machine.run('dpkg -i /tmp/stile.deb < /dev/null')
    assert machine.run('cat /etc/stile/stile.env; tail -n 1 /etc/nginx/stile/trusted.conf') == 'mine\n1.2.3.4 1;\n'
    machine.run('dpkg --remove stile')
    assert machine.run('cat /etc/stile/stile.env') == 'mine\n'
    assert machine.run('ls /usr/bin/stile /lib/systemd/system/stile-* 2>/dev/null || true') == ''
    machine.run('dpkg --purge stile')
    assert machine.run('ls /etc/stile /etc/nginx/stile 2>/dev/null || true') == '/etc/stile:\nmy.key\n'
