"""What goes with a release: a package that anybody can build again to the last bit, its bill of materials, and the licence notice."""
import datetime
import hashlib
import json
import os
import re
import shutil
import subprocess

from conftest import SANITIZE, make
from stack import BUILD, PATIENCE, PROGRAMS, ROOT, clean_environment

# Compiled anew in the other folder. All other objects are copied there: what a folder's name could leave in an object, in the
# debug information or by __FILE__, it leaves in each of them, and one object that differs is a package that differs.
COMPILED_AGAIN = ('functions/verify/main.cpp', 'shared/http/basic_auth.cpp', 'shared/oauth/pkce.cpp')

# The required properties of SPDX 2.3 (https://github.com/spdx/spdx-spec, schemas/spdx-schema.json).
REQUIRED = {
    'document': {'SPDXID', 'creationInfo', 'dataLicense', 'name', 'spdxVersion', 'documentNamespace'},
    'creationInfo': {'created', 'creators'},
    'package': {'SPDXID', 'downloadLocation', 'name'},
    'externalRef': {'referenceCategory', 'referenceLocator', 'referenceType'},
    'relationship': {'spdxElementId', 'relatedSpdxElement', 'relationshipType'},
}
RELATIONSHIPS = {'DESCRIBES', 'DYNAMIC_LINK', 'DEPENDS_ON', 'BUILD_DEPENDENCY_OF', 'OPTIONAL_DEPENDENCY_OF'}


def output(*command, cwd=ROOT, **settings):
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=clean_environment(**settings), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=10 * PATIENCE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def copy_tree(folder):
    """The sources, and what is compiled of them: what make need not compile again."""
    listed = output('git', '-c', 'safe.directory=*', 'ls-files', '-co', '--exclude-standard') if (ROOT / '.git').exists() else output(
        'find', '.', '-name', 'build', '-prune', '-o', '-type', 'f', '-print')
    objects = [path.relative_to(ROOT) for path in (BUILD / 'obj').rglob('*') if path.suffix in ('.o', '.d')
               and path.relative_to(BUILD / 'obj').parts[0] in ('functions', 'shared')]
    for name in [*listed.splitlines(), *objects, *(path.relative_to(ROOT) for path in BUILD.glob('.[sp]*')),
                 *(path.relative_to(ROOT) for path in (ROOT / 'build').glob('.[rp]*'))]:
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)  # with its time, by which make knows what is up to date


def test_reproducible(package, tmp_path):
    """STILE-package-6 The same sources in another folder, at another time, give the same package and bill of materials, bit for bit."""
    again = tmp_path / 'a_folder_with_another_name'
    copy_tree(again)
    for name in COMPILED_AGAIN:
        for path in (again / BUILD.relative_to(ROOT) / 'obj' / name).parent.glob(name.rpartition('/')[2].rpartition('.')[0] + '.[od]'):
            path.unlink()
    # The copy has no git, and a program that was built without ccache must not be compared with what ccache kept.
    said = output('make', '-s', f'SANITIZE={SANITIZE}', f"VERSION={output(ROOT / 'functions/package/version').strip()}", 'deb', cwd=again,
                  SOURCE_DATE_EPOCH=output(ROOT / 'functions/package/version', '--time').strip(), CCACHE_DISABLE='1')
    built = again / said.strip().splitlines()[-1]
    assert built.name == package.name
    for suffix in ('.deb', '.spdx.json'):
        assert digest(built.with_suffix('').with_name(built.name.removesuffix('.deb') + suffix)) == digest(
            package.with_name(package.name.removesuffix('.deb') + suffix)), suffix


def test_time_of_the_package(package):
    """STILE-package-7 Nothing in the package is newer than the commit, whose time is that of the changelog."""
    time = int(output(ROOT / 'functions/package/version', '--time'))
    data = subprocess.run(['dpkg-deb', '--fsys-tarfile', package], check=True, capture_output=True, timeout=PATIENCE).stdout
    listed = subprocess.run(['tar', '--list', '--verbose', '--utc', '--full-time'], input=data, check=True, capture_output=True,
                            timeout=PATIENCE, env=clean_environment()).stdout.decode()
    times = {datetime.datetime.fromisoformat(' '.join(line.split()[3:5]) + '+00:00').timestamp() for line in listed.splitlines()}
    assert max(times) <= time
    changelog = (ROOT / 'build/deb/source/debian/changelog').read_text()
    written = datetime.datetime.strptime(changelog.strip().splitlines()[-1].split('>  ')[1], '%a, %d %b %Y %H:%M:%S %z')
    assert written.timestamp() == time


def test_digests(package):
    """STILE-package-8 SHA256SUMS beside the package has the digests of the package and of its bill of materials."""
    lines = dict(reversed(line.split('  ')) for line in (package.parent / 'SHA256SUMS').read_text().splitlines())
    assert set(lines) == {package.name, package.name.removesuffix('.deb') + '.spdx.json'}
    assert all(digest(package.parent / name) == value for name, value in lines.items())


def bill():
    return json.loads((ROOT / make('sbom').strip().splitlines()[-1]).read_text())


def test_bill_of_materials():
    """STILE-sbom-1 make sbom writes SPDX 2.3 with all that its schema requires; each relationship is between elements of the document."""
    document = bill()
    assert REQUIRED['document'] <= set(document) and document['spdxVersion'] == 'SPDX-2.3' and document['dataLicense'] == 'CC0-1.0'
    assert REQUIRED['creationInfo'] <= set(document['creationInfo']) and document['creationInfo']['creators']
    assert re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ', document['creationInfo']['created'])
    names = [package['SPDXID'] for package in document['packages']]
    assert len(set(names)) == len(names) > 10
    for package in document['packages']:
        assert REQUIRED['package'] <= set(package) and package['versionInfo']
        assert re.fullmatch(r'SPDXRef-[a-zA-Z0-9.-]+', package['SPDXID'])
        for reference in package.get('externalRefs', ()):
            assert REQUIRED['externalRef'] <= set(reference) and reference['referenceCategory'] == 'PACKAGE-MANAGER'
            assert re.fullmatch(r'pkg:deb/debian/[a-z0-9.%B-]+@[\w.~%-]+\?arch=\w+&distro=[\w.-]+', reference['referenceLocator'])
    for relationship in document['relationships']:
        assert REQUIRED['relationship'] <= set(relationship) and relationship['relationshipType'] in RELATIONSHIPS
        assert {relationship['spdxElementId'], relationship['relatedSpdxElement']} <= {'SPDXRef-DOCUMENT', *names}


def test_bill_is_complete():
    """STILE-sbom-2 The bill names each package of a library that a program loads, at the version that dpkg has, and each that it is compiled with."""
    versions = {package['name']: package['versionInfo'] for package in bill()['packages']}
    libraries = {line.split()[2] for program in PROGRAMS.glob('stile*') if 'demo' not in program.name and program.name != 'stile-run'
                 for line in output('ldd', program).splitlines() if '=> /' in line}
    for library in libraries:
        found = [line for path in (library, '/usr' + library, library.removeprefix('/usr'))
                 for line in subprocess.run(['dpkg-query', '-S', path], capture_output=True, text=True, timeout=PATIENCE).stdout.splitlines()]
        owners = {line.partition(': ')[0].partition(':')[0] for line in found}
        assert owners & set(versions), library
    for choice in output('functions/package/dependencies', 'build', '--list').split():
        assert set(choice.split('|')) & set(versions), choice
    for name, version in versions.items():
        if name != 'stile':
            assert version in output('dpkg-query', '-W', '-f', '${Version}\n', name).splitlines()


def test_bill_of_the_same_programs():
    """STILE-sbom-3 Made twice, the bill of materials is the same text."""
    assert output('functions/package/sbom', PROGRAMS, '1.2') == output('functions/package/sbom', PROGRAMS, '1.2', TZ='Pacific/Auckland')


def test_licence(package, tmp_path):
    """STILE-licence-1 LICENSE, the README and the package say alike that no licence has been granted yet."""
    subprocess.run(['dpkg-deb', '--extract', package, tmp_path], check=True, timeout=PATIENCE)
    texts = [ROOT / 'LICENSE', ROOT / 'README.md', tmp_path / 'usr/share/doc/stile/copyright']
    for text in texts:
        assert 'no licence has been granted' in re.sub(r'\s+', ' ', text.read_text()).lower(), text
    assert os.path.exists(tmp_path / 'usr/share/doc/stile/LICENSE')
