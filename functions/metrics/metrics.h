// Monitoring: /metrics in the text format of Prometheus, /health/live and /health/ready.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"

namespace stile::metrics {

// The sums of the counters of all functions (base/metrics.h), or whether requests can be served.
Response handle(const Request& request, Context& context);

} // namespace stile::metrics
