// Writes the flat JSON objects of responses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace stile {

using JsonValue = std::variant<std::string_view, std::int64_t, bool>;
using JsonMembers = std::vector<std::pair<std::string_view, JsonValue>>;

// Members in the given order; bytes that are not UTF-8 become U+FFFD. Absent members are left out, never null.
std::string json_object(const JsonMembers& members);

} // namespace stile
