// A token as a request presents it, parsed but not yet looked up.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/endpoint/params.h"
#include "shared/oauth/split_token.h"
#include "shared/store/grants.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// `token` of RFC 7009 §2.1 and RFC 7662 §2.1. token_type_hint is ignored, as both allow: the form of a token tells its
// type.
inline constexpr ParameterRule token_rule = {"token", Presence::required, 8192, any_vschar};

struct PresentedToken {
    TokenKind kind;
    SplitToken token; // of a signed token: its `jti`, without a secret; its signature was verified
    std::optional<std::string> audience{}; // of a signed token; empty if it names none
    Seconds expires_at = 0; // of a signed token: its `exp`; its record may end a second later
};

// Nothing for text that does not have the form of a token, or for a signed token that this server did not sign. Fails
// only if Redis is unavailable and the signing key is not known yet.
Result<std::optional<PresentedToken>> find_presented_token(std::string_view text, Context& context);

} // namespace stile
