// The server's description of itself (RFC 8414): /.well-known/oauth-authorization-server,
// and the public keys of its signed tokens (RFC 7517 §5): /.well-known/jwks.json.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::metadata {

// The document for the path of the request, generated from code, configuration and published keys.
Response handle(const Request& request, Context& context);

} // namespace stile::metadata
