// Notifies clients that a user has logged out (OpenID Connect Back-Channel Logout §2.5), and retries failed notices.
#pragma once

#include "shared/endpoint/context.h"

#include <memory>

namespace stile::logout {

// Call it before other threads are started.
std::unique_ptr<BackgroundTask> make_backchannel();

} // namespace stile::logout
