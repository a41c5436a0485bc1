// Keys that sign and keys that verify, as JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2).
//
// A key is bound to one algorithm when it is created, so no content of a token can make it use another one.
//   auto key = SigningKey::generate(JwsAlgorithm::es256);      // key.public_key().to_json() goes into the JWK set
//   const Secret stored = key.to_json();                       // to be sealed by the caller, see seal.h
//   auto again = SigningKey::from_json(stored);
// Objects are immutable: reading, signing and verifying are thread-safe. Copies are cheap.
#pragma once

#include "shared/base/result.h"
#include "shared/base/secret.h"
#include "shared/crypto/jws_algorithm.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct evp_pkey_st;

namespace stile {

enum class JwkError {
    malformed, // not a JSON object, over 16 kB, a repeated member
    missing_member, // one that its kty requires
    bad_value, // wrong type, not canonical base64url, wrong length, leading zeros
    private_member, // d, p, q, dp, dq, qi, oth, k or priv in a public key
    unsupported, // an unknown kty, crv or alg; RSA over 4096 bits or of more than two primes
    not_for_signatures, // `use` or `key_ops` says so
    algorithm_mismatch, // `alg`, kty and the requested algorithm do not agree
    algorithm_missing, // an RSA key without `alg`, and no algorithm was requested
    weak_key, // RSA under 2048 bits or with an exponent that is even or below 65537; a shared secret under 32 bytes
    inconsistent, // the numbers are not a key: a point off the curve, parts that do not belong together
};

// A phrase for an error_description; never contains a part of the key.
std::string_view to_string(JwkError error);

// A key that verifies: a public key, or the shared secret of HS256.
class Jwk {
public:
    // A public JWK. Its algorithm is the requested one, or its `alg` (they must agree), or for EC and OKP the only
    // possible one. Unknown members are ignored (RFC 7517 §4), also x5c and similar ones. Importing RSA takes some 3
    // ms, because OpenSSL tests the modulus: keep the result.
    static Expected<Jwk, JwkError> from_json(std::string_view json,
                                             std::optional<JwsAlgorithm> algorithm = std::nullopt);

    JwsAlgorithm algorithm() const { return m_algorithm; }

    // The kid of the JWK, otherwise its thumbprint. A key for HS256 has none unless its JWK has one: a digest of a
    // shared secret must not be published (RFC 7638 §7).
    const std::string& kid() const { return m_kid; }

    // {"kty", "crv", "x", "y" or "n", "e", "kid", "use", "alg"} in this order. Nothing for HS256: all of it is secret.
    std::optional<std::string> to_json() const;

    // RFC 7638 with SHA-256, base64url: 43 characters. Nothing for HS256.
    std::optional<std::string> thumbprint() const;

    // False for any failure. HS256 compares in constant time.
    bool verify(std::string_view message, std::string_view signature) const;

private:
    friend class SigningKey;
    Jwk(JwsAlgorithm algorithm, std::string kid, std::shared_ptr<evp_pkey_st> key, Secret shared_secret);

    JwsAlgorithm m_algorithm;
    std::string m_kid;
    std::shared_ptr<evp_pkey_st> m_key; // null for HS256; with the private half in a SigningKey
    Secret m_shared_secret; // only for HS256
};

// A key that signs.
class SigningKey {
public:
    // RSA of 2048 bits (some 100 ms), P-256, Ed25519, or 32 random bytes for HS256. Its kid is its thumbprint, none for
    // HS256. Throws if OpenSSL cannot generate.
    static SigningKey generate(JwsAlgorithm algorithm);

    // A private JWK, checked like a public one; also checks that its parts belong together (RSA: some 40 ms). An RSA
    // key must have all of d, p, q, dp, dq, qi.
    static Expected<SigningKey, JwkError> from_json(const Secret& json,
                                                    std::optional<JwsAlgorithm> algorithm = std::nullopt);

    // HS256 with these bytes; weak_key for fewer than 32 (RFC 7518 §3.2). No kid.
    static Expected<SigningKey, JwkError> from_shared_secret(const Secret& secret);

    JwsAlgorithm algorithm() const { return m_public.m_algorithm; }
    const std::string& kid() const { return m_public.m_kid; }

    // The key that verifies the signatures of this key.
    const Jwk& public_key() const { return m_public; }

    // The private JWK: as public_key().to_json(), with the private members before kid.
    Secret to_json() const;

    // The bytes of a JWS signature (RFC 7518 §3, RFC 8037 §3.1). Throws if OpenSSL cannot sign.
    std::string sign(std::string_view message) const;

private:
    explicit SigningKey(Jwk both) : m_public(std::move(both)) {}

    Jwk m_public;
};

} // namespace stile
