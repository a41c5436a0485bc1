// A token as a request presents it, parsed but not yet looked up.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/endpoint/params.h"
#include "shared/oauth/access_token_jwt.h"
#include "shared/oauth/split_token.h"
#include "shared/store/grants.h"

#include <memory>
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
    std::optional<AccessTokenClaims> claims{}; // of a signed token
};

// Nothing for text that does not have the form of a token, or for a signed token that this server did not sign. Fails
// only if Redis is unavailable and the signing key is not known yet.
Result<std::optional<PresentedToken>> find_presented_token(std::string_view text, Context& context);

// A token that is valid, by its record in Redis.
struct LiveToken {
    TokenFacts facts; // scope and userinfo_claims: what is left of them in the scope that the client has now
    std::shared_ptr<const Client> client; // whose token it is
    std::string audience; // empty if it names none
    Seconds expires_at;
};

// Nothing if the token is unknown, expired, used or revoked, or if its client is gone (its removal ends its grants). A
// signed token must also have the algorithm, audience and client of its record: resource servers have the secret of
// HS256, and could sign the `jti` of any token with it. One round trip, and one more if the client is not in the
// process's cache.
Result<std::optional<LiveToken>> find_live_token(const PresentedToken& presented, Context& context);

} // namespace stile
