// Keys that sign and keys that verify, as JSON Web Keys (RFC 7517, RFC 7518 §6, RFC 8037 §2).
//
// A key is bound to one algorithm from its birth, so nothing that a token says can make it serve another one.
//   auto key = SigningKey::generate(JwsAlgorithm::es256);      // key.public_key().to_json() goes into the JWK set
//   const Secret stored = key.to_json();                       // to be sealed by the caller, see seal.h
//   auto again = SigningKey::from_json(stored);
// Objects do not change after they were made: reading, signing and verifying are thread-safe. Copies are cheap.
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
    malformed, // no JSON object, over 16 kB, a member twice
    missing_member, // one that its kty requires
    bad_value, // wrong type, not canonical base64url, wrong length, leading zeros
    private_member, // d, p, q, dp, dq, qi, oth, k or priv in what should be public
    unsupported, // a kty, crv or alg that Stile does not know; RSA over 4096 bits or of more than two primes
    not_for_signatures, // `use` or `key_ops` says so
    algorithm_mismatch, // `alg`, kty and the algorithm that was asked for do not agree
    algorithm_missing, // an RSA key without `alg`, and none was asked for
    weak_key, // RSA under 2048 bits or with an exponent that is even or below 65537; a shared secret under 32 bytes
    inconsistent, // the numbers are no key: a point off the curve, parts that do not belong together
};

// A phrase for an error_description; never a part of the key.
std::string_view to_string(JwkError error);

// What verifies: a public key, or the shared secret of HS256.
class Jwk {
public:
    // A public JWK. Its algorithm is the one asked for, or its `alg` (they must agree), or for EC and OKP the only
    // one there is. Members that Stile does not know are ignored (RFC 7517 §4), x5c and its kin among them.
    // Importing RSA costs some 3 ms, as OpenSSL tests the modulus: to be kept, not repeated for each request.
    static Expected<Jwk, JwkError> from_json(std::string_view json,
                                             std::optional<JwsAlgorithm> algorithm = std::nullopt);

    JwsAlgorithm algorithm() const { return m_algorithm; }

    // The JWK's own, or else its thumbprint. A key for HS256 has none unless its JWK names one: a digest of a shared
    // secret is not for the public (RFC 7638 §7).
    const std::string& kid() const { return m_kid; }

    // {"kty", "crv", "x", "y" or "n", "e", "kid", "use", "alg"} in this order. Nothing for HS256: all of it is secret.
    std::optional<std::string> to_json() const;

    // RFC 7638 with SHA-256, base64url: 43 characters. Nothing for HS256.
    std::optional<std::string> thumbprint() const;

    // False for whatever goes wrong. HS256 compares in constant time.
    bool verify(std::string_view message, std::string_view signature) const;

private:
    friend class SigningKey;
    Jwk(JwsAlgorithm algorithm, std::string kid, std::shared_ptr<evp_pkey_st> key, Secret shared_secret);

    JwsAlgorithm m_algorithm;
    std::string m_kid;
    std::shared_ptr<evp_pkey_st> m_key; // none for HS256; a SigningKey's with its private half, which stays inside
    Secret m_shared_secret; // of HS256 alone
};

// What signs.
class SigningKey {
public:
    // RSA of 2048 bits (some 100 ms), P-256, Ed25519, or 32 random bytes for HS256. Its kid is its thumbprint, none
    // for HS256. Throws when OpenSSL cannot generate.
    static SigningKey generate(JwsAlgorithm algorithm);

    // A private JWK, checked like a public one and for its parts belonging together (RSA: some 40 ms).
    // An RSA key must have all of d, p, q, dp, dq, qi.
    static Expected<SigningKey, JwkError> from_json(const Secret& json,
                                                    std::optional<JwsAlgorithm> algorithm = std::nullopt);

    // HS256 with the bytes as they are; weak_key for less than 32 (RFC 7518 §3.2). No kid.
    static Expected<SigningKey, JwkError> from_shared_secret(const Secret& secret);

    JwsAlgorithm algorithm() const { return m_public.m_algorithm; }
    const std::string& kid() const { return m_public.m_kid; }

    // What verifies the signatures of this key.
    const Jwk& public_key() const { return m_public; }

    // The private JWK: as public_key().to_json(), with the private members before kid.
    Secret to_json() const;

    // A JWS signature's bytes (RFC 7518 §3, RFC 8037 §3.1). Throws when OpenSSL cannot sign.
    std::string sign(std::string_view message) const;

private:
    explicit SigningKey(Jwk both) : m_public(std::move(both)) {}

    Jwk m_public;
};

} // namespace stile
