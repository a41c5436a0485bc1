// The successful response of the token endpoint (RFC 6749 §5.1).
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"

#include <optional>
#include <string>

namespace stile {

struct TokenResponse {
    Secret access_token;
    Seconds expires_in = 0;
    std::optional<Secret> refresh_token;
    Seconds refresh_token_expires_in = 0;
    std::optional<Secret> id_token; // OpenID Connect Core §3.1.3.3
    std::string scope; // exactly the scope of the access token, in the order requested
};

std::string to_json(const TokenResponse& response);

} // namespace stile
