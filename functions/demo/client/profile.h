// The fields of the profile page.
#pragma once

#include "functions/demo/client/sessions.h"
#include "functions/demo/client/settings.h"
#include "shared/pages/engine.h"

namespace stile::demo {

// Calls the protected API with the access token; the fields show its answer and the last token response. The browser
// must have a login.
PageFields profile_fields(const Browser& browser, const Settings& settings);

} // namespace stile::demo
