// A token as a request presents it, before anybody knows whether it is one.
#pragma once

#include "shared/endpoint/params.h"
#include "shared/oauth/split_token.h"
#include "shared/store/grants.h"

#include <optional>
#include <string_view>

namespace stile {

// `token` of RFC 7009 §2.1 and RFC 7662 §2.1. token_type_hint is ignored, as both allow: a token tells by its length.
inline constexpr ParameterRule token_rule = {"token", Presence::required, 8192, any_vschar};

struct PresentedToken {
    TokenKind kind;
    SplitToken token;
};

// Nothing for text that has not the form of an access or refresh token.
inline std::optional<PresentedToken> parse_presented_token(std::string_view text)
{
    if (auto access = SplitToken::parse(text, access_token_length))
        return PresentedToken{TokenKind::access, std::move(*access)};
    if (auto refresh = SplitToken::parse(text, refresh_token_length))
        return PresentedToken{TokenKind::refresh, std::move(*refresh)};
    return std::nullopt;
}

} // namespace stile
