"""A relying party like that of the conformance suite: its requests, and all its checks of every response. It takes all
its knowledge of the provider from discovery."""
import base64
import dataclasses
import functools
import hashlib
import re
import secrets
import time
import urllib.parse

import jwt
import requests

from known_secrets import remember

CALLBACK = '/callback'
REDIRECT_URI = 'https://rp.example' + CALLBACK
SKEW = 300  # seconds that clocks may differ
# OpenID Connect Core §3.1.3.6: at_hash uses the hash of the signature.
HASHES = {'RS256': hashlib.sha256, 'PS256': hashlib.sha256, 'ES256': hashlib.sha256, 'EdDSA': hashlib.sha512}
ERROR_DESCRIPTION = re.compile(r'[\x20-\x21\x23-\x5b\x5d-\x7e]+')  # RFC 6749 §4.1.2.1, §5.2


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b'=').decode()


@dataclasses.dataclass
class Login:
    """One run of the flow, and its results."""
    pages: list  # that were shown to the user
    code: str
    tokens: dict
    claims: dict  # of the ID token
    userinfo: dict


class RelyingParty:
    """Registered with `options` besides its redirect URI. `response_mode`: the requested one, if any; `secret_in`:
    where it sends its secret, header or body."""

    def __init__(self, provider, listener, *options, response_mode=None, secret_in='header'):
        self.listener, self.response_mode, self.secret_in = listener, response_mode, secret_in
        self.client_id, self.client_secret = provider.add_client(REDIRECT_URI, *options)
        self.issuer = provider.issuer
        self.http = requests.Session()
        self.http.trust_env = False
        self.http.verify = provider.certificate

    def ask(self, method, url, **options):
        return self.http.request(method, url, timeout=60, allow_redirects=False, **options)

    # Discovery ----------------------------------------------------------------------------------------------------

    @functools.cached_property
    def provider(self):
        """OpenID Connect Discovery §4."""
        answer = self.ask('GET', self.issuer + '/.well-known/openid-configuration')
        assert (answer.status_code, answer.headers['Content-Type']) == (200, 'application/json'), answer.text
        assert answer.json()['issuer'] == self.issuer
        return answer.json()

    @functools.cached_property
    def keys(self):
        """By kid; every key has a different one."""
        keys = self.ask('GET', self.provider['jwks_uri']).json()['keys']
        by_id = {key['kid']: jwt.PyJWK(key).key for key in keys}
        assert len(by_id) == len(keys)
        return by_id

    # The authorization endpoint -----------------------------------------------------------------------------------

    def parameters(self, **parameters):
        """The parameters of an authorization request; None leaves one out."""
        parameters = {'client_id': self.client_id, 'redirect_uri': REDIRECT_URI, 'response_type': 'code',
                      'scope': 'openid', 'state': secrets.token_urlsafe(12), 'nonce': secrets.token_urlsafe(12),
                      'response_mode': self.response_mode} | parameters
        remember(parameters)
        return {name: value for name, value in parameters.items() if value is not None}

    def url(self, parameters):
        return f'{self.provider["authorization_endpoint"]}?{urllib.parse.urlencode(parameters)}'

    def answer(self, response_mode):
        """The parameters at the redirect URI, sent in the requested mode and in no other."""
        arrival = self.listener.wait(CALLBACK)
        if response_mode != 'form_post':
            assert (arrival.method, arrival.form) == ('GET', {})
            return arrival.query
        # OAuth 2.0 Form Post Response Mode §2
        assert (arrival.method, arrival.content_type) == ('POST', 'application/x-www-form-urlencoded')
        assert arrival.query == {}
        return arrival.form

    def check_error(self, sent, answer, *errors):
        """RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6; one of `errors`."""
        assert answer.get('error') in errors, answer
        assert set(answer) - {'error_description'} == {'error', 'iss'} | ({'state'} & set(sent)), answer
        assert (answer.get('state'), answer['iss']) == (sent.get('state'), self.issuer)
        assert ERROR_DESCRIPTION.fullmatch(answer.get('error_description', ' '))

    def be_refused(self, person, *errors, **parameters):
        """The request is redirected back with one of these errors, and no page is shown."""
        sent = self.parameters(**parameters)
        assert person.visit(self.url(sent)) == []
        assert person.has_landed(), person.page()
        self.check_error(sent, self.answer(sent.get('response_mode')), *errors)

    def be_let_down(self, person, **parameters):
        """The request leads to an error page of the provider, and there is no redirect to the client."""
        assert person.visit(self.url(self.parameters(**parameters))) == []
        assert person.page() == 'This link does not work'
        assert person.status() == 400
        assert person.browser.driver.current_url.startswith(self.issuer + '/')
        assert self.listener.has_no_arrivals()

    def authorize(self, person, by='GET', **parameters):
        """The pages that were shown, the request and the code."""
        sent = self.parameters(**parameters)
        if by == 'POST':
            pages = person.post('https://rp.example/', self.provider['authorization_endpoint'], sent)
        else:
            pages = person.visit(self.url(sent))
        assert person.has_landed(), f'{person.page()}: {person.browser.text()}'
        answer = self.answer(sent.get('response_mode'))
        assert set(answer) == {'code', 'state', 'scope', 'iss'}, answer
        assert (answer['state'], answer['iss']) == (sent['state'], self.issuer)  # RFC 9207 §2.4
        return pages, sent, answer['code']

    def end_session_url(self, parameters):
        return f'{self.provider["end_session_endpoint"]}?{urllib.parse.urlencode(parameters)}'

    # The token endpoint -------------------------------------------------------------------------------------------

    def ask_for_tokens(self, **fields):
        if self.secret_in == 'body':
            return self.ask('POST', self.provider['token_endpoint'],
                            data=fields | {'client_id': self.client_id, 'client_secret': self.client_secret})
        return self.ask('POST', self.provider['token_endpoint'], data=fields, auth=(self.client_id, self.client_secret))

    def ask_with_code(self, code, **fields):
        return self.ask_for_tokens(grant_type='authorization_code', code=code, redirect_uri=REDIRECT_URI, **fields)

    def check_tokens(self, answer):
        """RFC 6749 §5.1, OpenID Connect Core §3.1.3.3."""
        assert answer.status_code == 200, answer.text
        assert answer.headers['Content-Type'].startswith('application/json')
        assert (answer.headers['Cache-Control'], answer.headers.get('Pragma', 'no-cache')) == ('no-store', 'no-cache')
        tokens = answer.json()
        assert tokens['token_type'].lower() == 'bearer'
        assert isinstance(tokens['expires_in'], int) and tokens['expires_in'] > 0
        for token in (tokens['access_token'], tokens.get('refresh_token', tokens['access_token'])):
            assert re.fullmatch(r'[\x20-\x7e]{22,}', token)  # RFC 6749 A.12, A.17; 128 bits of base64 are 22
        return tokens

    def check_refused_tokens(self, answer, error):
        """RFC 6749 §5.2, OpenID Connect Core §3.1.3.4."""
        assert (answer.status_code, answer.json().get('error')) == (400, error), answer.text
        assert answer.headers['Content-Type'].startswith('application/json')
        assert set(answer.json()) <= {'error', 'error_description', 'error_uri'}
        assert ERROR_DESCRIPTION.fullmatch(answer.json().get('error_description', ' '))

    def check_signed(self, token, *required):
        """Header and claims of a token signed by the provider for this client; these and iss, aud, exp, iat are present."""
        header = jwt.get_unverified_header(token)
        assert header['alg'] in self.provider['id_token_signing_alg_values_supported']
        return header, jwt.decode(token, self.keys[header['kid']], algorithms=[header['alg']], audience=self.client_id,
                                  issuer=self.issuer, options={'require': ['iss', 'aud', 'exp', 'iat', *required]})

    def check_id_token(self, tokens, nonce=None):
        """OpenID Connect Core §3.1.3.7: the claims of the ID token, after all checks of that section and of §2."""
        header, claims = self.check_signed(tokens['id_token'], 'sub')
        assert abs(claims['iat'] - time.time()) < SKEW and claims['exp'] > claims['iat']
        assert claims.get('nonce') == nonce
        assert isinstance(claims['aud'], str) or len(claims['aud']) == 1 or 'azp' in claims
        assert claims.get('azp', self.client_id) == self.client_id
        assert isinstance(claims['sub'], str) and 0 < len(claims['sub']) <= 255 and claims['sub'].isascii()
        assert isinstance(claims['auth_time'], int) and claims['auth_time'] <= claims['iat'] + SKEW
        assert isinstance(claims['acr'], str) and claims['acr'] in self.provider['acr_values_supported']
        assert all(isinstance(method, str) for method in claims['amr'])
        digest = HASHES[header['alg']](tokens['access_token'].encode()).digest()
        assert claims['at_hash'] == base64url(digest[:len(digest) // 2])
        return claims

    # The userinfo endpoint ----------------------------------------------------------------------------------------

    def ask_userinfo(self, access_token, method='GET', token_in='header'):
        if token_in == 'body':
            return self.ask(method, self.provider['userinfo_endpoint'], data={'access_token': access_token})
        return self.ask(method, self.provider['userinfo_endpoint'], headers={'Authorization': f'Bearer {access_token}'})

    def check_userinfo(self, answer, subject):
        """OpenID Connect Core §5.3.2, §5.3.4."""
        assert answer.status_code == 200, answer.text
        assert answer.headers['Content-Type'].startswith('application/json')
        assert answer.json()['sub'] == subject
        return answer.json()

    # All of it ----------------------------------------------------------------------------------------------------

    def log_in(self, person, by='GET', code_verifier=None, **parameters):
        """From the authorization request to the userinfo, with every check of the suite on the way."""
        pages, sent, code = self.authorize(person, by, **parameters)
        proof = {'code_verifier': code_verifier} if code_verifier else {}
        tokens = self.check_tokens(self.ask_with_code(code, **proof))
        claims = self.check_id_token(tokens, sent.get('nonce'))
        userinfo = self.check_userinfo(self.ask_userinfo(tokens['access_token']), claims['sub'])
        return Login(pages, code, tokens, claims, userinfo)
