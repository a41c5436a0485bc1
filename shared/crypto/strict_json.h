// Reading JSON objects that decide about keys and signatures: one text, one meaning.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace stile {

// What a JWK, a JWK set or a JWS may measure, in bytes.
inline constexpr std::size_t jose_size_limit = 16 * 1024;

// Nothing for text that is no JSON object, is not UTF-8, is over `size_limit`, names a member twice at any depth
// (RFC 7515 §4, RFC 7517 §4: refused or last one wins; here refused) or nests deeper than 8. Thread-safe.
std::optional<nlohmann::json> parse_strict_object(std::string_view text, std::size_t size_limit = jose_size_limit);

} // namespace stile
