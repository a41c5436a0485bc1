#include "shared/endpoint/id_token_hint.h"

#include "shared/endpoint/signed_token.h"

namespace stile {

Result<std::optional<IdTokenHint>> read_id_token_hint(std::string_view token, Context& context)
{
    return read_with_known_keys<IdTokenHint>(
        context, [&](const JwkSet& keys) { return read_id_token(token, keys, context.settings.issuer); });
}

} // namespace stile
