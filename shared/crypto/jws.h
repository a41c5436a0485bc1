// JSON Web Signatures in the compact serialization (RFC 7515 §7.1): header.payload.signature.
//
//   const auto token = TRY(sign_jws(claims, "at+jwt", key));
//   const auto jws   = TRY(verify_jws(token, key.public_key()));       // then look at jws.header.typ and the claims
//
// The key determines the algorithm and the header must agree, so neither "none" nor another algorithm's name is
// accepted (RFC 8725 §3.1). The caller checks the payload. All functions are thread-safe.
#pragma once

#include "shared/base/result.h"
#include "shared/crypto/jwk.h"
#include "shared/crypto/jwk_set.h"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace stile {

// The longest JWS that is signed or verified, in bytes, signature included.
inline constexpr std::size_t jose_size_limit = 16 * 1024;

enum class JwsError {
    too_large, // over jose_size_limit
    malformed, // not three parts of canonical base64url, or an invalid header
    critical_header, // `crit` or `b64`: Stile understands no extension
    wrong_algorithm, // none, unknown, not the key's, not allowed
    unknown_key, // no key, or more than one, in the set for this algorithm and kid
    bad_signature,
};

std::string_view to_string(JwsError error);

// The members that callers use; other members are ignored, and nothing is ever fetched (jku, x5u).
struct JwsHeader {
    JwsAlgorithm algorithm;
    std::string typ; // empty if absent, otherwise unchanged: "JWT", "at+jwt"
    std::string kid; // empty when absent
};

struct Jws {
    JwsHeader header;
    std::string payload; // bytes, any
};

// Header {"alg", "typ", "kid"} in this order; an empty typ and an empty kid are left out. The only error is too_large.
// Throws if OpenSSL cannot sign. With an RSA key the fiber waits for a helper thread.
Expected<std::string, JwsError> sign_jws(std::string_view payload, std::string_view typ, const SigningKey& key);

// Verifies with the key that the caller has chosen; a kid in the header is not compared.
Expected<Jws, JwsError> verify_jws(std::string_view compact, const Jwk& key);

// Verifies with the key of the set that has the header's algorithm, one of those allowed, and kid.
Expected<Jws, JwsError> verify_jws(std::string_view compact, const JwkSet& keys, std::span<const JwsAlgorithm> allowed);

// The header without a check of the signature: it is not trustworthy. Use it only to choose the key.
Expected<JwsHeader, JwsError> read_jws_header(std::string_view compact);

} // namespace stile
