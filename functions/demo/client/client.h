// The demo's web client: the one of the requests-oauthlib tutorial, at /demo/.
#pragma once

#include "functions/demo/client/demo.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::demo {

// GET  /demo/          what this is, and a link to begin
// GET  /demo/begin     sends the browser to the provider
// GET  /demo/callback  where the provider sends it back to
// GET  /demo/profile   what the protected API says, and what the token response said
// POST /demo/refresh, /demo/revoke, /demo/logout
Response handle(const Request& request, Demo& demo);

} // namespace stile::demo
