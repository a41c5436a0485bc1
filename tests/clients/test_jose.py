"""Stile's JOSE against PyJWT, python3-jose and the jose command of Debian: each signs for the others, with each other's
keys."""
import json
import os
import pathlib
import subprocess

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

try:
    import jose.jwk
    import jose.jws
except ImportError:  # Debian 13 no longer has it
    jose = None

ROOT = pathlib.Path(__file__).resolve().parents[2]
JOSE_TOOL = (ROOT / os.environ.get('STILE_TEST_BUILD', 'build')).resolve() / 'bin/jose-tool'
PAYLOAD = b'{"iss":"joe","exp":4102444800,"text":"\xe2\x82\xac"}'
ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA', 'HS256']


def run(*command, stdin=b'', status=0):
    done = subprocess.run([str(word) for word in command], input=stdin, capture_output=True, timeout=30)
    assert done.returncode == status, (done.returncode, done.stderr)
    return done.stdout if status == 0 else done.stderr


class Stile:
    name, algorithms = 'stile', ALGORITHMS

    @staticmethod
    def generate(folder, algorithm):
        return json.loads(run(JOSE_TOOL, 'generate', algorithm))

    @staticmethod
    def sign(folder, key, algorithm):
        return run(JOSE_TOOL, 'sign', write(folder, key), algorithm, 'JWT', stdin=PAYLOAD).decode()

    @staticmethod
    def verify(folder, key, algorithm, token):
        return run(JOSE_TOOL, 'verify', write(folder, key), algorithm, stdin=token.encode())


class PyJwt:
    name, algorithms = 'PyJWT', ALGORITHMS

    @staticmethod
    def generate(folder, algorithm):
        if algorithm == 'HS256':
            return json.loads(jwt.algorithms.HMACAlgorithm.to_jwk(os.urandom(32))) | {'alg': algorithm}
        if algorithm == 'EdDSA':
            return json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate()))
        if algorithm == 'ES256':
            return ec_jwk(ec.generate_private_key(ec.SECP256R1()))
        return json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(rsa.generate_private_key(65537, 3072))) | {'alg': algorithm}

    @staticmethod
    def key(key, algorithm):
        return jwt.get_algorithm_by_name(algorithm).from_jwk(json.dumps(key))

    @classmethod
    def sign(cls, folder, key, algorithm):
        return jwt.api_jws.encode(PAYLOAD, cls.key(key, algorithm), algorithm)

    @classmethod
    def verify(cls, folder, key, algorithm, token):
        return jwt.api_jws.decode(token, cls.key(key, algorithm), [algorithm])


class PythonJose:
    name, algorithms = 'python3-jose', ['RS256', 'ES256', 'HS256']

    @staticmethod
    def sign(folder, key, algorithm):
        # Its own encoder takes claims; this one takes bytes.
        return jose.jws.sign(PAYLOAD, key, algorithm=algorithm)

    @staticmethod
    def verify(folder, key, algorithm, token):
        return jose.jws.verify(token, key, [algorithm])


class JoseCommand:
    name, algorithms = 'jose', ['RS256', 'PS256', 'ES256', 'HS256']

    @staticmethod
    def generate(folder, algorithm):
        return json.loads(run('jose', 'jwk', 'gen', '-i', json.dumps({'alg': algorithm})))

    @staticmethod
    def sign(folder, key, algorithm):
        template = json.dumps({'protected': {'alg': algorithm}})
        return run('jose', 'jws', 'sig', '-s', template, '-I-', '-k', write(folder, key), '-c', stdin=PAYLOAD).decode()

    @staticmethod
    def verify(folder, key, algorithm, token):
        return run('jose', 'jws', 'ver', '-i-', '-k', write(folder, key), '-O-', stdin=token.encode())


OTHERS = [PyJwt, *([PythonJose] if jose else []), JoseCommand]
PAIRS = [pytest.param(other, algorithm, id=f'{other.name}-{algorithm}') for other in OTHERS for algorithm in other.algorithms]
GENERATORS = [pytest.param(other, algorithm, id=f'{other.name}-{algorithm}')
              for other in (PyJwt, JoseCommand) for algorithm in other.algorithms]


def write(folder, key):
    path = folder / 'key.jwk'
    path.write_text(json.dumps(key))
    return path


def ec_jwk(key):
    """PyJWT 2.6 reads keys of elliptic curves and does not write them."""
    numbers = key.private_numbers()
    encoded = {name: jwt.utils.base64url_encode(number.to_bytes(32, 'big')).decode()
               for name, number in (('x', numbers.public_numbers.x), ('y', numbers.public_numbers.y), ('d', numbers.private_value))}
    return {'kty': 'EC', 'crv': 'P-256', **encoded}


def public(folder, key, algorithm):
    """The published part of a key; a shared secret verifies itself."""
    return key if algorithm == 'HS256' else json.loads(run(JOSE_TOOL, 'public', write(folder, key), algorithm))


@pytest.mark.parametrize('other, algorithm', PAIRS)
def test_stile_signs(other, algorithm, tmp_path):
    """STILE-jose-4 Other implementations verify Stile's signatures with the published public key."""
    key = Stile.generate(tmp_path, algorithm)
    token = Stile.sign(tmp_path, key, algorithm)
    assert other.verify(tmp_path, public(tmp_path, key, algorithm), algorithm, token) == PAYLOAD


@pytest.mark.parametrize('other, algorithm', PAIRS)
def test_stile_verifies(other, algorithm, tmp_path):
    """STILE-jose-5 Stile verifies signatures that other implementations make with Stile's private keys."""
    key = Stile.generate(tmp_path, algorithm)
    token = other.sign(tmp_path, key, algorithm)
    assert Stile.verify(tmp_path, public(tmp_path, key, algorithm), algorithm, token) == PAYLOAD


@pytest.mark.parametrize('other, algorithm', GENERATORS)
def test_keys_of_others(other, algorithm, tmp_path):
    """STILE-jose-6 Keys generated by other implementations work in both directions."""
    key = other.generate(tmp_path, algorithm)
    published = public(tmp_path, key, algorithm)
    assert Stile.verify(tmp_path, published, algorithm, other.sign(tmp_path, key, algorithm)) == PAYLOAD
    assert other.verify(tmp_path, published, algorithm, Stile.sign(tmp_path, key, algorithm)) == PAYLOAD


@pytest.mark.parametrize('algorithm', ['RS256', 'ES256'])
def test_thumbprint(algorithm, tmp_path):
    """STILE-jose-7 The thumbprint is the same as that of the jose command, and is Stile's kid."""
    key = Stile.generate(tmp_path, algorithm)
    thumbprint = run('jose', 'jwk', 'thp', '-i', write(tmp_path, key)).decode()
    assert run(JOSE_TOOL, 'thumbprint', write(tmp_path, key)).decode() == thumbprint == key['kid']


@pytest.mark.parametrize('other, algorithm', PAIRS)
def test_changed(other, algorithm, tmp_path):
    """STILE-jose-8 All implementations refuse a changed payload."""
    key = Stile.generate(tmp_path, algorithm)
    header, _, signature = other.sign(tmp_path, key, algorithm).split('.')
    token = '.'.join((header, jwt.utils.base64url_encode(b'{"iss":"eve"}').decode(), signature))
    published = public(tmp_path, key, algorithm)
    refusal = run(JOSE_TOOL, 'verify', write(tmp_path, published), algorithm, stdin=token.encode(), status=1)
    assert refusal == b'the signature does not verify\n'
    with pytest.raises(Exception):
        other.verify(tmp_path, published, algorithm, token)


def test_key_confusion(tmp_path):
    """STILE-jose-9 Tokens signed with a public key's text as shared secret, and unsigned tokens, are refused."""
    key = Stile.generate(tmp_path, 'RS256')
    published = public(tmp_path, key, 'RS256')
    pem = PyJwt.key(published, 'RS256').public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    header = jwt.utils.base64url_encode(b'{"alg":"HS256"}') + b'.' + jwt.utils.base64url_encode(PAYLOAD)
    secret = jwt.get_algorithm_by_name('HS256')
    for token in (header + b'.' + jwt.utils.base64url_encode(secret.sign(header, pem)),
                  jwt.api_jws.encode(PAYLOAD, None, 'none').encode()):
        refusal = run(JOSE_TOOL, 'verify', write(tmp_path, published), 'RS256', stdin=token, status=1)
        assert refusal == b'an alg that is not allowed\n'
