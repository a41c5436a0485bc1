// The login page, /login?request=<id>, and what a program in its place asks (README.md beside this file).
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::login {

// GET shows the form, or goes on to /approve when somebody is logged in already (unless prompt=login asks for another
// user); POST checks the password and goes on to /approve under a new session. At /stile/accept-login (nginx alone can
// ask that) the login of another program is accepted (accept.h).
Response handle(const Request& request, Context& context);

} // namespace stile::login
