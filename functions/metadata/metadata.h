// The server's description of itself (RFC 8414): /.well-known/oauth-authorization-server.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::metadata {

// The document, generated from what is compiled in and configured.
Response handle(const Request& request, Context& context);

} // namespace stile::metadata
