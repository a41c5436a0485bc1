// The introspection endpoint (RFC 7662): /oauth/introspect.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::introspect {

// Returns the data of a token to an authenticated client: for its own tokens, or, for a resource server, for all.
Response handle(const Request& request, Context& context);

} // namespace stile::introspect
