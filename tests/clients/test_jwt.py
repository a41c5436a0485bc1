"""Tokens of a running Stile, decoded by two independent libraries."""
import json

import jwt
import pytest
import requests

from stack import Stack

try:
    import jose.jwt
except ImportError:  # Debian 13 no longer has it
    jose = None

SECRET_KEY = 'a secret of HS256 that resource servers share'


@pytest.fixture(scope='module')
def signing_stack():
    with Stack(STILE_SECRET_KEY=SECRET_KEY) as stack:
        for algorithm in ('RS256', 'PS256', 'EdDSA'):
            stack.admin('keys', 'rotate', '--alg', algorithm)
        yield stack


def token_of(stack, name, algorithm, *more):
    stack.admin('client', 'add', '--id', name, '--secret', 'password', '--grant-type', 'client_credentials', '--scope', 'read',
                '--access-token-alg', algorithm, *more)
    answer = requests.post(stack.base + '/oauth/token', auth=(name, 'password'), data={'grant_type': 'client_credentials'},
                           timeout=20)
    assert answer.status_code == 200, answer.text
    return answer.json()['access_token']


@pytest.mark.parametrize('algorithm', ['RS256', 'PS256', 'ES256', 'EdDSA'])
def test_published_keys(signing_stack, algorithm):
    """STILE-clients-30 PyJWT and python-jose decode a token with the keys found through the metadata."""
    token = token_of(signing_stack, f'keys-{algorithm}', algorithm)
    metadata = requests.get(signing_stack.base + '/.well-known/oauth-authorization-server', timeout=20).json()
    keys = requests.get(metadata['jwks_uri'], timeout=20).json()
    header = jwt.get_unverified_header(token)
    assert header['typ'] == 'at+jwt' and header['alg'] == algorithm
    key = next(key for key in keys['keys'] if key['kid'] == header['kid'])
    public = jwt.get_algorithm_by_name(algorithm).from_jwk(json.dumps(key))
    claims = jwt.decode(token, public, algorithms=[algorithm], audience=metadata['issuer'], issuer=metadata['issuer'])
    assert claims['sub'] == claims['client_id'] == f'keys-{algorithm}' and claims['scope'] == 'read'
    if jose and algorithm in ('RS256', 'ES256'):  # python3-jose of Debian 12 supports no others of these
        assert jose.jwt.decode(token, key, algorithms=[algorithm], audience=metadata['issuer']) == claims


def test_shared_secret(signing_stack):
    """STILE-clients-31 An HS256 token is decoded as shown in the tutorials: jwt.decode(token, SECRET_KEY,
    algorithms=["HS256"])."""
    token = token_of(signing_stack, 'shared', 'HS256')
    for_audience = token_of(signing_stack, 'shared-aud', 'HS256', '--audience', 'https://api.example')
    for library, refusal in [(jwt, jwt.InvalidTokenError), *([(jose.jwt, jose.jwt.JWTError)] if jose else [])]:
        claims = library.decode(token, SECRET_KEY, algorithms=['HS256'])
        assert claims['sub'] == 'shared' and 'aud' not in claims
        with pytest.raises(refusal):
            library.decode(token, 'another' + SECRET_KEY, algorithms=['HS256'])
        claims = library.decode(for_audience, SECRET_KEY, algorithms=['HS256'], audience='https://api.example')
        assert claims['sub'] == 'shared-aud'
