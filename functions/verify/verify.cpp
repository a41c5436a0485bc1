// Hot path: one Redis round trip for opaque tokens, a second one if the process has not read the client lately, none
// for those signed with a key pair. nginx passes on 2xx, 401 and 403 and turns any other status into 500. So while
// Redis is unavailable the protected location answers 500, and no request passes unchecked.
#include "functions/verify/verify.h"

#include "shared/endpoint/presented_token.h"
#include "shared/endpoint/respond.h"
#include "shared/oauth/bearer.h"
#include "shared/oauth/scope.h"

namespace stile::verify {

namespace {

constexpr int unauthorized = 401;
constexpr int forbidden = 403;

Response refuse(int status, std::string_view outcome, std::string challenge)
{
    auto response = json_response(status, "");
    response.outcome = outcome;
    if (status == forbidden) // nginx forwards only the challenge of a 401; protect.conf adds this one
        response.add_header("X-Stile-Challenge", challenge);
    response.add_header("WWW-Authenticate", std::move(challenge));
    return response;
}

Response admit(const TokenFacts& facts)
{
    auto response = json_response(200, "");
    // RFC 9700 §4.15: the token of a client must not be taken for a user's.
    const bool is_of_user = !facts.subject.empty();
    if (is_of_user)
        response.add_header("X-Stile-Subject", facts.subject);
    response.add_header("X-Stile-Grant", is_of_user ? "user" : "client");
    response.add_header("X-Stile-Client", facts.client_id);
    response.add_header("X-Stile-Scope", facts.scope);
    response.add_header("X-Stile-Expires", std::to_string(facts.expires_at));
    return response;
}

// A token must be for this issuer, as opaque tokens are, or for the audience that the location names (RFC 9068 §4). One
// without an audience was signed with the shared secret, and is for every resource server that has the secret.
bool is_meant_for(std::string_view audience, const Request& request, const Context& context)
{
    return audience.empty() || audience == context.settings.issuer || audience == request.audience;
}

Result<std::optional<TokenFacts>> check_token(std::string_view text, const Request& request, Context& context)
{
    auto presented = TRY(find_presented_token(text, context));
    if (!presented || presented->kind != TokenKind::access)
        return std::nullopt;
    auto& claims = presented->claims;
    if (!claims || !is_proof(claims->algorithm)) { // its record decides
        auto token = TRY(find_live_token(*presented, context));
        if (!token || !is_meant_for(token->audience, request, context))
            return std::nullopt;
        return std::move(token->facts);
    }
    if (!is_meant_for(claims->audience, request, context))
        return std::nullopt;
    TokenFacts facts;
    facts.client_id = std::move(claims->client_id);
    if (claims->auth_time > 0) // else the client itself is the subject (RFC 9068 §2.2)
        facts.subject = std::move(claims->subject);
    facts.scope = std::move(claims->scope);
    facts.expires_at = claims->expires_at;
    return facts;
}

Result<Response> respond(const Request& request, Context& context)
{
    // 1. Refuse a client that says itself who it is, however this location passes headers on. RFC 6750 §3.1 has 400
    // for it, of which nginx would make 500.
    if (request.claims_identity)
        return refuse(forbidden, "invalid_request", bearer_challenge("invalid_request"));

    // 2. Read the token. Without one the challenge has no error code (RFC 6750 §3.1).
    const std::string header = request.authorization.value_or("");
    const auto text = bearer_token(header);
    if (!text)
        return refuse(unauthorized, "invalid_token", bearer_challenge());

    // 3. Check it: its signature and claims (RFC 9068 §4), or its record in Redis.
    const auto facts = TRY(check_token(*text, request, context));
    if (!facts)
        return refuse(unauthorized, "invalid_token", bearer_challenge("invalid_token"));

    // 4. Compare the scopes. The location's scope is set by the operator; one that does not parse admits no request.
    const auto granted = TRY(Scope::parse(facts->scope));
    const auto required = Scope::parse(request.required_scope);
    if (!required || !granted.contains(*required))
        return refuse(forbidden, "insufficient_scope",
                      bearer_challenge("insufficient_scope", request.required_scope)); // RFC 6750 §3.1

    // 5. Admit the request.
    return admit(*facts);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    auto response = respond(request, context);
    return response ? response.take() : json_error(response.error(), request, context);
}

} // namespace stile::verify
