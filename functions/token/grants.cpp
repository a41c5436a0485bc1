#include "functions/token/grants.h"

#include "shared/base/text.h"
#include "shared/oauth/access_token_jwt.h"
#include "shared/oauth/claims.h"
#include "shared/oauth/id_token.h"
#include "shared/oauth/subject.h"
#include "shared/oauth/userinfo.h"

#include <algorithm>

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

Result<Signers> find_signers(const Client& client, Context& context)
{
    Signers signers;
    if (client.access_token_alg) {
        signers.access = TRY(context.key_ring.signer(*client.access_token_alg, context.signing_keys));
        signers.audience = audience_for(client, *client.access_token_alg, context.settings.issuer);
    }
    if (!client.scope.contains("openid"))
        return signers;
    auto id = context.key_ring.signer(client.id_token_signed_response_alg, context.signing_keys);
    if (id)
        signers.id = id.take();
    else
        signers.why_no_id = id.error().detail.empty() ? "no key" : id.error().detail;
    return signers;
}

std::unexpected<OAuthError> no_id_token(const Signers& signers)
{
    return fail(ErrorCode::temporarily_unavailable, "the server cannot sign ID tokens right now", signers.why_no_id);
}

TokenPair mint_tokens(std::string_view grant_id, bool with_refresh, const Signers& signers, Context& context)
{
    auto pair = TokenPair::mint(grant_id, with_refresh, context.random);
    if (signers.access) {
        pair.access_alg = to_string(signers.access->algorithm());
        pair.access_aud = signers.audience;
    }
    return pair;
}

void record_revoked_grant(Event event, Word reason, const TokenRequest& request, Context& context)
{
    event.name = EventName::grant_revoked;
    event.reason = reason;
    context.audit.record(request.http, std::move(event));
}

namespace {

Result<Secret> signed_or_refused(Expected<std::string, JwsError> token)
{
    if (!token)
        return fail(ErrorCode::temporarily_unavailable, "the server cannot sign tokens right now",
                    std::string(to_string(token.error())));
    return Secret(token.take());
}

// RFC 9068 §2.2.
Result<Secret> signed_access_token(const Issued& issued, const TokenPair& pair, const Client& client,
                                   const Signers& signers, const Context& context)
{
    AccessTokenClaims claims;
    claims.issuer = context.settings.issuer;
    claims.subject = issued.subject.empty() ? client.id : issued.subject;
    claims.audience = signers.audience;
    claims.client_id = client.id;
    claims.scope = issued.scope;
    claims.token_id = pair.access.token_id();
    claims.issued_at = context.clock.now();
    claims.expires_at = claims.issued_at + issued.access_lifetime;
    claims.auth_time = issued.auth_time;
    return signed_or_refused(sign_access_token(claims, *signers.access));
}

// OpenID Connect Core §5.5: the individually requested claims that are known about the user.
Result<UserClaims> claims_about_user(const Identity& identity, const Client& client, Context& context)
{
    UserClaims claims;
    const auto names = claims_within(identity.claims, client.scope);
    if (names.empty())
        return claims;
    const auto profile = TRY(context.profiles.find(identity.public_sub));
    for (const auto name : split(names, ' '))
        if (auto json = known_claim(name, profile, user_name_for(client, identity.user_name)))
            claims.emplace_back(name, std::move(*json));
    return claims;
}

// OpenID Connect Core §3.1.3.3, §12.2.
Result<Secret> id_token(const Issued& issued, const Secret& access_token, const Client& client, const SigningKey& key,
                        Context& context)
{
    const auto& identity = *issued.identity;
    IdTokenClaims claims;
    claims.issuer = context.settings.issuer;
    claims.subject = issued.subject;
    claims.client_id = client.id;
    claims.issued_at = context.clock.now();
    claims.expires_at = claims.issued_at + context.settings.lifetimes.id_token;
    claims.auth_time = issued.auth_time;
    claims.nonce = identity.nonce;
    claims.amr = identity.amr;
    claims.sid = identity.sid;
    claims.about_user = TRY(claims_about_user(identity, client, context));
    return signed_or_refused(sign_id_token(claims, access_token.reveal(), key));
}

// A refresh may narrow the scope (RFC 6749 §6).
bool is_openid(const Issued& issued)
{
    const auto words = split(issued.scope, ' ');
    return issued.identity && std::ranges::find(words, "openid") != words.end();
}

} // namespace

Result<TokenResponse> token_response(Issued issued, const TokenPair& pair, const Client& client, const Signers& signers,
                                     Context& context)
{
    issued.scope = TRY(Scope::parse(issued.scope)).within(client.scope).to_string();
    TokenResponse response;
    response.access_token =
        signers.access ? TRY(signed_access_token(issued, pair, client, signers, context)) : pair.access.whole();
    response.expires_in = issued.access_lifetime;
    if (pair.refresh) {
        response.refresh_token = pair.refresh->whole();
        response.refresh_token_expires_in = issued.refresh_lifetime;
    }
    if (signers.id && is_openid(issued))
        response.id_token = TRY(id_token(issued, response.access_token, client, *signers.id, context));
    response.scope = issued.scope;
    return response;
}

} // namespace stile::token
