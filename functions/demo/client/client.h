// The web client of the demo, at /demo/: the client of the requests-oauthlib tutorial.
#pragma once

#include "functions/demo/client/demo.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::demo {

// GET  /demo/          explains the demo, with a link to begin
// GET  /demo/begin     sends the browser to the provider
// GET  /demo/callback  receives the authorization response
// GET  /demo/profile   shows the answer of the protected API and the token response
// POST /demo/refresh, /demo/revoke, /demo/logout
Response handle(const Request& request, Demo& demo);

} // namespace stile::demo
