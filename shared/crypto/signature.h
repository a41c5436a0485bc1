// The five signature algorithms on bytes. Only for jwk.cpp; other files use Jwk and SigningKey.
#pragma once

#include "shared/crypto/evp_key.h"

#include <string>
#include <string_view>

namespace stile {

// A signature in the JWS format of RFC 7518 §3 and RFC 8037 §3.1: for ES256 r || s, 64 bytes. `key` must be of the kind
// that the algorithm requires. Throws if OpenSSL cannot sign. Not for HS256. Thread-safe. RSA is computed on a helper thread
// while the fiber waits.
std::string make_signature(JwsAlgorithm algorithm, const EvpKey& key, std::string_view message);

// False for any failure. Always false for HS256. Thread-safe.
bool check_signature(JwsAlgorithm algorithm, const EvpKey& key, std::string_view message, std::string_view signature);

} // namespace stile
