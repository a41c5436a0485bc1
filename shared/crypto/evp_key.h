// Converts between the numbers of a JWK and OpenSSL's EVP_PKEY. Only for jwk.cpp; other files use Jwk and SigningKey.
#pragma once

#include "shared/base/secret.h"
#include "shared/crypto/jws_algorithm.h"

#include <map>
#include <memory>
#include <span>
#include <string_view>

struct evp_pkey_st; // EVP_PKEY: no header of Stile includes OpenSSL's

namespace stile {

// Reading it (to sign, verify or export) is thread-safe.
using EvpKey = std::shared_ptr<evp_pkey_st>;

// The decoded members of a JWK by name: n, e, x, y, d, … as big-endian numbers.
using KeyNumbers = std::map<std::string_view, Secret>;

// The members that the `kty` of an algorithm requires (RFC 7518 §6, RFC 8037 §2). oct has neither curve nor public
// numbers.
struct KeyShape {
    std::string_view kty;
    std::string_view crv; // empty if there is none
    std::span<const std::string_view> public_names; // in the order in which they are written
    std::span<const std::string_view> private_names;
};
const KeyShape& shape_of(JwsAlgorithm algorithm);

// RSA of 2048 bits, P-256 or Ed25519. Throws if OpenSSL fails: then no safe operation is possible. Not for HS256.
EvpKey generate_evp_key(JwsAlgorithm algorithm);

// Nothing if the numbers are not a key: a point off the curve, RSA parts that do not belong together, a private number
// that does not match the public ones. The caller checks the lengths. RSA costs 3 ms, a private RSA key 40.
EvpKey make_evp_key(JwsAlgorithm algorithm, const KeyNumbers& numbers, bool is_private);

// One number of a key in the format of a JWK: RSA's without leading zeros, the others 32 bytes.
Secret number_of(const EvpKey& key, JwsAlgorithm algorithm, std::string_view name);

} // namespace stile
