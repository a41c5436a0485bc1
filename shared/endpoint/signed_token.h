// A signed access token as a request presents it: verified with the published keys, without asking Redis about it.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/oauth/access_token_jwt.h"

#include <optional>
#include <string_view>

namespace stile {

// What `read` makes of a token with the keys that are known; a key that has just begun to sign is looked for once more,
// which costs what an unknown opaque token costs. Nothing when it is no such token.
template <typename Claims>
Result<std::optional<Claims>> read_with_known_keys(Context& context, const auto& read)
{
    Expected<Claims, JwsError> claims = read(TRY(context.key_ring.current(context.signing_keys))->published);
    if (!claims && claims.error() == JwsError::unknown_key)
        claims = read(TRY(context.key_ring.renewed(context.signing_keys))->published);
    return claims ? std::optional<Claims>(claims.take()) : std::nullopt;
}

// Nothing when the token is not one of ours or has expired. The error is a Redis that is away while a key is not known.
Result<std::optional<AccessTokenClaims>> check_signed_token(std::string_view token, Context& context);

} // namespace stile
