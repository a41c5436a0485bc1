// The authorization endpoint (RFC 6749 §3.1, §4.1.1): /oauth/authorize.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::authorize {

// Responds with 303 to /login, to /approve, or to the client with a code or an error; with a page if a redirect would
// be unsafe.
Response handle(const Request& request, Context& context);

} // namespace stile::authorize
