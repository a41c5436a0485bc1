"""Signed tokens as an attacker makes them: any header, any claims, any key."""
import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature


def encode(data):
    """base64url of bytes, text or a JSON value."""
    if not isinstance(data, (bytes, str)):
        data = json.dumps(data)
    return base64.urlsafe_b64encode(data.encode() if isinstance(data, str) else data).rstrip(b'=').decode()


def decode(part):
    return base64.urlsafe_b64decode(part + '=' * (-len(part) % 4))


def take_apart(token):
    header, payload, _ = token.split('.')
    return json.loads(decode(header)), json.loads(decode(payload))


def hmac_signed(header, claims, secret):
    text = f'{encode(header)}.{encode(claims)}'
    return f'{text}.{encode(hmac.new(secret, text.encode(), hashlib.sha256).digest())}'


class EcKey:
    """The attacker's P-256 key."""

    def __init__(self):
        self.private = ec.generate_private_key(ec.SECP256R1())
        numbers = self.private.public_key().public_numbers()
        self.members = {'crv': 'P-256', 'kty': 'EC', 'x': encode(numbers.x.to_bytes(32, 'big')),
                        'y': encode(numbers.y.to_bytes(32, 'big'))}
        # RFC 7638
        self.kid = encode(hashlib.sha256(json.dumps(self.members, separators=(',', ':')).encode()).digest())

    @property
    def jwk(self):
        return self.members | {'kid': self.kid, 'alg': 'ES256', 'use': 'sig'}

    def signature(self, text):
        r, s = decode_dss_signature(self.der(text))
        return r.to_bytes(32, 'big') + s.to_bytes(32, 'big')

    def der(self, text):
        return self.private.sign(text.encode(), ec.ECDSA(hashes.SHA256()))

    def signed(self, header, claims):
        text = f'{encode(header)}.{encode(claims)}'
        return f'{text}.{encode(self.signature(text))}'
