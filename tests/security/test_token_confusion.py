"""One kind of token in place of another, and manipulated signed tokens (RFC 8725; RFC 9068 §4; RFC 7515 §10)."""
import json
import time

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from attacker import SHARED_SECRET, nothing_issued, refused_by_nginx, refused_by_userinfo, refused_with_json
from forge import EcKey, decode, encode, hmac_signed, take_apart

# Opaque ones --------------------------------------------------------------------------------------------------------

def test_an_access_token_does_not_refresh(stack, web):
    """STILE-security-14"""
    tokens = stack.tokens(web)
    with nothing_issued(stack):
        refused_with_json(stack.refresh(web, tokens['access_token']), 400, 'invalid_grant')
        refused_with_json(stack.refresh(web, tokens['access_token'] + 'a' * 6), 400, 'invalid_grant')


def test_a_refresh_token_opens_no_api(stack, web):
    """STILE-security-14"""
    tokens = stack.tokens(web)
    for token in (tokens['refresh_token'], tokens['refresh_token'][:42]):
        answer = stack.call_api(token)
        assert answer.status == 401
        assert answer.header('www-authenticate') == 'Bearer realm="stile", error="invalid_token"'


def test_a_code_is_no_token(stack, web):
    """STILE-security-14"""
    code = stack.code(web)
    assert stack.call_api(code).status == 401
    assert stack.introspect(web, code).json == {'active': False}
    with nothing_issued(stack):
        refused_with_json(stack.refresh(web, code), 400, 'invalid_grant')
        refused_with_json(stack.refresh(web, code + 'a' * 6), 400, 'invalid_grant')
    assert stack.revoke(web, code).status == 200
    assert stack.redeem(web, code).status == 200  # not revoked either: it is not a token


def test_a_token_is_no_code(stack, web):
    """STILE-security-14"""
    tokens = stack.tokens(web)
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, tokens['access_token']), 400, 'invalid_grant')
        refused_with_json(stack.redeem(web, tokens['refresh_token']), 400, 'invalid_grant')
        refused_with_json(stack.redeem(web, tokens['refresh_token'][:42]), 400, 'invalid_grant')


def test_a_request_id_and_its_cookie_are_no_code(stack, web):
    """STILE-security-14"""
    browser = stack.browser('alice')
    request = browser.begin(web).rpartition('=')[2]
    secret = browser.cookies[f'stile_request_{request}']
    with nothing_issued(stack):
        refused_with_json(stack.redeem(web, (request + secret).ljust(42, 'a')), 400, 'invalid_grant')


@pytest.mark.parametrize('hint', ['access_token', 'refresh_token', 'id_token', 'code', ''])
def test_a_hint_turns_no_token_into_another(stack, web, hint):
    """RFC7662-2.1-3"""
    tokens = stack.tokens(web)
    told = stack.introspect(web, tokens['refresh_token'], token_type_hint=hint).json
    assert told['active'] and 'token_type' not in told
    assert stack.introspect(web, stack.code(web), token_type_hint=hint).json == {'active': False}


MIXED = {'access-of-another-grant': ('access_token', 12), 'refresh-of-another-grant': ('refresh_token', 12),
         'access-with-another-secret': ('access_token', 18), 'refresh-with-another-secret': ('refresh_token', 18)}


@pytest.mark.parametrize('how', MIXED)
def test_two_tokens_make_no_third(stack, web, watcher, how):
    """RFC7662-2.2-3"""
    kind, at = MIXED[how]
    one, two = stack.tokens(web, 'alice')[kind], stack.tokens(web, 'bob')[kind]
    for mixed in (one[:at] + two[at:], two[:at] + one[at:]):
        assert stack.introspect(watcher, mixed).json == {'active': False}
        assert stack.call_api(mixed).status == 401


HEADERS = ['Bearer', 'Bearer ', 'Bearer  {}', 'Bearer {} ', 'Bearer {}x', 'Bearer "{}"', 'Bearer {},', 'Basic {}', '{}',
           'Token {}', 'Bearer\t{}', 'Bearer={}', 'Bearer {} {}', 'bearer:{}', 'DPoP {}', 'Bearer {}\x0b']


@pytest.mark.parametrize('form', HEADERS)
def test_a_bearer_header_has_one_form(stack, web, form):
    """RFC6750-2.1-1"""
    token = stack.tokens(web)['access_token']
    answer = stack.send('GET', '/demo/api/protected', headers={'Authorization': form.replace('{}', token)})
    # RFC 9110 §5.5: spaces around a header's value are not part of it.
    assert answer.status == (200 if form == 'Bearer {} ' else 401), answer


@pytest.mark.parametrize('order', [0, 1])
def test_two_bearer_headers(stack, web, order):
    """RFC6750-2.1-1"""
    pair = [f'Bearer {stack.tokens(web)["access_token"]}', 'Bearer x'][::1 if order else -1]
    answer = stack.send('GET', '/demo/api/protected', headers=[('Authorization', value) for value in pair])
    refused_by_nginx(answer)


# Signed ones --------------------------------------------------------------------------------------------------------

@pytest.fixture(scope='module')
def service(stack):
    """A client with signed tokens of a key pair."""
    return stack.client('--grant-type', 'client_credentials', '--access-token-alg', 'ES256', scope='read write')


@pytest.fixture(scope='module')
def sharing(stack):
    """A client with tokens that are signed with the shared secret."""
    return stack.client('--grant-type', 'client_credentials', '--access-token-alg', 'HS256', scope='read write')


@pytest.fixture(scope='module')
def attackers():
    return EcKey()


@pytest.fixture(scope='module')
def leaked(stack):
    """A key pair that the server publishes and trusts, and whose private half the test has, so that the other checks of
    the token are tested."""
    key = EcKey()
    stack.redis('HSET', f'signing_key:{key.kid}', 'alg', 'ES256', 'public', json.dumps(key.jwk), 'sealed', 'x',
                'created_at', '1', 'signs_from', '99999999999')
    stack.redis('SADD', 'signing_keys', key.kid)
    yield key
    stack.redis('SREM', 'signing_keys', key.kid)
    stack.redis('DEL', f'signing_key:{key.kid}')


def token_of(stack, client):
    return stack.token(client, grant_type='client_credentials').json['access_token']


def counts_nowhere(stack, watcher, token, original=None):
    """No API, userinfo or introspection accepts it, and revoking it has no effect on the token that it was made from."""
    assert token != original
    answer = stack.call_api(token)
    assert answer.status == 401, answer
    assert answer.header('www-authenticate') == 'Bearer realm="stile", error="invalid_token"'
    refused_by_userinfo(stack.userinfo(token), 401, 'invalid_token')
    assert stack.introspect(watcher, token).json == {'active': False}
    if original:
        assert stack.revoke(watcher, token).status == 200
        assert stack.call_api(original).status == 200
        assert stack.is_active(watcher, original)


def test_control_a_token_of_a_trusted_key_counts(stack, service, leaked):
    """RFC9068-4-1 the baseline: it shows that the changes in the cases below cause their refusals"""
    _, claims = take_apart(token_of(stack, service))
    assert stack.call_api(leaked.signed(good_header(leaked), claims)).status == 200
    refused_by_userinfo(stack.userinfo(leaked.signed(good_header(leaked), claims)), 403, 'insufficient_scope')


def good_header(key):
    return {'alg': 'ES256', 'typ': 'at+jwt', 'kid': key.kid}


WITHOUT_KEY = {
    'none': lambda h, c, t: f'{encode({"alg": "none", "typ": "at+jwt"})}.{encode(c)}.',
    'none-with-kid': lambda h, c, t: f'{encode(h | {"alg": "none"})}.{encode(c)}.',
    'none-capital': lambda h, c, t: f'{encode(h | {"alg": "None"})}.{encode(c)}.',
    'none-shouted': lambda h, c, t: f'{encode(h | {"alg": "NONE"})}.{encode(c)}.',
    'none-mixed': lambda h, c, t: f'{encode(h | {"alg": "nOnE"})}.{encode(c)}.',
    'none-and-the-old-signature': lambda h, c, t: f'{encode(h | {"alg": "none"})}.{encode(c)}.{t.split(".")[2]}',
    'no-alg': lambda h, c, t: f'{encode({"typ": "at+jwt", "kid": h["kid"]})}.{encode(c)}.{t.split(".")[2]}',
    'alg-empty': lambda h, c, t: f'{encode(h | {"alg": ""})}.{encode(c)}.',
    'alg-null': lambda h, c, t: f'{encode(h | {"alg": None})}.{encode(c)}.',
    'alg-list': lambda h, c, t: f'{encode(h | {"alg": ["ES256"]})}.{encode(c)}.{t.split(".")[2]}',
    'alg-small': lambda h, c, t: f'{encode(h | {"alg": "es256"})}.{t.split(".")[1]}.{t.split(".")[2]}',
    'alg-of-another-curve': lambda h, c, t: f'{encode(h | {"alg": "ES384"})}.{t.split(".")[1]}.{t.split(".")[2]}',
    'alg-of-rsa': lambda h, c, t: f'{encode(h | {"alg": "RS256"})}.{t.split(".")[1]}.{t.split(".")[2]}',
    'signature-cut-off': lambda h, c, t: t.rpartition('.')[0] + '.',
    'signature-missing': lambda h, c, t: t.rpartition('.')[0],
    'signature-of-zeros': lambda h, c, t: f'{t.rpartition(".")[0]}.{encode(bytes(64))}',
    'signature-half': lambda h, c, t: t[:-43],
    'signature-longer': lambda h, c, t: t + 'AAAA',
    'signature-padded': lambda h, c, t: t + '==',
    'signature-bit-flipped': lambda h, c, t: t[:-10] + ('A' if t[-10] != 'A' else 'B') + t[-9:],
    'signature-r-zero': lambda h, c, t: f'{t.rpartition(".")[0]}.{encode(bytes(32) + decode(t.split(".")[2])[32:])}',
    'signature-order-of-the-curve': lambda h, c, t: t.rpartition('.')[0] + '.' + encode(bytes.fromhex(
        'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551' * 2)),
    'payload-subject': lambda h, c, t: f'{t.split(".")[0]}.{encode(c | {"sub": "admin"})}.{t.split(".")[2]}',
    'payload-scope': lambda h, c, t: f'{t.split(".")[0]}.{encode(c | {"scope": "admin"})}.{t.split(".")[2]}',
    'payload-expiry': lambda h, c, t: f'{t.split(".")[0]}.{encode(c | {"exp": 2 ** 40})}.{t.split(".")[2]}',
    'payload-empty': lambda h, c, t: f'{t.split(".")[0]}..{t.split(".")[2]}',
    'header-empty': lambda h, c, t: '.' + t.split('.', 1)[1],
    'header-respelled': lambda h, c, t: f'{encode(json.dumps(h, indent=1))}.{t.split(".", 1)[1]}',
    'header-with-crit': lambda h, c, t: f'{encode(h | {"crit": ["exp"]})}.{t.split(".", 1)[1]}',
    'dots-alone': lambda h, c, t: '..',
    'four-parts': lambda h, c, t: t + '.x',
    'five-parts': lambda h, c, t: t + '.x.y',
    'two-parts': lambda h, c, t: t.partition('.')[2],
    'json-form': lambda h, c, t: json.dumps(dict(zip(('protected', 'payload', 'signature'), t.split('.')))),
    'space-inside': lambda h, c, t: t.replace('.', '. ', 1),
    'huge': lambda h, c, t: t.partition('.')[0] + '.' + 'A' * 7_000 + '.' + t.rpartition('.')[2],
}


@pytest.mark.parametrize('how', WITHOUT_KEY)
def test_without_a_key(stack, service, watcher, how):
    """RFC8725-3.1-2"""
    token = token_of(stack, service)
    header, claims = take_apart(token)
    made = WITHOUT_KEY[how](header, claims, token)
    counts_nowhere(stack, watcher, made, token)


KEYS_OF_THE_ATTACKER = {
    'same-kid': {}, 'own-kid': {'kid': 'own'}, 'no-kid': {'kid': None}, 'empty-kid': {'kid': ''},
    'kid-path': {'kid': '../../../../dev/null'}, 'kid-sql': {'kid': "x' UNION SELECT 'a"}, 'kid-glob': {'kid': '*'},
    'kid-redis': {'kid': 'x\r\nFLUSHALL'}, 'kid-url': {'kid': 'https://attacker.example/key'},
    'kid-list': {'kid': ['own']}, 'kid-command': {'kid': '|id'}, 'kid-nul': {'kid': '\0'},
    'embedded-jwk': {'jwk': 'PUBLIC'}, 'jku': {'jku': 'http://127.0.0.1:1/jwks.json'},
    'jku-of-the-issuer': {'jku': 'ISSUER/redirect?https://attacker.example'}, 'x5u': {'x5u': 'http://127.0.0.1:1/x'},
    'x5c': {'x5c': ['MIIB']}, 'jwk-and-kid': {'jwk': 'PUBLIC', 'kid': 'KID'}, 'x5t': {'x5t': 'x'},
}


@pytest.mark.parametrize('how', KEYS_OF_THE_ATTACKER)
def test_with_the_attackers_key(stack, service, watcher, attackers, how):
    """RFC8725-3.1-1"""
    header, claims = take_apart(token_of(stack, service))
    values = {'PUBLIC': attackers.jwk, 'KID': attackers.kid}
    for name, value in KEYS_OF_THE_ATTACKER[how].items():
        value = values.get(value, value) if isinstance(value, str) else value
        if value is None:
            header.pop(name)
        else:
            header[name] = value.replace('ISSUER', stack.base) if isinstance(value, str) else value
    counts_nowhere(stack, watcher, attackers.signed(header, claims))


def public_texts(stack, kid):
    """What an attacker could use as a shared secret: everything public, in every encoding."""
    jwk = next(key for key in stack.send('GET', '/.well-known/jwks.json').json['keys'] if key['kid'] == kid)
    x, y = decode(jwk['x']), decode(jwk['y'])
    public = ec.EllipticCurvePublicNumbers(int.from_bytes(x, 'big'), int.from_bytes(y, 'big'),
                                           ec.SECP256R1()).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return {'pem': pem, 'pem-stripped': pem.strip(),
            'der': public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
            'point': b'\4' + x + y, 'x': x, 'jwk': json.dumps(jwk, separators=(',', ':')).encode(),
            'kid': kid.encode(), 'empty': b'', 'zeros': bytes(32), 'issuer': stack.base.encode(), 'secret': b'secret'}


PUBLIC = ['pem', 'pem-stripped', 'der', 'point', 'x', 'jwk', 'kid', 'empty', 'zeros', 'issuer', 'secret']


@pytest.mark.parametrize('secret', PUBLIC)
def test_the_public_key_as_a_shared_secret(stack, service, watcher, secret):
    """RFC8725-2.1-1"""
    header, claims = take_apart(token_of(stack, service))
    key = public_texts(stack, header['kid'])[secret]
    for typ in ('JWT', 'at+jwt'):
        for kid in ({'kid': header['kid']}, {}):
            counts_nowhere(stack, watcher, hmac_signed({'alg': 'HS256', 'typ': typ} | kid, claims, key))


def test_the_shared_secret_does_not_speak_for_a_key_pair(stack, service, watcher):
    """RFC8725-3.1-1"""
    token = token_of(stack, service)
    header, claims = take_apart(token)
    for changed in ({'alg': 'ES256'}, {'alg': 'HS256'}, {'alg': 'HS256', 'typ': 'JWT'}):
        made = hmac_signed(header | changed, claims | {'sub': 'admin'}, SHARED_SECRET.encode())
        assert 'admin' not in stack.call_api(made).body
        assert stack.introspect(watcher, made).json.get('sub') != 'admin'


CLAIMS = {
    'other-issuer': {'iss': 'https://attacker.example'}, 'issuer-with-slash': {'iss': 'ISSUER/'},
    'issuer-in-capitals': {'iss': 'ISSUER-UPPER'}, 'no-issuer': {'iss': None}, 'issuer-list': {'iss': ['ISSUER']},
    'expired': {'exp': 1}, 'expires-now': {'exp': 'NOW'}, 'no-expiry': {'exp': None},
    'expiry-as-text': {'exp': '99999999999'},
    'expiry-as-fraction': {'exp': 1e11}, 'expiry-negative': {'exp': -1}, 'expiry-true': {'exp': True},
    'other-audience': {'aud': 'https://api.example'}, 'no-audience': {'aud': None}, 'audience-empty': {'aud': ''},
    'audience-list': {'aud': ['https://api.example', 'https://other.example']}, 'audience-client': {'aud': 'CLIENT'},
    'no-jti': {'jti': None}, 'jti-number': {'jti': 7}, 'subject-number': {'sub': 7}, 'scope-list': {'scope': ['read']},
    'client-object': {'client_id': {}},
}


@pytest.mark.parametrize('how', CLAIMS)
def test_a_good_signature_is_not_enough(stack, service, watcher, leaked, how):
    """RFC9068-4-1"""
    _, claims = take_apart(token_of(stack, service))
    words = {'ISSUER/': stack.base + '/', 'ISSUER-UPPER': stack.base.upper(), 'NOW': int(time.time()),
             'CLIENT': service.id}
    for name, value in CLAIMS[how].items():
        if value is None:
            claims.pop(name)
        else:
            claims[name] = words.get(value, value) if isinstance(value, str) else value
    made = leaked.signed(good_header(leaked), claims)
    assert stack.call_api(made).status == 401
    refused_by_userinfo(stack.userinfo(made), 401, 'invalid_token')
    if 'audience' not in how or how in ('no-audience', 'audience-empty', 'audience-list'):
        assert stack.introspect(watcher, made).json == {'active': False}


TYPES = ['JWT', 'jwt', 'at-jwt', 'AT+JWT', 'id+jwt', 'logout+jwt', 'secevent+jwt', 'dpop+jwt', 'oauth-authz-req+jwt',
         '', 'application/at+jwt ', 'at+jwt\0']


@pytest.mark.parametrize('typ', TYPES)
def test_a_token_of_another_type(stack, service, watcher, leaked, typ):
    """RFC9068-4-1"""
    _, claims = take_apart(token_of(stack, service))
    counts_nowhere(stack, watcher, leaked.signed(good_header(leaked) | {'typ': typ}, claims))


def test_a_token_without_a_type(stack, service, watcher, leaked):
    """RFC9068-4-1"""
    _, claims = take_apart(token_of(stack, service))
    counts_nowhere(stack, watcher, leaked.signed({'alg': 'ES256', 'kid': leaked.kid}, claims))


SPELLINGS = {
    'claim-twice': lambda c: json.dumps(c)[:-1] + ', "sub": "admin"}', 'array': lambda c: json.dumps([c]),
    'text': lambda c: json.dumps(json.dumps(c)), 'trailing-comma': lambda c: json.dumps(c)[:-1] + ',}',
    'comment': lambda c: json.dumps(c) + '/* */', 'two-objects': lambda c: json.dumps(c) * 2,
    'not-a-number': lambda c: json.dumps(c)[:-1] + ', "x": NaN}', 'deep': lambda c: json.dumps(c)[:-1] + ', "x": '
    + '[' * 1000 + ']' * 1000 + '}', 'invalid-utf8': lambda c: json.dumps(c).encode()[:-1] + b', "x": "\xff"}',
    'byte-order-mark': lambda c: '\ufeff' + json.dumps(c), 'utf16': lambda c: json.dumps(c).encode('utf-16'),
}


@pytest.mark.parametrize('how', SPELLINGS)
def test_json_that_readers_disagree_about(stack, service, watcher, leaked, how):
    """RFC7515-5.2-4"""
    _, claims = take_apart(token_of(stack, service))
    counts_nowhere(stack, watcher, leaked.signed(good_header(leaked), SPELLINGS[how](claims)))


@pytest.mark.parametrize('header', [{'crit': ['x'], 'x': 1}, {'crit': []}, {'b64': False},
                                    {'b64': False, 'crit': ['b64']}, {'zip': 'DEF', 'crit': ['zip']}],
                         ids=['unknown', 'empty', 'b64', 'b64-crit', 'zip'])
def test_a_header_that_must_be_understood(stack, service, watcher, leaked, header):
    """RFC7515-4.1.11-1"""
    _, claims = take_apart(token_of(stack, service))
    counts_nowhere(stack, watcher, leaked.signed(good_header(leaked) | header, claims))


def test_a_signature_in_der(stack, service, watcher, leaked):
    """RFC7515-5.2-8"""
    _, claims = take_apart(token_of(stack, service))
    text = f'{encode(good_header(leaked))}.{encode(claims)}'
    counts_nowhere(stack, watcher, f'{text}.{encode(leaked.der(text))}')


def test_a_forged_token_of_a_trusted_key_is_not_active(stack, service, watcher, leaked):
    """STILE-security-26 introspection checks the record: a token that was never issued is inactive"""
    _, claims = take_apart(token_of(stack, service))
    for jti in ('a' * 18, claims['jti'][:12] + 'aaaaaa', claims['jti'] + 'a', '*', claims['jti'][:17]):
        made = leaked.signed(good_header(leaked), claims | {'jti': jti})
        assert stack.introspect(watcher, made).json == {'active': False}


def test_a_key_that_was_retired_signs_no_more(stack, watcher):
    """STILE-security-26"""
    client = stack.client('--grant-type', 'client_credentials', '--access-token-alg', 'EdDSA')
    stack.admin('keys', 'rotate', '--alg', 'EdDSA')
    token = token_of(stack, client)
    assert stack.call_api(token).status == 200
    kid = take_apart(token)[0]['kid']
    stack.admin('keys', 'retire', kid)
    deadline = time.monotonic() + 30
    while stack.call_api(token).status == 200:  # the functions cache keys for at most five seconds
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert stack.call_api(token).status == 401


# The shared secret --------------------------------------------------------------------------------------------------

def test_a_holder_of_the_shared_secret_forges_no_token(stack, sharing, watcher):
    """STILE-security-26"""
    header, claims = take_apart(token_of(stack, sharing))
    for jti in ('a' * 18, claims['jti'][:12] + 'aaaaaa', '', None, '*'):
        made = claims | {'jti': jti, 'sub': 'admin'}
        if jti is None:
            made.pop('jti')
        counts_nowhere(stack, watcher, hmac_signed(header, made, SHARED_SECRET.encode()))


def test_a_holder_of_the_shared_secret_changes_no_subject_or_scope(stack, sharing, watcher):
    """STILE-security-26 the record decides the subject and the scope"""
    header, claims = take_apart(token_of(stack, sharing))
    made = hmac_signed(header, claims | {'sub': 'admin', 'scope': 'read write admin'}, SHARED_SECRET.encode())
    assert stack.call_api(made).json == {'message': f'Hello, client {sharing.id}! This is a protected route.'}
    told = stack.introspect(watcher, made).json
    assert (told['sub'], told['scope'], told['client_id']) == (sharing.id, 'read write', sharing.id)
    counts_nowhere(stack, watcher, hmac_signed(header, claims | {'client_id': 'demo'}, SHARED_SECRET.encode()))


def test_a_holder_of_the_shared_secret_makes_no_opaque_token_from_a_jti(stack, sharing, web, watcher):
    """STILE-security-26"""
    access = stack.tokens(web)['access_token']
    header, claims = take_apart(token_of(stack, sharing))
    made = hmac_signed(header, claims | {'jti': access[:18]}, SHARED_SECRET.encode())
    counts_nowhere(stack, watcher, made)
    assert stack.is_active(watcher, access)


@pytest.mark.parametrize('changed', [{'iss': 'https://attacker.example'}, {'exp': 1}, {'aud': 'https://api.example'}],
                         ids=['issuer', 'expired', 'audience'])
def test_a_shared_secret_is_not_enough_either(stack, sharing, changed):
    """RFC9068-4-1"""
    header, claims = take_apart(token_of(stack, sharing))
    assert stack.call_api(hmac_signed(header, claims | changed, SHARED_SECRET.encode())).status == 401


@pytest.mark.parametrize('header', [{'typ': 'at+jwt'}, {'alg': 'HS512'}, {'alg': 'none'}, {'kid': 'x'}, {'typ': 'jwt'}],
                         ids=['typ', 'hs512', 'none', 'kid', 'typ-small'])
def test_a_header_of_another_kind_with_the_shared_secret(stack, sharing, watcher, header):
    """RFC8725-3.1-1"""
    usual, claims = take_apart(token_of(stack, sharing))
    counts_nowhere(stack, watcher, hmac_signed(usual | header, claims, SHARED_SECRET.encode()))
