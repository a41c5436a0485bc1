"""The version that a program prints, and its source."""
import json
import shutil
import subprocess
import tarfile

import pytest

from endpoints import ENDPOINTS
from function import Function
from stack import BUILD, PATIENCE, PROGRAMS, ROOT, clean_environment


def output(*command, cwd=ROOT, **settings):
    # The caller's git environment, such as that of a hook, must not affect the trees of these tests.
    environment = {name: value for name, value in clean_environment(**settings).items() if not name.startswith('GIT_')}
    return subprocess.run(command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, check=True, capture_output=True,
                          text=True, timeout=PATIENCE).stdout


def built_version():
    return (BUILD / 'obj/version.cpp').read_text().split('"')[3]


@pytest.mark.parametrize('program', ['stile', *(f'stile-{name}' for name in ENDPOINTS)])
def test_programs(program):
    """STILE-version-1 Every installed program prints its version, and all print the same."""
    assert output(PROGRAMS / program, '--version') == f'{program} {built_version()}\n'


def test_log():
    """STILE-version-2 The first line of a function's log has its version."""
    with Function('metadata', clean_environment(STILE_ISSUER='https://id.example')) as metadata:
        metadata.get()
        first = json.loads(metadata.log.read_text().splitlines()[0])
    assert (first['event'], first['function'], first['version']) == ('started', 'metadata', built_version())


def test_build(tmp_path):
    """STILE-version-3 The version is compiled in, from git describe or from the packager."""
    generated = tmp_path / 'obj/version.cpp'
    output('make', '-s', f'B={tmp_path}', generated)
    assert generated.read_text().split('"')[3] == output('functions/package/version').strip()
    output('make', '-s', f'B={tmp_path}', 'VERSION=7.8', generated)
    assert '"7.8"' in generated.read_text()


@pytest.fixture
def tree(tmp_path):
    """A repository with one commit, that of the script."""
    tree = tmp_path / 'tree'
    (tree / 'functions/package').mkdir(parents=True)
    shutil.copy(ROOT / 'functions/package/version', tree / 'functions/package/version')
    shutil.copy(ROOT / '.gitattributes', tree)

    def git(*arguments):
        return output('git', '-c', 'user.name=a', '-c', 'user.email=a@b.example', *arguments, cwd=tree)

    git('init', '-q')
    git('add', '.')
    git('commit', '-q', '-m', 'one')
    return tree, git


def version(tree):
    return output(tree / 'functions/package/version', cwd='/').strip()


def test_git(tree):
    """STILE-version-4 A tag v1.2 is version 1.2; later commits and uncommitted changes are shown."""
    folder, git = tree
    commit = git('rev-parse', '--short', 'HEAD').strip()
    assert version(folder) == f'0-g{commit}'
    git('tag', 'v1.2')
    assert version(folder) == '1.2'
    git('tag', 'unrelated')
    git('commit', '-q', '--allow-empty', '-m', 'two')
    commit = git('rev-parse', '--short', 'HEAD').strip()
    assert version(folder) == f'1.2-1-g{commit}'
    with open(folder / '.gitattributes', 'a') as file:
        file.write('# changed\n')
    assert version(folder) == f'1.2-1-g{commit}-dirty'


@pytest.mark.parametrize('tag', [True, False])
def test_archive(tree, tmp_path, tag):
    """STILE-version-5 A source archive from git archive has its version without git."""
    folder, git = tree
    if tag:
        git('tag', '-a', '-m', 'release', 'v1.3')
    expected = version(folder)
    git('archive', '-o', tmp_path / 'source.tar', 'HEAD')
    unpacked = tmp_path / 'unpacked'
    with tarfile.open(tmp_path / 'source.tar') as archive:
        archive.extractall(unpacked)
    assert version(unpacked) == expected == ('1.3' if tag else f"0-g{git('rev-parse', '--short', 'HEAD').strip()}")


def test_time(tree, tmp_path):
    """STILE-version-7 The time of the sources is that of the commit, also in an archive of them; SOURCE_DATE_EPOCH comes first."""
    folder, git = tree
    git('commit', '-q', '--amend', '--no-edit', '--date=@1700000000')
    committed = git('log', '-1', '--format=%ct').strip()
    assert output(folder / 'functions/package/version', '--time').strip() == committed
    git('archive', '-o', tmp_path / 'source.tar', 'HEAD')
    with tarfile.open(tmp_path / 'source.tar') as archive:
        archive.extractall(tmp_path / 'unpacked')
    assert output(tmp_path / 'unpacked/functions/package/version', '--time').strip() == committed
    assert output(folder / 'functions/package/version', '--time', SOURCE_DATE_EPOCH='5').strip() == '5'


def test_another_projects_repository(tree):
    """STILE-version-6 A tree without git inside another project's repository does not use its version."""
    folder, git = tree
    git('tag', 'v9')
    inner = folder / 'vendor/stile'
    (inner / 'functions/package').mkdir(parents=True)
    shutil.copy(ROOT / 'functions/package/version', inner / 'functions/package/version')
    assert version(inner) == '0'
