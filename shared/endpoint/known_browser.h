// Browsers in which a user has logged in before (cookie stile_browser, which lives longer than the session). In such a
// browser failed attempts of strangers do not lock the user out (password_check.h).
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// The id of this browser if `user_name` (canonical) was the last user to log in with it, otherwise nothing. One round
// trip if the browser has the cookie, whether the user exists or not; otherwise none.
Result<std::optional<std::string>> find_known_browser(std::string_view user_name, const Request& request,
                                                      Context& context);

// Records that `user` has logged in with this browser. Returns the Set-Cookie value.
Result<std::string> remember_browser(const User& user, const Request& request, Context& context);

} // namespace stile
