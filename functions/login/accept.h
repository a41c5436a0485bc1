// A login is accepted here and nowhere else, whoever authenticated the user: the page of login.cpp, or a program in its
// place, for which nginx asks at /stile/accept-login (README.md beside this file is the contract).
#pragma once

#include "shared/endpoint/browser.h"
#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <optional>
#include <string_view>

namespace stile::login {

inline constexpr std::string_view accepting_path = "/stile/accept-login";

// Begins the session, records login_succeeded and goes on to /approve. Nothing when the password that was checked has
// been changed meanwhile.
Result<std::optional<Response>> accept_login(const Login& login, const OwnRequest& own, const Request& request,
                                             Context& context);

// The same for a login that the query describes. nginx has it from the program, and never from a browser.
Result<Response> accept_from_program(const Request& request, Context& context);

} // namespace stile::login
