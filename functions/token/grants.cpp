#include "functions/token/grants.h"

#include "shared/oauth/access_token_jwt.h"

namespace stile::token {

Result<Scope> requested_scope(const std::optional<std::string>& scope, const Client& client)
{
    if (!scope)
        return client.scope;
    auto parsed = TRY(Scope::parse(*scope));
    if (!client.scope.contains(parsed))
        return fail(ErrorCode::invalid_scope, "scope exceeds what the client registered");
    return parsed;
}

bool may_refresh(const Client& client, const Context& context)
{
    return client.may_use("refresh_token") && context.settings.offers("refresh_token");
}

Result<Signer> find_signer(const Client& client, Context& context)
{
    if (!client.access_token_alg)
        return nullptr;
    return context.key_ring.signer(*client.access_token_alg, context.signing_keys);
}

TokenPair mint_tokens(std::string_view grant_id, bool with_refresh, const Signer& signer, Context& context)
{
    auto pair = TokenPair::mint(grant_id, with_refresh, context.random);
    pair.access_is_signed = signer != nullptr;
    return pair;
}

void record_revoked_grant(Event event, Word reason, const TokenRequest& request, Context& context)
{
    event.name = EventName::grant_revoked;
    event.reason = reason;
    context.audit.record(request.http, std::move(event));
}

namespace {

// RFC 9068 §2.2.
Result<Secret> signed_access_token(const Issued& issued, const TokenPair& pair, const Client& client,
                                   const SigningKey& key, const Context& context)
{
    AccessTokenClaims claims;
    claims.issuer = context.settings.issuer;
    claims.subject = issued.subject.empty() ? client.id : issued.subject;
    claims.audience = client.audience;
    // With a shared secret who can verify can sign: it is for the resource servers that have it. python-jose refuses an
    // `aud` that it was not told to expect.
    if (claims.audience.empty() && key.algorithm() != JwsAlgorithm::hs256)
        claims.audience = context.settings.issuer;
    claims.client_id = client.id;
    claims.scope = issued.scope;
    claims.token_id = pair.access.token_id();
    claims.issued_at = context.clock.now();
    claims.expires_at = claims.issued_at + issued.access_lifetime;
    claims.auth_time = issued.auth_time;
    auto token = sign_access_token(claims, key);
    if (!token)
        return fail(ErrorCode::temporarily_unavailable, "the server cannot sign tokens right now",
                    std::string(to_string(token.error())));
    return Secret(token.take());
}

} // namespace

Result<TokenResponse> token_response(const Issued& issued, const TokenPair& pair, const Client& client,
                                     const Signer& signer, const Context& context)
{
    TokenResponse response;
    response.access_token =
        signer ? TRY(signed_access_token(issued, pair, client, *signer, context)) : pair.access.whole();
    response.expires_in = issued.access_lifetime;
    if (pair.refresh) {
        response.refresh_token = pair.refresh->whole();
        response.refresh_token_expires_in = issued.refresh_lifetime;
    }
    response.scope = issued.scope;
    return response;
}

} // namespace stile::token
