// Whether the locations that nginx/protect.conf protects ask for a token, and tell their upstream who calls.
#pragma once

#include "functions/stile/check/nginx_configuration.h"
#include "functions/stile/check/report.h"

namespace stile::admin {

// Reports each location that is open beside or within a protected one, each that does not hand on the identity, and what to
// write there. Nothing where no location is protected.
void check_protection(const NginxDirective& main, CheckReport& report);

} // namespace stile::admin
