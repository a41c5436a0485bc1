// Scans all keys of a family with SCAN: for the admin command, never for a request.
#pragma once

#include "shared/store/connection.h"

#include <string>
#include <string_view>
#include <vector>

namespace stile {

// The part after `prefix` of every key that begins with it, sorted.
Result<std::vector<std::string>> names_below(Connection& connection, std::string_view prefix);

} // namespace stile
