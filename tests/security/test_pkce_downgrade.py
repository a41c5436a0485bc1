"""PKCE left out, weakened or confused, in both directions (RFC 7636, RFC 9700 §2.1.1, §4.8.2)."""
import pytest

from attacker import VERIFIER, challenge_of, nothing_issued, refused_at_client, refused_with_json

S256 = {'code_challenge': challenge_of(VERIFIER), 'code_challenge_method': 'S256'}

# Requests that are refused for a public client, and for any other that requires PKCE.
REQUESTS = {
    'nothing': {'code_challenge': None, 'code_challenge_method': None},
    'empty-challenge': {'code_challenge': '', 'code_challenge_method': 'S256'},
    'method-alone': {'code_challenge': None, 'code_challenge_method': 'S256'},
    'plain': {'code_challenge': VERIFIER, 'code_challenge_method': 'plain'},
    'plain-by-default': {'code_challenge': VERIFIER, 'code_challenge_method': None},
    'plain-by-an-empty-method': {'code_challenge': challenge_of(VERIFIER), 'code_challenge_method': ''},
    'plain-with-a-good-challenge': {'code_challenge': challenge_of(VERIFIER), 'code_challenge_method': 'plain'},
    'method-in-small-letters': {'code_challenge_method': 's256'},
    'method-unknown': {'code_challenge_method': 'S512'},
    'method-none': {'code_challenge_method': 'none'},
    'method-with-space': {'code_challenge_method': 'S256 '},
    'method-list': {'code_challenge_method': 'S256,plain'},
    'challenge-too-short': {'code_challenge': 'a' * 42},
    'challenge-too-long': {'code_challenge': 'a' * 44},
    'challenge-padded': {'code_challenge': challenge_of(VERIFIER) + '='},
    'challenge-in-base64': {'code_challenge': '+' + 'a' * 42},
    'challenge-with-slash': {'code_challenge': '/' + 'a' * 42},
    'challenge-in-hexadecimal': {'code_challenge': 'a1' * 32},
    'challenge-of-spaces': {'code_challenge': ' ' * 43},
}


@pytest.mark.parametrize('how', REQUESTS)
def test_a_public_clients_request_without_good_pkce(stack, spa, how):
    """RFC7636-4.4.1-1"""
    with nothing_issued(stack):
        refused_at_client(stack.send('GET', stack.request_of(spa, **REQUESTS[how])), spa, stack, 'invalid_request')


@pytest.mark.parametrize('how', ['nothing', 'plain', 'plain-by-default', 'empty-challenge'])
def test_a_confidential_clients_that_requires_it(stack, how):
    """RFC7636-4.4.1-1"""
    client = stack.client('--require-pkce')
    with nothing_issued(stack):
        refused_at_client(stack.send('GET', stack.request_of(client, **S256 | REQUESTS[how])), client, stack,
                          'invalid_request')


@pytest.mark.parametrize('how', ['plain', 'plain-by-default', 'method-alone', 'method-in-small-letters',
                                 'challenge-too-short'])
def test_a_client_with_optional_pkce_must_use_it_correctly(stack, web, how):
    """RFC7636-4.4.1-3"""
    with nothing_issued(stack):
        refused_at_client(stack.send('GET', stack.request_of(web, **S256 | REQUESTS[how])), web, stack, 'invalid_request')


def test_the_challenge_twice(stack, spa):
    """RFC6749-3.1-11"""
    refused_at_client(stack.send('GET', stack.request_of(spa) + '&code_challenge=' + 'a' * 43), spa, stack,
                      'invalid_request')


# At the token endpoint ----------------------------------------------------------------------------------------------

WRONG = {
    'none': (None, 'invalid_grant'),
    'empty': ('', 'invalid_grant'),
    'another': ('b' * 43, 'invalid_grant'),
    'the-challenge-itself': (challenge_of(VERIFIER), 'invalid_grant'),
    'one-letter-more': (VERIFIER + 'a', 'invalid_grant'),
    'one-letter-less': (VERIFIER[:-1], 'invalid_grant'),
    'case': (VERIFIER.upper(), 'invalid_grant'),
    'space-after': (VERIFIER + ' ', 'invalid_request'),
    'newline-after': (VERIFIER + '\n', 'invalid_request'),
    'nul-after': (VERIFIER + '\0', 'invalid_request'),
    'too-short': ('a' * 42, 'invalid_request'),
    'too-long': ('a' * 129, 'invalid_request'),
    'beyond-all-bounds': ('a' * 10_000, 'invalid_request'),
    'no-unreserved-character': ('+' * 43, 'invalid_request'),
    'unicode': ('\u00e9' * 43, 'invalid_request'),
}


@pytest.mark.parametrize('verifier', WRONG)
def test_only_the_right_verifier_matches_a_challenge(stack, spa, verifier):
    """RFC7636-4.6-5"""
    code = stack.code(spa)
    value, error = WRONG[verifier]
    with nothing_issued(stack):
        refused_with_json(stack.redeem(spa, code, code_verifier=value), 400, error)
    assert stack.redeem(spa, code, code_verifier=VERIFIER).status == 200  # and the code was not used up


@pytest.mark.parametrize('verifier', ['none', 'another', 'the-challenge-itself'])
def test_a_secret_does_not_replace_the_verifier(stack, web, verifier):
    """CVE-2023-48228 the challenge of a confidential client counts too: RFC 9700 §4.8.2"""
    code = stack.code(web, **S256)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, code, code_verifier=WRONG[verifier][0]), 400, 'invalid_grant')


def test_a_verifier_for_a_code_without_challenge(stack, web):
    """RFC9700-2.1.1-12"""
    code = stack.code(web)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, code, code_verifier=VERIFIER), 400, 'invalid_grant')
    assert stack.redeem(web, code).status == 200


def test_the_challenge_was_stripped_on_the_way(stack, web):
    """RFC9700-2.1.1-12 the attacker removes code_challenge from the request; the client's verifier then reveals it"""
    code = stack.code(web, code_challenge=None, code_challenge_method=None)
    refused_with_json(stack.redeem(web, code, code_verifier=VERIFIER), 400, 'invalid_grant')


def test_the_challenge_was_replaced_on_the_way(stack, web):
    """RFC9700-2.1.1-12"""
    code = stack.code(web, code_challenge=challenge_of('c' * 43), code_challenge_method='S256')
    refused_with_json(stack.redeem(web, code, code_verifier=VERIFIER), 400, 'invalid_grant')


@pytest.mark.parametrize('fields', [{'code_challenge': challenge_of('b' * 43), 'code_verifier': 'b' * 43},
                                    {'code_challenge': 'b' * 43, 'code_challenge_method': 'plain',
                                     'code_verifier': 'b' * 43},
                                    {'code_challenge_method': 'plain', 'code_verifier': challenge_of(VERIFIER)}],
                         ids=['own-challenge', 'own-plain-challenge', 'plain-method'])
def test_the_token_request_cannot_contain_its_own_challenge(stack, spa, fields):
    """RFC7636-4.6-5"""
    code = stack.code(spa)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(spa, code, **fields), 400, 'invalid_grant')


@pytest.mark.parametrize('pair', [(VERIFIER, 'b' * 43), ('b' * 43, VERIFIER), (VERIFIER, VERIFIER)],
                         ids=['right-first', 'right-last', 'right-twice'])
def test_two_verifiers(stack, spa, pair):
    """RFC6749-3.1-11"""
    body = (f'grant_type=authorization_code&client_id={spa.id}&redirect_uri={spa.redirect_uri}&code={stack.code(spa)}'
            + ''.join(f'&code_verifier={verifier}' for verifier in pair))
    with nothing_issued(stack):
        refused_with_json(stack.post('/oauth/token', body), 400, 'invalid_request')


def test_the_challenge_of_one_login_does_not_serve_another(stack, spa):
    """RFC7636-4.6-5"""
    stack.code(spa, code_challenge=challenge_of('d' * 43))
    code = stack.code(spa)
    refused_with_json(stack.redeem(spa, code, code_verifier='d' * 43), 400, 'invalid_grant')
