// id_token_hint (OpenID Connect Core §3.1.2.1, RP-Initiated Logout §2): an ID token that we gave to a client before.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/oauth/id_token.h"

#include <optional>
#include <string_view>

namespace stile {

// Nothing when it is none of ours; it may have expired. Whose it is the caller looks. The error is a Redis that is away
// while a key is not known.
Result<std::optional<IdTokenHint>> read_id_token_hint(std::string_view token, Context& context);

} // namespace stile
