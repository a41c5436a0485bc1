// Reads JSON objects on which security depends, such as keys, tokens and claims: each text has exactly one meaning.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string_view>

namespace stile {

inline constexpr std::size_t strict_json_size_limit = 16 * 1024; // bytes

// Returns nothing if the text is not a JSON object or not UTF-8, is longer than `size_limit` bytes, repeats a member at
// any depth (RFC 7515 §4 and RFC 7517 §4 allow to refuse, or to use the last one; Stile refuses) or nests deeper than
// 8. Thread-safe.
std::optional<nlohmann::json> parse_strict_object(std::string_view text,
                                                  std::size_t size_limit = strict_json_size_limit);

} // namespace stile
