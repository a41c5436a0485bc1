#!/bin/bash
# What the claim at_hash is in an ID token signed with EdDSA depends on the library that reads it.
#
# OpenID Connect Core 1.0 §3.1.3.6 takes the hash "used in the alg Header Parameter", and EdDSA (RFC 8037) has none of its own
# there. Guess before the run: all libraries take SHA-512, as Ed25519 does inside.
#
# Seen 2026-11-30:
#   oidc-token-hash 5.2.0 (npm; used by openid-client)  Ed25519: the left half of SHA-512; Ed448: of SHAKE256; without the curve: an error
#   Authlib 1.2.0 (Debian 12), 1.6.0 (Debian 13)        no value at all (None), so that no at_hash is ever right
#   PyJWT 2.6.0 (Debian 12), 2.10.1 (Debian 13)         2.6.0 offers no hash for any algorithm; 2.10.1 raises NotImplementedError for EdDSA alone
# So a provider whose clients choose EdDSA must leave at_hash out, which the code flow allows (§3.1.3.6: OPTIONAL).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund oidc-token-hash@5.2.0
apt-get -qq download python3-authlib python3-jwt 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" debian; done

cat > hash.mjs <<'JS'
import hash from 'oidc-token-hash';
const say = (...words) => console.log('oidc-token-hash', ...words);
for (const [alg, curve] of [['RS256'], ['EdDSA', 'Ed25519'], ['EdDSA', 'Ed448'], ['EdDSA']]) {
  try { say(alg, curve ?? '-', hash.generate('token', alg, curve)); } catch (error) { say(alg, curve ?? '-', error.message); }
}
JS
cat > hash.py <<'PY'
import authlib
import jwt
from authlib.oidc.core.util import create_half_hash
for alg in ('RS256', 'EdDSA'):
    print('authlib', alg, create_half_hash('token', alg))
for alg in ('RS256', 'EdDSA'):
    algorithm = jwt.get_algorithm_by_name(alg)
    try:
        print('pyjwt', alg, len(algorithm.compute_hash_digest(b'token')))
    except (AttributeError, NotImplementedError) as error:
        print('pyjwt', alg, type(error).__name__)
print('versions', authlib.__version__, jwt.__version__)
PY
seen=$(node hash.mjs; PYTHONPATH=debian/usr/lib/python3/dist-packages /usr/bin/python3 hash.py)
echo "$seen"

expect() { grep -qxF -- "$1" <<<"$seen" || { echo "changed: no line \"$1\"" >&2; exit 1; }; }
expect 'oidc-token-hash RS256 - PEaenWxYddN6Q_NT1PiOYQ'
expect 'oidc-token-hash EdDSA Ed25519 ImXaughy_DrvFp0Hk2XlkPDLyO1GwqeYTIpkKAPP2Ww'
expect 'oidc-token-hash EdDSA Ed448 ZpsVsPHyCxw-L854tH1BSHo_uyeotZeU9GcDngReCYbbGANfhQ0WKs70DNeb3r5aEWB26f_H-CGq'
expect 'oidc-token-hash EdDSA - unrecognized or invalid EdDSA curve provided'
expect "authlib RS256 b'PEaenWxYddN6Q_NT1PiOYQ'"
expect 'authlib EdDSA None'
case $seen in
*'versions 1.2.0 2.6.0'*) expect 'pyjwt RS256 AttributeError'; expect 'pyjwt EdDSA AttributeError' ;;
*'versions 1.6.0 2.10.1'*) expect 'pyjwt RS256 32'; expect 'pyjwt EdDSA NotImplementedError' ;;
*) echo 'changed: other versions' >&2; exit 1 ;;
esac
