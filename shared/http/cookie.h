// RFC 6265: reading the Cookie header (§5.4) and writing Set-Cookie (§4.1).
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

// The pairs in the order sent (older cookies first); pieces without '=' are dropped.
std::vector<std::pair<std::string_view, std::string_view>> parse_cookies(std::string_view header);

// Whether cookies are sent over https only, and therefore have the prefix that browsers enforce.
enum class CookieScope { https, loopback_http };

// "__Host-" + name on https (RFC 6265bis §4.1.3.2: no subdomain or http page can set it), otherwise the plain name.
std::string cookie_name(std::string_view name, CookieScope scope);

// HttpOnly; SameSite=Lax; Path=/; Secure on https. `lifetime` in seconds; 0 deletes the cookie.
std::string set_cookie(std::string_view name, std::string_view value, Seconds lifetime, CookieScope scope);

} // namespace stile
