// The consent page: /approve?request=<id>.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::consent {

// GET asks the user (or answers at once where consent is remembered); POST with approval=1 issues the code, with
// approval=0 denies; both end with 303 to the client. Nothing else approves.
Response handle(const Request& request, Context& context);

} // namespace stile::consent
