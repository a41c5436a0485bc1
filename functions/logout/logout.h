// OpenID Connect RP-Initiated Logout §2.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::logout {

Response handle(const Request& request, Context& context);

} // namespace stile::logout
