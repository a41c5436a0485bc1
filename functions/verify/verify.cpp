// Hot path: one Redis round trip for opaque tokens, none for signed ones. nginx passes on 2xx, 401 and 403 and turns
// any other status into 500. So while Redis is unavailable the protected location answers 500, and no request passes
// unchecked.
#include "functions/verify/verify.h"

#include "shared/endpoint/respond.h"
#include "shared/endpoint/signed_token.h"
#include "shared/oauth/bearer.h"
#include "shared/oauth/scope.h"

namespace stile::verify {

namespace {

constexpr int unauthorized = 401;
constexpr int forbidden = 403;

Response refuse(int status, std::string challenge)
{
    auto response = json_response(status, "");
    response.outcome = status == forbidden ? "insufficient_scope" : "invalid_token";
    if (status == forbidden) // nginx forwards only the challenge of a 401; protect.conf adds this one
        response.add_header("X-Stile-Challenge", challenge);
    response.add_header("WWW-Authenticate", std::move(challenge));
    return response;
}

Response admit(const TokenFacts& facts)
{
    auto response = json_response(200, "");
    response.add_header("X-Stile-Subject", facts.subject.empty() ? facts.client_id : facts.subject);
    response.add_header("X-Stile-Client", facts.client_id);
    response.add_header("X-Stile-Scope", facts.scope);
    response.add_header("X-Stile-Expires", std::to_string(facts.expires_at));
    return response;
}

// A signed token must be for this issuer, as opaque tokens are, or for the audience that the location names (RFC 9068
// §4). A token without an audience was signed with the shared secret, and is for every resource server that has the
// secret.
bool is_meant_for(const AccessTokenClaims& claims, const Request& request, const Context& context)
{
    return claims.audience.empty() || claims.audience == context.settings.issuer || claims.audience == request.audience;
}

Result<std::optional<TokenFacts>> check_token(std::string_view text, const Request& request, Context& context)
{
    if (!is_signed_token(text)) {
        const auto token = SplitToken::parse(text, access_token_length);
        return token ? context.grants.inspect(TokenKind::access, *token) : std::nullopt;
    }
    auto claims = TRY(check_signed_token(text, context));
    if (!claims || !is_meant_for(*claims, request, context))
        return std::nullopt;
    if (!claims->is_proof) { // a resource server with the shared secret could have forged it: its record decides
        const auto token = SplitToken::parse(claims->token_id, token_id_length);
        return token ? context.grants.inspect(TokenKind::access, *token) : std::nullopt;
    }
    TokenFacts facts;
    facts.client_id = std::move(claims->client_id);
    facts.subject = std::move(claims->subject);
    facts.scope = std::move(claims->scope);
    facts.expires_at = claims->expires_at;
    return facts;
}

Result<Response> respond(const Request& request, Context& context)
{
    // 1. Read the token. Without one the challenge has no error code (RFC 6750 §3.1).
    const std::string header = request.authorization.value_or("");
    const auto text = bearer_token(header);
    if (!text)
        return refuse(unauthorized, bearer_challenge());

    // 2. Check it: its signature and claims (RFC 9068 §4), or its record in Redis.
    const auto facts = TRY(check_token(*text, request, context));
    if (!facts)
        return refuse(unauthorized, bearer_challenge("invalid_token"));

    // 3. Compare the scopes. The location's scope is set by the operator; one that does not parse admits no request.
    const auto granted = TRY(Scope::parse(facts->scope));
    const auto required = Scope::parse(request.required_scope);
    if (!required || !granted.contains(*required))
        return refuse(forbidden, bearer_challenge("insufficient_scope", request.required_scope)); // RFC 6750 §3.1

    // 4. Admit the request.
    return admit(*facts);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    auto response = respond(request, context);
    return response ? response.take() : json_error(response.error(), request, context);
}

} // namespace stile::verify
