#include "shared/endpoint/presented_token.h"

#include "shared/endpoint/signed_token.h"

namespace stile {

Result<std::optional<PresentedToken>> find_presented_token(std::string_view text, Context& context)
{
    if (is_signed_token(text)) {
        auto claims = TRY(check_signed_token(text, context));
        auto token = claims ? SplitToken::parse(claims->token_id, token_id_length) : std::nullopt;
        if (!token)
            return std::nullopt;
        return PresentedToken{TokenKind::access, std::move(*token), std::move(claims->audience), claims->expires_at};
    }
    if (auto access = SplitToken::parse(text, access_token_length))
        return PresentedToken{TokenKind::access, std::move(*access)};
    if (auto refresh = SplitToken::parse(text, refresh_token_length))
        return PresentedToken{TokenKind::refresh, std::move(*refresh)};
    return std::nullopt;
}

} // namespace stile
