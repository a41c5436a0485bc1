// A token as a request presents it, before anybody knows whether it is one.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/endpoint/params.h"
#include "shared/oauth/split_token.h"
#include "shared/store/grants.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

// `token` of RFC 7009 §2.1 and RFC 7662 §2.1. token_type_hint is ignored, as both allow: a token tells by its form.
inline constexpr ParameterRule token_rule = {"token", Presence::required, 8192, any_vschar};

struct PresentedToken {
    TokenKind kind;
    SplitToken token; // of a signed one its `jti` alone, which proves nothing by itself: its signature was verified
    std::optional<std::string> audience{}; // of a signed one; empty when it names none
    Seconds expires_at = 0; // of a signed one, as it says itself: its record may end a second later
};

// Nothing for text that has not the form of an access or refresh token, or is a signed one that nobody of ours signed.
Result<std::optional<PresentedToken>> find_presented_token(std::string_view text, Context& context);

} // namespace stile
