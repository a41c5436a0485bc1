"""oidcc-config-certification-test-plan: the required content of the discovery document, and its keys."""
import base64

import jwt
import pytest

from relying_party import RelyingParty

PRIVATE = {'d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'}  # RFC 7518 §6
ALGORITHMS = {'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'}


@pytest.fixture(scope='module')
def rp(provider, website):
    return RelyingParty(provider, website)


def addresses(document):
    return {name: value for name, value in document.items() if name.endswith('_endpoint') or name.endswith('_uri')}


def check_base64url(text):
    assert '=' not in text
    base64.b64decode(text + '=' * (-len(text) % 4), altchars=b'-_', validate=True)


def check_keys(keys):
    """RFC 7517 §4, RFC 7518 §6.3.2.1."""
    assert {key['kty'] for key in keys} <= {'RSA', 'EC', 'OKP'}
    for key in keys:
        assert not PRIVATE & set(key)
        for member in {'n', 'e', 'x', 'y'} & set(key):
            check_base64url(key[member])
        assert jwt.PyJWK(key, algorithm=key['alg']).key
        assert key['use'] == 'sig' and key['kid']
    assert len({key['kid'] for key in keys}) == len(keys)


def test_oidcc_discovery_endpoint_verification(rp, provider):
    """oidcc-discovery-endpoint-verification: required members, https everywhere, types, keys without private parts."""
    document = rp.provider  # 200, JSON, and the issuer of the request (OpenID Connect Discovery §4.3)
    assert document['issuer'].startswith('https://') and not {'?', '#'} & set(document['issuer'])
    assert 'code' in document['response_types_supported']
    assert document['subject_types_supported'] and set(document['subject_types_supported']) <= {'public', 'pairwise'}
    assert 'RS256' in document['id_token_signing_alg_values_supported']
    assert set(document['id_token_signing_alg_values_supported']) <= ALGORITHMS
    assert set(document['userinfo_signing_alg_values_supported']) <= ALGORITHMS
    assert {'authorization_endpoint', 'token_endpoint', 'userinfo_endpoint', 'jwks_uri'} <= set(document)
    assert all(address.startswith(provider.issuer + '/') for address in addresses(document).values())
    assert 'authorization_code' in document['grant_types_supported']
    assert 'openid' in document['scopes_supported']
    assert {'sub', 'name', 'email'} <= set(document['claims_supported'])
    assert document['claims_parameter_supported'] is True
    assert document['request_parameter_supported'] is False and document['request_uri_parameter_supported'] is False
    # No list is empty (OpenID Connect Discovery §4.2).
    assert all(value for value in document.values() if isinstance(value, list))
    answer = rp.ask('GET', document['jwks_uri'])
    assert answer.status_code == 200
    check_keys(answer.json()['keys'])
    assert {key['alg'] for key in answer.json()['keys']} == set(document['id_token_signing_alg_values_supported'])
