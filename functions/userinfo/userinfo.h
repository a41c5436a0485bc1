// The UserInfo endpoint (OpenID Connect Core §5.3): /oauth/userinfo.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::userinfo {

// Tells whoever bears an access token with the scope openid what the user allowed its client to know about them.
Response handle(const Request& request, Context& context);

} // namespace stile::userinfo
