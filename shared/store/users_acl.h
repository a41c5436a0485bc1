// redis/users.acl and redis/password_grant.acl in the format of Redis, built in; make generates the definitions.
// Immutable: safe to read from any thread.
#pragma once

#include <string_view>

namespace stile {

std::string_view users_acl(); // one line a user; "@name@" stands for the SHA-256 of the user's password, in hex
std::string_view password_grant_acl(); // to be appended to the line of stile-token while the password grant is enabled

} // namespace stile
