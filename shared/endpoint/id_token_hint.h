// id_token_hint (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2): an ID token that this server issued to a
// client.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/oauth/id_token.h"

#include <optional>
#include <string_view>

namespace stile {

// Checks signature, issuer and type; the token may have expired. Nothing if this server did not issue it. The caller
// checks the audience. Fails only if Redis is unavailable and the key is not known yet.
Result<std::optional<IdTokenHint>> read_id_token_hint(std::string_view token, Context& context);

} // namespace stile
