// The userinfo response about a user (OpenID Connect Core §5.3, §5.4, §5.5).
#pragma once

#include "shared/crypto/jws.h"
#include "shared/oauth/id_token.h"
#include "shared/oauth/scope.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

using KnownClaims = std::map<std::string, std::string, std::less<>>; // of one user: names, and values as JSON text

// The names of the claims that a token with this scope gives, and of those in `asked`, which were requested one by one
// (separated by spaces), each once.
std::vector<std::string> userinfo_claims(const Scope& scope, std::string_view asked);

// The JSON text of a claim; nothing if it is unknown, not JSON, null or the empty string (§5.3.2: such a claim is left
// out). Without preferred_username the `user_name` is returned, if the client may know it: "" means it may not.
std::optional<std::string> known_claim(std::string_view name, const KnownClaims& known, std::string_view user_name);

struct UserInfo {
    std::string subject; // the sub that the client knows
    UserClaims claims{};
};

std::string to_json(const UserInfo& info);

// The same as a JWT for this client (§5.3.2). It has no typ, no exp and no auth_time, so it is not accepted as an ID
// token or an access token (RFC 8725 §3.11). The only error is too_large.
Expected<std::string, JwsError> sign_userinfo(const UserInfo& info, std::string_view issuer, std::string_view client_id,
                                              const SigningKey& key);

} // namespace stile
