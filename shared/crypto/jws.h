// JSON Web Signatures in the compact serialization (RFC 7515 §7.1): header.payload.signature.
//
//   const auto token = TRY(sign_jws(claims, "at+jwt", key));
//   const auto jws   = TRY(verify_jws(token, key.public_key()));       // then look at jws.header.typ and the claims
//
// The key says which algorithm is meant and the header has to agree, so neither "none" nor another algorithm's name
// leads anywhere (RFC 8725 §3.1). What the payload says is the caller's to judge. All functions are thread-safe.
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
    malformed, // not three parts of canonical base64url, or no header that could be read
    critical_header, // `crit` or `b64`: Stile understands no extension
    wrong_algorithm, // none, unknown, not the key's, not allowed
    unknown_key, // no key, or more than one, in the set for this algorithm and kid
    bad_signature,
};

std::string_view to_string(JwsError error);

// What callers look at; other members are ignored, and nothing is ever fetched (jku, x5u).
struct JwsHeader {
    JwsAlgorithm algorithm;
    std::string typ; // empty when absent, as it stands otherwise: "JWT", "at+jwt"
    std::string kid; // empty when absent
};

struct Jws {
    JwsHeader header;
    std::string payload; // bytes, any
};

// Header {"alg", "typ", "kid"} in this order; an empty typ and an empty kid are left out. Only too_large can be the
// error. Throws when OpenSSL cannot sign.
Expected<std::string, JwsError> sign_jws(std::string_view payload, std::string_view typ, const SigningKey& key);

// Under the key that the caller has chosen; a kid in the header is not compared.
Expected<Jws, JwsError> verify_jws(std::string_view compact, const Jwk& key);

// Under the key of the set that the header's algorithm, one of those allowed, and kid point to.
Expected<Jws, JwsError> verify_jws(std::string_view compact, const JwkSet& keys, std::span<const JwsAlgorithm> allowed);

// The header, checked for all but the signature: nobody vouches for it yet. To find out whose key to take.
Expected<JwsHeader, JwsError> read_jws_header(std::string_view compact);

} // namespace stile
