// Checks signed access tokens and ID tokens with the keys for tokens, without a look at their records in Redis.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/oauth/access_token_jwt.h"

#include <optional>
#include <string_view>

namespace stile {

// The result of `read` with the known keys. If the key is unknown, reads the keys again and tries once more; that costs
// as much as an unknown opaque token. Nothing if `read` refuses the token.
template <typename Claims>
Result<std::optional<Claims>> read_with_known_keys(Context& context, const auto& read)
{
    Expected<Claims, JwsError> claims = read(TRY(context.key_ring.current(context.signing_keys))->for_tokens);
    if (!claims && claims.error() == JwsError::unknown_key)
        claims = read(TRY(context.key_ring.renewed(context.signing_keys))->for_tokens);
    return claims ? std::optional<Claims>(claims.take()) : std::nullopt;
}

// Nothing if this server did not sign the token, or it has expired. Fails only if Redis is unavailable and the key is
// not known yet.
Result<std::optional<AccessTokenClaims>> check_signed_token(std::string_view token, Context& context);

} // namespace stile
