// A protected resource (RFC 6750) that needs more than a token states: the claims that were requested individually, and
// whether the client is still the one that the user agreed to. So signed tokens are looked up like opaque ones, and a
// revoked token is refused.
#include "functions/userinfo/userinfo.h"

#include "shared/endpoint/params.h"
#include "shared/endpoint/presented_token.h"
#include "shared/endpoint/respond.h"
#include "shared/oauth/bearer.h"
#include "shared/oauth/subject.h"
#include "shared/oauth/userinfo.h"

namespace stile::userinfo {

namespace {

constexpr std::string_view required_scope = "openid";
constexpr ParameterRule access_token_rule = {"access_token", Presence::optional, 8192, any_vschar};

// RFC 6750 §2: the header, or the form body of a POST. A token in the query is ignored: URLs are logged (§2.3).
Result<std::optional<std::string>> sent_token(const Request& request)
{
    const std::string header = request.authorization.value_or("");
    const auto in_header = bearer_token(header);
    const bool has_body = !request.body.empty() || request.body_is_too_large;
    if (request.method == "POST" && has_body) {
        const auto form = TRY(body_parameters(request));
        auto in_body = TRY(find_parameter(form, access_token_rule));
        if (in_header && in_body)
            return fail(ErrorCode::invalid_request, "the access token is in the header and in the body");
        if (in_body)
            return in_body;
    }
    return in_header ? std::optional<std::string>(*in_header) : std::nullopt;
}

// A signed token must be for this server (RFC 9068 §4). Without an audience it is for every server that has the shared
// secret, as this one does.
bool is_meant_for_us(const LiveToken& token, const Context& context)
{
    return token.audience.empty() || token.audience == context.settings.issuer;
}

Result<LiveToken> check_token(std::string_view text, Context& context)
{
    const auto refused = fail(ErrorCode::invalid_token, "the access token is invalid");
    const auto presented = TRY(find_presented_token(text, context));
    if (!presented || presented->kind != TokenKind::access)
        return refused;
    auto token = TRY(find_live_token(*presented, context));
    // A client that was registered later under the same id must not get the claims of the first one.
    if (!token || token->client->registered_at > token->facts.issued_at || !is_meant_for_us(*token, context))
        return refused;
    const auto scope = TRY(Scope::parse(token->facts.scope));
    if (!scope.contains(required_scope))
        return fail(ErrorCode::insufficient_scope, "the access token does not have the scope openid");
    if (token->facts.subject.empty()) // a client_credentials token
        return refused;
    return std::move(*token);
}

// The claims of the token's scope, which a refresh may have narrowed, and those that were requested individually.
Result<UserInfo> find_info(const LiveToken& bearer, Context& context)
{
    UserInfo info = {bearer.facts.subject};
    const auto scope = TRY(Scope::parse(bearer.facts.scope));
    const auto names = userinfo_claims(scope, bearer.facts.userinfo_claims);
    if (names.empty())
        return info;
    const auto known = TRY(context.profiles.find(bearer.facts.public_sub));
    for (const auto& name : names)
        if (auto json = known_claim(name, known, user_name_for(*bearer.client, bearer.facts.user_name)))
            info.claims.emplace_back(name, std::move(*json));
    return info;
}

// OpenID Connect Core §5.3.2.
Result<Response> tell(const UserInfo& info, const Client& client, Context& context)
{
    if (!client.userinfo_signed_response_alg)
        return json_response(200, to_json(info));
    const auto key =
        TRY(context.key_ring.signer(*client.userinfo_signed_response_alg, context.signing_keys, KeyPurpose::userinfo));
    auto jwt = sign_userinfo(info, context.settings.issuer, client.id, *key);
    if (!jwt)
        return fail(ErrorCode::temporarily_unavailable, "the server cannot sign this answer",
                    std::string(to_string(jwt.error())));
    auto response = response_of(200);
    response.add_header("Content-Type", "application/jwt");
    response.body = jwt.take();
    return response;
}

// No token, no error code (RFC 6750 §3.1).
Response challenge()
{
    auto response = json_response(401, "");
    response.outcome = "invalid_token";
    response.add_header("WWW-Authenticate", bearer_challenge());
    return response;
}

Result<Response> answer(const Request& request, Context& context)
{
    // 1. Parse.
    const auto token = TRY(sent_token(request));
    if (!token)
        return challenge();

    // 2. Check the access token (RFC 6750 §3.1) and its client.
    const auto bearer = TRY(check_token(*token, context));

    // 3. Collect the claims of its scope, and respond (OpenID Connect Core §5.3.2).
    const auto info = TRY(find_info(bearer, context));
    return tell(info, *bearer.client, context);
}

// RFC 6750 §3.
Response refuse(const OAuthError& error, const Request& request, Context& context)
{
    auto response = json_error(error, request, context);
    if (response.status >= 400 && response.status < 500)
        response.add_header(
            "WWW-Authenticate",
            bearer_challenge(to_string(error.code), error.code == ErrorCode::insufficient_scope ? required_scope : ""));
    return response;
}

// A browser asks before it sends the Authorization header of a script (Fetch §4.8).
Response preflight()
{
    auto response = response_of(204);
    response.add_header("Access-Control-Allow-Methods", "GET, POST");
    response.add_header("Access-Control-Allow-Headers", "Authorization");
    response.add_header("Access-Control-Max-Age", "86400");
    return response;
}

Response respond(const Request& request, Context& context)
{
    if (request.method == "OPTIONS")
        return preflight();
    if (request.method != "GET" && request.method != "POST") // OpenID Connect Core §5.3.1
        return json_method_not_allowed("GET, POST, OPTIONS");
    auto response = answer(request, context);
    return response ? response.take() : refuse(response.error(), request, context);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    auto response = respond(request, context);
    allow_any_origin(response); // OpenID Connect Core §5.3
    return response;
}

} // namespace stile::userinfo
