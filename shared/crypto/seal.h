// Encryption with a key derived from a token's secret, so that only the holder of the token can decrypt.
#pragma once

#include "shared/base/secret.h"
#include "shared/crypto/random.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// AES-256-GCM (NIST SP 800-38D) under HKDF-SHA256(secret, info = purpose) (RFC 5869).
// Returns base64 text: nonce (12 bytes), ciphertext, tag (16 bytes).
std::string seal(std::string_view plaintext, const Secret& secret, std::string_view purpose, Random& random);

// Nothing if the text was changed or sealed with another secret or purpose.
std::optional<Secret> unseal(std::string_view sealed, const Secret& secret, std::string_view purpose);

} // namespace stile
