// RFC 4648: base64 (§4) and base64url without padding (§5). Decoding is strict: one text for each value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stile {

std::string base64_encode(std::string_view bytes);
std::string base64url_encode(std::string_view bytes);

// Nothing for characters outside the alphabet, wrong length, wrong padding or non-zero pad bits.
std::optional<std::string> base64_decode(std::string_view text);

// The same for base64url, which has no padding: "=" is outside its alphabet. "" decodes to "".
std::optional<std::string> base64url_decode(std::string_view text);

} // namespace stile
