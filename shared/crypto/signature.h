// The five signature algorithms on bytes, for jwk.cpp alone; everybody else takes Jwk and SigningKey.
#pragma once

#include "shared/crypto/evp_key.h"

#include <string>
#include <string_view>

namespace stile {

// A signature in the form that RFC 7518 §3 and RFC 8037 §3.1 give it in a JWS: for ES256 r || s, 64 bytes.
// `key` must be the kind that the algorithm wants. Throws when OpenSSL cannot sign. Not for HS256. Thread-safe.
std::string make_signature(JwsAlgorithm algorithm, const EvpKey& key, std::string_view message);

// False for whatever goes wrong. Not for HS256: always false. Thread-safe.
bool check_signature(JwsAlgorithm algorithm, const EvpKey& key, std::string_view message, std::string_view signature);

} // namespace stile
