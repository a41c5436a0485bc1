// SHA-256, HMAC, and comparison in constant time.
#pragma once

#include "shared/base/secret.h"

#include <string>
#include <string_view>

namespace stile {

std::string sha256(std::string_view bytes); // 32 bytes
std::string sha256_base64url(std::string_view bytes); // 43 characters
std::string hmac_sha256(std::string_view key, std::string_view message); // 32 bytes

// The time depends only on the lengths.
bool equal_in_constant_time(std::string_view a, std::string_view b);

} // namespace stile
