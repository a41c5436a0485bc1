// The cookies that Stile sets in browsers. A cookie holds a secret; Redis holds its SHA-256; URLs contain neither.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/cookie.h"
#include "shared/http/request.h"
#include "shared/oauth/split_token.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

inline constexpr std::string_view session_cookie = "stile_session"; // session.h
inline constexpr std::string_view request_cookie = "stile_request_"; // + the id of the parked request; parked_request.h
inline constexpr std::string_view browser_cookie = "stile_browser"; // known_browser.h

// https, or http on a loopback address, which allows neither the prefix nor Secure.
CookieScope cookie_scope(const Settings& settings);

// The value of the first cookie of that name, as cookie_name() gives it, or "".
std::string_view cookie_value(const Request& request, const std::string& name);

// A new cookie of an id, which names a record, and a secret of 142 bits.
SplitToken mint_cookie(Context& context);

// The cookie of that name, without prefix. Nothing if the request has none, or a malformed one.
std::optional<SplitToken> find_cookie(std::string_view name, const Request& request, const Context& context);

} // namespace stile
