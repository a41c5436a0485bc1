#include "shared/endpoint/signed_token.h"

namespace stile {

Result<std::optional<AccessTokenClaims>> check_signed_token(std::string_view token, Context& context)
{
    const auto read = [&](const KnownKeys& keys) {
        return read_access_token(token, keys.published, context.settings.issuer, context.clock.now());
    };
    auto claims = read(*TRY(context.key_ring.current(context.signing_keys)));
    // A key that has just begun to sign is looked for once more: that costs what an unknown opaque token costs.
    if (!claims && claims.error() == JwsError::unknown_key)
        claims = read(*TRY(context.key_ring.renewed(context.signing_keys)));
    return claims ? std::optional(claims.take()) : std::nullopt;
}

} // namespace stile
