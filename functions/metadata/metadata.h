// The server's description of itself (RFC 8414): /.well-known/oauth-authorization-server,
// and the public keys of its signed tokens (RFC 7517 §5): /.well-known/jwks.json.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::metadata {

// The document that the path asks for, generated from what is compiled in, configured and published.
Response handle(const Request& request, Context& context);

} // namespace stile::metadata
