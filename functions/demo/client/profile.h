// What the profile page shows.
#pragma once

#include "functions/demo/client/sessions.h"
#include "functions/demo/client/settings.h"
#include "shared/pages/engine.h"

namespace stile::demo {

// Asks the protected API with the browser's access token, and tells of its answer and of the last token response. Call
// it for a browser with a login.
PageFields profile_fields(const Browser& browser, const Settings& settings);

} // namespace stile::demo
