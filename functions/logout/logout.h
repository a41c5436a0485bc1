// OpenID Connect RP-Initiated Logout §2.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::logout {

// Ends the login of this browser and redirects to the client, if it sent a registered post_logout_redirect_uri;
// otherwise shows a page. Asks the user first unless the id_token_hint is of this login. Thread-safe if each thread has
// its own Context.
Response handle(const Request& request, Context& context);

} // namespace stile::logout
