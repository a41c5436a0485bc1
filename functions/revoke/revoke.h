// The revocation endpoint (RFC 7009): /oauth/revoke.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::revoke {

// Takes a token back from the client that it was issued to.
Response handle(const Request& request, Context& context);

} // namespace stile::revoke
