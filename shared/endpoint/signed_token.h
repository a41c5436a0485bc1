// A signed access token as a request presents it: verified with the published keys, without asking Redis about it.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/oauth/access_token_jwt.h"

#include <optional>
#include <string_view>

namespace stile {

// Nothing when the token is not one of ours or has expired. The error is a Redis that is away while a key is not known.
Result<std::optional<AccessTokenClaims>> check_signed_token(std::string_view token, Context& context);

} // namespace stile
