// Accepts every login: that of the page of login.cpp, and that of a login program, for which nginx calls
// /stile/accept-login (README.md beside this file is the contract). The latter is off unless there is a
// STILE_LOGIN_PROGRAM_SECRET, and nginx must present it: any other program that can connect to the socket could log in
// any user.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/endpoint/parked_request.h"
#include "shared/endpoint/session.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

#include <optional>
#include <string_view>

namespace stile::login {

inline constexpr std::string_view accepting_path = "/stile/accept-login";

// Begins the session, records login_succeeded and redirects to /approve. Nothing if the checked password has been
// changed meanwhile.
Result<std::optional<Response>> accept_login(const Login& login, const OwnRequest& own, const Request& request,
                                             Context& context);

// Whether nginx's request for a login program is to be answered with something else: 404 while no secret is set, 403
// without the right one; 0 if it is not.
int refusal_of_program(const Request& request, const Context& context);

// The same for a login that the query describes; refusal_of_program() must be 0. nginx gets the query from the login
// program, never from a browser.
Result<Response> accept_from_program(const Request& request, Context& context);

} // namespace stile::login
