// The login page, /login?request=<id>, and the endpoint of a login program in its place (README.md beside this file).
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::login {

// GET shows the form, or redirects to /approve if the user is logged in already (not with prompt=login, by which a user
// can switch accounts). POST checks the password, begins a session and redirects to /approve. /stile/accept-login
// accepts the login of another program from nginx (accept.h): 404 unless the operator has turned it on, 403 for a request
// without nginx's secret.
Response handle(const Request& request, Context& context);

} // namespace stile::login
