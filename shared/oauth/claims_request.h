// The parameter `claims` of an authorization request (OpenID Connect Core §5.5): single claims, for the ID token or for
// userinfo.
#pragma once

#include "shared/oauth/error.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

struct ClaimsRequest {
    std::vector<std::string> userinfo; // names, each once; without claims that no user's record can have
    std::vector<std::string> id_token;
    std::optional<std::string> subject; // the `sub` that the response must be about (§5.5.1)
    std::vector<std::string> acr_values; // one of them is required (§5.5.1.1); empty: none is essential
};

// invalid_request for text that is not a JSON object of this form. Unknown members are ignored (§5.5).
Result<ClaimsRequest> parse_claims_request(std::string_view json);

} // namespace stile
