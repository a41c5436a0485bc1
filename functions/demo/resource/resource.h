// The demo's protected API: GET /demo/api/protected.
#pragma once

#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::demo {

// Greets the subject that nginx's protect.conf found the token to be of; 401 when nginx vouches for nobody.
Response greet(const Request& request);

} // namespace stile::demo
