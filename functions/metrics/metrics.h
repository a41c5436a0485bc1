// What the operator's machines ask: /metrics in the text format of Prometheus, /health/live and /health/ready.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::metrics {

// Adds up what all functions have counted (base/metrics.h), or says whether requests would be served.
Response handle(const Request& request, Context& context);

} // namespace stile::metrics
