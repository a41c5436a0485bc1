// Lifting the block after failed logins or client authentications.
#pragma once

#include "functions/stile/command.h"

#include <functional>
#include <string_view>

namespace stile::admin {

// Deletes the throttles whose name ("login:user:alice") `is_meant` accepts, and prints how many there were. `about` names
// the user, client or address for the audit event.
Result<int> lift_throttles(const std::function<bool(std::string_view name)>& is_meant, Event about,
                           AdminContext& context);

} // namespace stile::admin
