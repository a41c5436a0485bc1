// The answer to nginx's auth_request (nginx/protect.conf): may this request pass?
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::verify {

// 200 with the X-Stile-* headers that protect.conf hands to the upstream, 401 or 403 with a challenge (RFC 6750 §3), 503
// while Redis is unavailable. 403 also for a request in which a header of the client has such a name.
Response handle(const Request& request, Context& context);

} // namespace stile::verify
