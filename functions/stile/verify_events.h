// stile events --verify.
#pragma once

#include "functions/stile/command.h"

namespace stile::admin {

// Follows the chains of all events in Redis (oauth/event_chain.h) and prints for each stream whether they are unbroken.
// Status `failed` where an event is missing, was changed, or was written by something else than Stile.
Result<int> verify_events(AdminContext& context);

} // namespace stile::admin
