#include "shared/endpoint/signed_token.h"

namespace stile {

Result<std::optional<AccessTokenClaims>> check_signed_token(std::string_view token, Context& context)
{
    return read_with_known_keys<AccessTokenClaims>(context, [&](const JwkSet& keys) {
        return read_access_token(token, keys, context.settings.issuer, context.clock.now());
    });
}

} // namespace stile
