// OpenID Connect Back-Channel Logout §2.5: tells clients that a user has logged out, until they have understood it.
#pragma once

#include "shared/endpoint/context.h"

#include <memory>

namespace stile::logout {

// Before there are threads.
std::unique_ptr<BackgroundTask> make_backchannel();

} // namespace stile::logout
