// The revocation endpoint (RFC 7009): /oauth/revoke.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::revoke {

// Revokes a token for the client that it was issued to. A refresh token is revoked with its whole grant.
Response handle(const Request& request, Context& context);

} // namespace stile::revoke
