// The demo's protected API: GET /demo/api/protected.
#pragma once

#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::demo {

// Greets the subject of the token that nginx checked (protect.conf); 401 without a subject.
Response greet(const Request& request);

} // namespace stile::demo
