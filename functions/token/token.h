// The token endpoint (RFC 6749 §3.2): /oauth/tokenize, and its alias /oauth/token.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::token {

// Authenticates the client, calls the function of the grant type (grants.h) and responds in JSON.
Response handle(const Request& request, Context& context);

} // namespace stile::token
