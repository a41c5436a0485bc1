"""The results of `make install` and `make deb`, made once for all tests here."""
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'support'))
from stack import BUILD, ROOT, clean_environment  # noqa: E402

SANITIZE = '' if BUILD == ROOT / 'build' else BUILD.name
TIME_LIMIT = 600  # seconds


def make(*words):
    done = subprocess.run(['make', '-s', f'SANITIZE={SANITIZE}', *map(str, words)], cwd=ROOT, env=clean_environment(),
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=TIME_LIMIT)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.fixture(scope='session')
def installed(tmp_path_factory):
    """The folder that `make install PREFIX=/usr` has filled."""
    folder = tmp_path_factory.mktemp('installed')
    make('install', f'DESTDIR={folder}', 'PREFIX=/usr')
    return folder


@pytest.fixture(scope='session')
def package():
    """The path of the package that `make deb` has made."""
    said = make('deb')
    return ROOT / said.strip().splitlines()[-1]
