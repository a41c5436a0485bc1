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
    std::vector<std::string> userinfo; // names, each once; claims that no user's record can have are left out
    std::vector<std::string> id_token;
    std::optional<std::string> subject; // the `sub` that the answer must be about (§5.5.1)
    std::vector<std::string> acr_values; // one of them must be met (§5.5.1.1); empty: none is essential
};

// invalid_request for text that is no JSON object of this form. Members that are not known are ignored (§5.5).
Result<ClaimsRequest> parse_claims_request(std::string_view json);

} // namespace stile
