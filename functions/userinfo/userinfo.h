// OpenID Connect Core §5.3.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::userinfo {

Response handle(const Request& request, Context& context);

} // namespace stile::userinfo
