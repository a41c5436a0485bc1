// The sub of a user, and the sid of a login, for a client (OpenID Connect Core §8, Back-Channel Logout §2.1).
#pragma once

#include "shared/oauth/client.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// The user's public sub; for a pairwise client (§8.1) 32 hex digits, the same for all clients of its sector. Without
// the salt they cannot be traced to the user or to the sub of another sector.
std::string subject_for(const Client& client, std::string_view subject);

// Whether a change from `before` to `after` gives the client's users other subs: by the salt or the host (§8.1).
bool gives_other_subs(const Client& before, const Client& after);

// The name that the user logs in by, as far as the client may know it: "" for a pairwise client, who could find the user at
// others by it.
std::string_view user_name_for(const Client& client, std::string_view user_name);

// The host of the client's redirect URIs (§8.1); nothing if they have several hosts, or none: such a client cannot be
// pairwise, because it would need a sector_identifier_uri.
std::optional<std::string> sector_of(const Client& client);

// `sid` of a login for one client: 22 base64url characters. Two clients cannot tell from it that they share a browser.
std::string sid_for(std::string_view client_id, std::string_view session_id);

} // namespace stile
