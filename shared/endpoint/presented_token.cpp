#include "shared/endpoint/presented_token.h"

#include "shared/endpoint/signed_token.h"
#include "shared/oauth/claims.h"

#include <algorithm>

namespace stile {

namespace {

// Is the signed token the one that was issued with this record? RFC 8725 §3.1: the algorithm is not the token's choice.
bool is_of_record(const AccessTokenClaims& claims, const TokenFacts& facts, const Client& client)
{
    if (claims.client_id != facts.client_id)
        return false;
    if (!facts.alg.empty())
        return facts.alg == to_string(claims.algorithm) && facts.aud == claims.audience;
    // A record of an older version does not say it. The signature of a key pair proves the token; with the shared secret
    // it must be as this client's tokens are.
    return is_proof(claims.algorithm)
           || (client.access_token_alg == claims.algorithm && client.audience == claims.audience);
}

} // namespace

Result<std::optional<PresentedToken>> find_presented_token(std::string_view text, Context& context)
{
    if (is_signed_token(text)) {
        auto claims = TRY(check_signed_token(text, context));
        auto token = claims ? SplitToken::parse(claims->token_id, token_id_length) : std::nullopt;
        if (!token)
            return std::nullopt;
        return PresentedToken{TokenKind::access, std::move(*token), std::move(claims)};
    }
    if (auto access = SplitToken::parse(text, access_token_length))
        return PresentedToken{TokenKind::access, std::move(*access)};
    if (auto refresh = SplitToken::parse(text, refresh_token_length))
        return PresentedToken{TokenKind::refresh, std::move(*refresh)};
    return std::nullopt;
}

Result<std::optional<LiveToken>> find_live_token(const PresentedToken& presented, Context& context)
{
    auto facts = TRY(context.grants.inspect(presented.kind, presented.token));
    if (!facts)
        return std::nullopt;
    auto client = TRY(context.clients.find(facts->client_id));
    if (!client)
        return std::nullopt;
    const auto& claims = presented.claims;
    if (claims && !is_of_record(*claims, *facts, *client))
        return std::nullopt;
    facts->scope = TRY(Scope::parse(facts->scope)).within(client->scope).to_string();
    facts->userinfo_claims = claims_within(facts->userinfo_claims, client->scope);
    // The record of a signed token may end a second after the token.
    const auto expires_at = claims ? std::min(claims->expires_at, facts->expires_at) : facts->expires_at;
    auto audience = claims ? claims->audience : context.settings.issuer;
    return LiveToken{std::move(*facts), std::move(client), std::move(audience), expires_at};
}

} // namespace stile
