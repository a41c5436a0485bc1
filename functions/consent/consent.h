// The consent page: /approve?request=<id>.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::consent {

// GET shows the page, or approves at once if the consent is remembered. POST approves with approval=1 and denies with
// approval=0; both redirect to the client with 303. No other request approves.
Response handle(const Request& request, Context& context);

} // namespace stile::consent
