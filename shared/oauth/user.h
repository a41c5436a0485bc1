// An end user of this server (the resource owner of RFC 6749 §1.1).
#pragma once

#include "shared/base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct User {
    std::string name; // canonical
    std::string subject; // the public sub
    std::string password_hash; // as crypto/password.h writes it
    Seconds registered_at = 0;
};

// The canonical form of a user name, for throttle, lookup and storage: ASCII letters folded to lower case, 1 to 128 of
// [a-z0-9._@+-]. Nothing if the text is not a valid user name.
std::optional<std::string> canonical_user_name(std::string_view text);

// Is the text a valid subject? 1 to 255 visible ASCII characters (OpenID Connect Core §2) without ':'.
bool is_subject(std::string_view text);

} // namespace stile
