// The UserInfo endpoint (OpenID Connect Core §5.3): /oauth/userinfo.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::userinfo {

// Returns the claims about the user that the scope of the access token allows.
Response handle(const Request& request, Context& context);

} // namespace stile::userinfo
