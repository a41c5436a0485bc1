// The introspection endpoint (RFC 7662): /oauth/introspect.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::introspect {

// Tells an authenticated client what a token stands for: its own tokens, or, for a resource server, everybody's.
Response handle(const Request& request, Context& context);

} // namespace stile::introspect
