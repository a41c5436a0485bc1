// The grant types of this server, by the values of grant_type (RFC 6749 §4.1.3, §6, §4.4, §4.3). STILE_GRANT_TYPES and
// the registration of a client each select some of these.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace stile {

inline constexpr std::array known_grant_types = {
    std::string_view("authorization_code"), std::string_view("refresh_token"), std::string_view("client_credentials"),
    std::string_view("password"), // off unless STILE_GRANT_TYPES names it (RFC 9700 §2.4)
};

constexpr bool is_grant_type(std::string_view text)
{
    return std::ranges::find(known_grant_types, text) != known_grant_types.end();
}

} // namespace stile
