// Keys between the numbers of a JWK and OpenSSL's EVP_PKEY, for jwk.cpp alone; everybody else takes Jwk and SigningKey.
#pragma once

#include "shared/base/secret.h"
#include "shared/crypto/jws_algorithm.h"

#include <map>
#include <memory>
#include <span>
#include <string_view>

struct evp_pkey_st; // EVP_PKEY: no header of ours includes OpenSSL's

namespace stile {

// Reading it (sign, verify, export) is thread-safe.
using EvpKey = std::shared_ptr<evp_pkey_st>;

// The bytes of a JWK's members by their names, decoded: n, e, x, y, d, … Big-endian numbers.
using KeyNumbers = std::map<std::string_view, Secret>;

// What the `kty` of an algorithm demands (RFC 7518 §6, RFC 8037 §2). oct has neither curve nor public numbers.
struct KeyShape {
    std::string_view kty;
    std::string_view crv; // empty where there is none
    std::span<const std::string_view> public_names; // in the order in which they are written
    std::span<const std::string_view> private_names;
};
const KeyShape& shape_of(JwsAlgorithm algorithm);

// RSA of 2048 bits, P-256 or Ed25519. Throws when OpenSSL cannot, as it then can do nothing safely. Not for HS256.
EvpKey generate_evp_key(JwsAlgorithm algorithm);

// Nothing when the numbers are no key: a point off the curve, RSA parts that do not belong together, a private
// number that does not fit the public ones. Lengths are the caller's to check. RSA costs 3 ms, a private one 40.
EvpKey make_evp_key(JwsAlgorithm algorithm, const KeyNumbers& numbers, bool is_private);

// One number of a key as a JWK wants it: RSA's without leading zeros, the others 32 bytes.
Secret number_of(const EvpKey& key, JwsAlgorithm algorithm, std::string_view name);

} // namespace stile
