"""`make run TLS=1`: https on the port of make run, with a generated certificate."""
import datetime
import http.client
import ipaddress
import re
import shutil
import socket
import ssl
import subprocess

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from conftest import ROOT, free_port
from stack import READY, REDIS, REDIS_NAME, Stack, clean_environment, lines_up_to
from test_refusals import assert_refused
from test_run import admin, token_answers

SETTINGS = ROOT / 'functions/run/certificate.cnf'
CURL_CANNOT_VERIFY = 60  # CURLE_PEER_FAILED_VERIFICATION
LOOPBACK = [x509.DNSName('localhost'), x509.IPAddress(ipaddress.ip_address('127.0.0.1')),
            x509.IPAddress(ipaddress.ip_address('::1'))]


def openssl(*arguments):
    return subprocess.run(['openssl', *arguments], capture_output=True, text=True, timeout=20)


def curl(url, *arguments):
    return subprocess.run(['curl', '--silent', '--show-error', '--max-time', '20', '--noproxy', '*', *arguments, url],
                          capture_output=True, text=True, env=clean_environment())


def read(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def extension(certificate, kind):
    """The extension's value, and whether it is critical."""
    found = certificate.extensions.get_extension_for_class(kind)
    return found.value, found.critical


def make_certificate(folder, name, extensions, *arguments, settings=SETTINGS):
    """NAME.pem and NAME.key, made like the run's own."""
    made = openssl('req', '-x509', '-config', settings, '-extensions', extensions, '-newkey', 'ec', '-pkeyopt',
                   'ec_paramgen_curve:P-256', '-noenc', '-keyout', folder / f'{name}.key', '-out', folder / f'{name}.pem',
                   '-subj', f'/CN={name}', *arguments)
    assert made.returncode == 0, made.stderr
    return folder / f'{name}.pem'


def make_pair(folder, days):
    """A CA and its certificate with that validity, in place of those that a run would make."""
    authority = make_certificate(folder, 'authority', 'authority', '-days', str(days))
    make_certificate(folder, 'certificate', 'server', '-days', str(days), '-CA', authority, '-CAkey', folder / 'authority.key')
    (folder / 'authority.key').unlink()
    (folder / 'certificate.key').rename(folder / 'key.pem')


@pytest.fixture(scope='module')
def run():
    """An instance with TLS for the tests that only read from it."""
    with Stack(tls=True) as stack:
        yield stack


@pytest.fixture
def get(run):
    """Requests a path, trusting the CA of the run."""
    return lambda path: requests.get(run.base + path, verify=str(run.authority), timeout=20, allow_redirects=False)


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# What it says and serves -----------------------------------------------------------------------------------------------

def test_make_run(start, run_dir):
    """STILE-tls-1 make run TLS=1 is ready on https://localhost, and its second line names the CA to trust."""
    port = free_port()
    started = start.make(port, run_dir, 'TLS=1')
    authority = run_dir / 'tls/authority.pem'
    assert lines_up_to(started.process, 'Its certificate authority: ') == [
        f'Stile is ready on https://localhost:{port} (Ctrl-C stops it)',
        f'Its certificate authority: {authority} (curl --cacert; SSL_CERT_FILE; NODE_EXTRA_CA_CERTS)']
    home = requests.get(f'https://localhost:{port}/', verify=str(authority), timeout=20)
    assert home.status_code == 200 and f'curl --cacert {authority} https://localhost:{port}/oauth/tokenize' in home.text
    assert admin(run_dir, 'client list') == 'demo\ntest_client\n' and 'PROBLEM' not in admin(run_dir, 'check')
    output, _ = started.stop()
    assert [line for line in output.splitlines() if not line.startswith('make')] == [] and started.processes() == {}


@pytest.mark.parametrize('host', ['localhost', '127.0.0.1', '[::1]'])
def test_curl(run, host):
    """STILE-tls-2 curl with the CA connects to localhost, 127.0.0.1 and ::1; without it curl refuses."""
    url = f'https://{host}:{run.port}/.well-known/oauth-authorization-server'
    trusting = curl(url, '--cacert', run.authority)
    assert trusting.returncode == 0 and f'"issuer":"{run.base}"' in trusting.stdout, trusting.stderr
    other = curl(url)
    assert other.returncode == CURL_CANNOT_VERIFY and other.stdout == ''


def test_programs(run):
    """STILE-tls-3 Python programs trust the CA through SSL_CERT_FILE, and not without it."""
    script = f"import urllib.request; print(urllib.request.urlopen('{run.base}/.well-known/openid-configuration').status)"

    def python(**settings):
        return subprocess.run(['/usr/bin/python3', '-c', script], capture_output=True, text=True, timeout=20,
                              env=clean_environment(no_proxy='*', **settings))

    assert python(SSL_CERT_FILE=run.authority).stdout == '200\n'
    assert 'CERTIFICATE_VERIFY_FAILED' in python().stderr


def test_issuer(run, get):
    """STILE-tls-4 The issuer and every endpoint of the metadata use https, and cookies have Secure and the prefix
    __Host-."""
    for document in ('oauth-authorization-server', 'openid-configuration'):
        metadata = get(f'/.well-known/{document}').json()
        assert metadata['issuer'] == run.base == f'https://localhost:{run.port}'
        endpoints = [value for name, value in metadata.items() if name.endswith(('_endpoint', '_uri'))]
        assert len(endpoints) >= 5 and all(value.startswith(run.base + '/') for value in endpoints)
    answer = get('/oauth/authorize?client_id=test_client&response_type=code&state=s&scope=email'
                 '&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect')
    cookie = answer.headers['Set-Cookie']
    assert re.match(r'__Host-stile_request_\w+=', cookie) and '; Secure' in cookie and '; Path=/;' in cookie


def test_no_hsts(get):
    """STILE-tls-5 No response has Strict-Transport-Security, which would apply to all of localhost."""
    paths = ['/', '/oauth/authorize', '/login', '/oauth/tokenize', '/.well-known/openid-configuration', '/demo/', '/nothing']
    answers = [get(path) for path in paths]
    assert {answer.status_code for answer in answers} >= {200, 400, 404}
    assert not any('Strict-Transport-Security' in answer.headers for answer in answers)


@pytest.mark.filterwarnings('ignore:ssl.TLSVersion.TLSv1')
def test_versions(run):
    """STILE-tls-6 Only TLS 1.2 and 1.3 are accepted (RFC 8996)."""
    def version(protocol):
        context = ssl.create_default_context(cafile=run.authority)
        context.set_ciphers('DEFAULT:@SECLEVEL=0')  # otherwise the client would not offer the older ones
        context.minimum_version = context.maximum_version = protocol
        with socket.create_connection(('127.0.0.1', run.port), 20) as plain, \
                context.wrap_socket(plain, server_hostname='localhost') as secured:
            return secured.version()

    assert version(ssl.TLSVersion.TLSv1_2) == 'TLSv1.2' and version(ssl.TLSVersion.TLSv1_3) == 'TLSv1.3'
    for old in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1):
        with pytest.raises((ssl.SSLError, ConnectionError)):
            version(old)


def plain(run, method, path, body=None, **headers):
    connection = http.client.HTTPConnection('127.0.0.1', run.port, timeout=20)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    answer.text = answer.read().decode()
    return answer


@pytest.mark.parametrize('method', ['GET', 'HEAD'])
@pytest.mark.parametrize('path', ['/demo/', '/oauth/authorize?client_id=a&state=b%20c', '//evil.example/'])
def test_plain_http(run, method, path):
    """STILE-tls-7 A page requested by http is redirected to https, and browsers do not cache the redirect."""
    answer = plain(run, method, path, Host='evil.example')
    assert (answer.status, answer.getheader('Location')) == (307, run.base + path)
    assert answer.getheader('Cache-Control') == 'no-store'


@pytest.mark.parametrize('method, headers, body', [
    ('POST', {}, 'grant_type=refresh_token&refresh_token=x'), ('PUT', {}, 'x'), ('OPTIONS', {}, None),
    ('GET', {'Authorization': 'Bearer x'}, None), ('HEAD', {'Authorization': 'Basic x'}, None)])
def test_plain_http_with_credentials(run, method, headers, body):
    """STILE-tls-8 A form or credentials sent by http get a 400 that names the https URL, never a redirect."""
    answer = plain(run, method, '/oauth/tokenize', body, **headers)
    assert (answer.status, answer.getheader('Location')) == (400, None)
    assert answer.text == ('' if method == 'HEAD' else f'This port speaks https: {run.base}\n')


# The certificates ------------------------------------------------------------------------------------------------------

def test_authority(run):
    """STILE-tls-9 The CA states its purpose, and may sign only server certificates for loopback names (RFC 5280
    §4.2.1)."""
    authority = read(run.authority)
    name = authority.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    assert name.startswith('Stile make run on ') and len(name) <= 64
    assert extension(authority, x509.BasicConstraints) == (x509.BasicConstraints(ca=True, path_length=0), True)
    usage, critical = extension(authority, x509.KeyUsage)
    assert critical and usage.key_cert_sign and not (usage.digital_signature or usage.crl_sign or usage.key_agreement)
    assert list(extension(authority, x509.ExtendedKeyUsage)[0]) == [ExtendedKeyUsageOID.SERVER_AUTH]
    constraints, critical = extension(authority, x509.NameConstraints)
    assert critical and constraints.excluded_subtrees is None
    assert constraints.permitted_subtrees == [x509.DNSName('localhost'),
                                              x509.IPAddress(ipaddress.ip_network('127.0.0.1/32')),
                                              x509.IPAddress(ipaddress.ip_network('::1/128'))]


def test_certificate(run):
    """STILE-tls-10 The certificate is a server certificate with P-256 for localhost, 127.0.0.1 and ::1, valid for at
    most 397 days and not longer than its CA."""
    certificate, authority = read(run.dir / 'tls/certificate.pem'), read(run.authority)
    assert list(extension(certificate, x509.SubjectAlternativeName)[0]) == LOOPBACK
    assert list(extension(certificate, x509.ExtendedKeyUsage)[0]) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert extension(certificate, x509.BasicConstraints) == (x509.BasicConstraints(ca=False, path_length=None), True)
    for one in (certificate, authority):
        assert isinstance(one.public_key().curve, ec.SECP256R1)
        assert one.not_valid_after - one.not_valid_before <= datetime.timedelta(days=397)
    assert certificate.not_valid_after <= authority.not_valid_after


@pytest.mark.parametrize('names, problem', [
    ('DNS:localhost,IP:127.0.0.1,IP:::1', None), ('DNS:evil.example', 'permitted subtree violation'),
    ('DNS:localhost,DNS:evil.example', 'permitted subtree violation'), ('DNS:localhost.evil.example', 'permitted subtree violation'),
    ('IP:192.0.2.1', 'permitted subtree violation'), ('IP:127.0.0.2', 'permitted subtree violation'),
    ('IP:2001:db8::1', 'permitted subtree violation')])
def test_no_other_names(run, tmp_path, names, problem):
    """STILE-tls-11 A client that trusts the CA accepts no certificate for another name signed with its key (RFC 5280
    §4.2.1.10)."""
    # A CA with the same extensions as the run's, whose key the test has: the run's own key was deleted.
    twin = make_certificate(tmp_path, 'twin', 'authority')
    assert extensions_of(twin) == extensions_of(run.authority)
    settings = tmp_path / 'settings.cnf'
    settings.write_text(SETTINGS.read_text().replace('= @names', f'= {names}'))
    leaf = make_certificate(tmp_path, 'leaf', 'server', '-CA', twin, '-CAkey', tmp_path / 'twin.key', settings=settings)
    verified = openssl('verify', '-x509_strict', '-purpose', 'sslserver', '-no-CApath', '-no-CAstore', '-CAfile', twin, leaf)
    assert (verified.returncode == 0) == (problem is None) and (problem or 'OK') in verified.stdout + verified.stderr


def extensions_of(path):
    """Everything except the digest of the key."""
    return {(found.oid, found.critical, found.value) for found in read(path).extensions
            if not isinstance(found.value, x509.SubjectKeyIdentifier)}


def test_no_further_authority(run, tmp_path):
    """STILE-tls-12 A client that trusts the CA accepts no subordinate CA (RFC 5280 §4.2.1.9)."""
    twin = make_certificate(tmp_path, 'twin', 'authority')
    below = make_certificate(tmp_path, 'below', 'authority', '-CA', twin, '-CAkey', tmp_path / 'twin.key')
    leaf = make_certificate(tmp_path, 'leaf', 'server', '-CA', below, '-CAkey', tmp_path / 'below.key')
    assert extensions_of(twin) == extensions_of(run.authority)
    verified = openssl('verify', '-no-CApath', '-no-CAstore', '-CAfile', twin, '-untrusted', below, leaf)
    assert verified.returncode != 0 and 'path length constraint exceeded' in verified.stderr


def test_keys(run):
    """STILE-tls-13 Only the owner can read the certificate's key (600), and the CA's key is in no file."""
    folder = run.dir / 'tls'
    assert folder.stat().st_mode & 0o777 == 0o700 and (folder / 'key.pem').stat().st_mode & 0o777 == 0o600
    holders = [path for path in run.dir.rglob('*') if path.is_file() and b'PRIVATE KEY' in path.read_bytes()]
    assert holders == [folder / 'key.pem']
    public = openssl('pkey', '-in', folder / 'key.pem', '-pubout').stdout
    assert public == openssl('x509', '-in', folder / 'certificate.pem', '-noout', '-pubkey').stdout
    assert public != openssl('x509', '-in', run.authority, '-noout', '-pubkey').stdout


# Further runs ----------------------------------------------------------------------------------------------------------

def test_second_run(start, run_dir):
    """STILE-tls-14 A second run keeps the certificate and its CA, also after a run without TLS, which uses http."""
    first = start.program(0, run_dir, '--tls')
    first.ready()
    made = files(run_dir / 'tls')
    first.stop()
    second = start.make(free_port(), run_dir, 'TLS=')
    base = second.ready()
    assert base.startswith('http://') and token_answers(base) == (400, 'invalid_grant')
    second.stop()
    third = start.program(0, run_dir, '--tls')
    base = third.ready()
    assert files(run_dir / 'tls') == made == {name: made[name] for name in ('authority.pem', 'certificate.pem', 'key.pem', 'settings.cnf')}
    assert requests.get(base + '/demo/', verify=str(run_dir / 'tls/authority.pem'), timeout=20).status_code == 200


def spoil(folder, how):
    if how == 'other key':
        shutil.copy(make_certificate(folder, 'other', 'server').with_suffix('.key'), folder / 'key.pem')
    elif how == 'other authority':
        shutil.copy(make_certificate(folder, 'other', 'authority', '-days', '60'), folder / 'authority.pem')
    elif how == 'other settings':
        (folder / 'settings.cnf').write_text('[authority]\n')
    elif how.startswith('no '):
        (folder / how.removeprefix('no ')).unlink()


@pytest.mark.parametrize('days, how', [(60, 'kept'), (29, 'soon over'), (60, 'other key'), (60, 'other authority'),
                                       (60, 'other settings'),
                                       (60, 'no key.pem'), (60, 'no certificate.pem'), (60, 'no authority.pem')])
def test_certificate_is_replaced(start, run_dir, days, how):
    """STILE-tls-15 A certificate with fewer than 30 days left, mismatched files or other settings is replaced together
    with its CA, and one line says so."""
    folder = run_dir / 'tls'
    folder.mkdir()
    make_pair(folder, days)
    shutil.copy(ROOT / 'functions/run/certificate.cnf', folder / 'settings.cnf')
    before = read(folder / 'certificate.pem').serial_number, read(folder / 'authority.pem').serial_number
    spoil(folder, how)
    run_dir.chmod(0o700)
    started = start.program(0, run_dir, '--tls')
    *said, ready = lines_up_to(started.process, READY)
    after = read(folder / 'certificate.pem').serial_number, read(folder / 'authority.pem').serial_number
    assert [one == other for one, other in zip(before, after)] == [how == 'kept'] * 2
    news = f"stile: the certificate authority is new; trust it again: {folder / 'authority.pem'}"
    assert said == ([] if how in ('kept', 'no authority.pem') else [news])
    assert requests.get(ready.split()[4] + '/', verify=str(folder / 'authority.pem'), timeout=20).status_code == 200


# What is refused, and the caller's own issuer --------------------------------------------------------------------------

def test_issuer_of_the_caller(start, run_dir):
    """STILE-tls-20 An https issuer set by the caller is kept with TLS, including its path."""
    port = free_port()
    issuer = f'https://localhost:{port}/auth'
    assert start.program(port, run_dir, '--tls', STILE_ISSUER=issuer).ready() == issuer
    metadata = requests.get(issuer + '/.well-known/openid-configuration', verify=str(run_dir / 'tls/authority.pem'), timeout=20)
    assert metadata.json()['token_endpoint'] == issuer + '/oauth/token'


def test_http_issuer(start, run_dir):
    """STILE-tls-21 An http issuer with TLS is refused in one line that names the setting."""
    issuer = 'http://localhost:8000'
    assert_refused(start.make(free_port(), run_dir, 'TLS=1', STILE_ISSUER=issuer), 'STILE_ISSUER must', 'https://', 'TLS=1', issuer)
    assert not (run_dir / 'tls').exists()


def test_missing_openssl(start, run_dir, another_run_dir):
    """STILE-tls-22 A missing openssl is reported in one line that names its package."""
    (another_run_dir / REDIS_NAME).symlink_to(shutil.which(REDIS))
    assert_refused(start.program(0, run_dir, '--tls', redis=REDIS_NAME, PATH=another_run_dir), 'openssl is not installed', 'apt-get install openssl')


def test_failing_openssl(start, run_dir, another_run_dir):
    """STILE-tls-23 An openssl that fails is reported in one line with the path of its log."""
    (another_run_dir / 'openssl').write_text('#!/bin/sh\nexit 1\n')
    (another_run_dir / 'openssl').chmod(0o700)
    started = start.program(0, run_dir, '--tls', PATH=f'{another_run_dir}:/usr/bin:/bin')
    assert_refused(started, 'cannot make a certificate', str(run_dir / 'log/certificate.log'))
