// Which passwords a user may not have (ASVS 5.0 V6.2.1, V6.2.4; NIST SP 800-63B §5.1.1.2).
#pragma once

#include "shared/config.h"
#include "shared/oauth/error.h"

#include <optional>
#include <string>

namespace stile::admin {

// The end of a sentence that begins with "the password", if this user may not have it: it is shorter than
// STILE_PASSWORD_LENGTH, the user's name, or in STILE_PASSWORD_LIST. Fails if the list cannot be read.
Result<std::optional<std::string>> why_not_password(const std::string& password, const std::string& user_name,
                                                    const Config& config);

} // namespace stile::admin
