// An end user of this server (the resource owner of RFC 6749 §1.1).
#pragma once

#include "shared/base/clock.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct User {
    std::string name; // canonical
    std::string subject; // the `sub` that clients learn
    std::string password_hash; // as crypto/password.h writes it
    Seconds registered_at = 0;
};

// The one canonical form of a user name, for throttle, lookup and storage alike: ASCII letters folded to lower case,
// 1 to 128 of [a-z0-9._@+-]. Nothing when the text cannot be a user name.
std::optional<std::string> canonical_user_name(std::string_view text);

// A subject as it may stand in tokens and keys: 1 to 255 visible ASCII characters (OpenID Connect Core §2) without ':'.
bool is_subject(std::string_view text);

} // namespace stile
