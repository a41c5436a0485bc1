#include "shared/oauth/authorization_request.h"

#include "shared/oauth/pkce.h"

namespace stile {

namespace {

// RFC 7636 §4.4.1, RFC 9700 §2.1.1: S256 alone, and never a challenge without its method's name or the reverse.
Result<std::string> check_pkce(const AuthorizationParameters& parameters, const Client& client,
                               const Settings& settings)
{
    if (!parameters.code_challenge) {
        if (parameters.code_challenge_method)
            return fail(ErrorCode::invalid_request, "code_challenge_method without code_challenge");
        if (client.is_public() || client.require_pkce || settings.require_pkce)
            return fail(ErrorCode::invalid_request, "code_challenge is required (PKCE with S256)");
        return std::string();
    }
    // RFC 7636 §4.3: an absent method means plain.
    if (parameters.code_challenge_method != "S256")
        return fail(ErrorCode::invalid_request, "code_challenge_method must be S256");
    if (!is_code_challenge(*parameters.code_challenge))
        return fail(ErrorCode::invalid_request, "code_challenge must be 43 base64url characters");
    return *parameters.code_challenge;
}

// RFC 6749 §3.3: what was asked for, or by default all that the client registered.
Result<Scope> check_scope(const AuthorizationParameters& parameters, const Client& client)
{
    if (!parameters.scope)
        return client.scope;
    auto scope = TRY(Scope::parse(*parameters.scope));
    if (!client.scope.contains(scope))
        return fail(ErrorCode::invalid_scope, "scope exceeds what the client registered");
    return scope;
}

} // namespace

Result<AuthorizationRequest> check_authorization_request(const AuthorizationParameters& parameters,
                                                         const Client& client, const RedirectTarget& target,
                                                         const Settings& settings)
{
    // RFC 6749 §3.1.1
    if (!parameters.response_type)
        return fail(ErrorCode::invalid_request, "response_type is missing");
    // OAuth 2.1: `token` and every hybrid put tokens into URLs and are not offered (RFC 9700 §2.1.2).
    if (*parameters.response_type != "code")
        return fail(ErrorCode::unsupported_response_type, "response_type must be code");
    // RFC 6749 §4.1.2.1
    if (!settings.offers("authorization_code") || !client.may_use("authorization_code"))
        return fail(ErrorCode::unauthorized_client, "the client may not use the authorization code grant");

    AuthorizationRequest request;
    request.code_challenge = TRY(check_pkce(parameters, client, settings));
    request.scope = TRY(check_scope(parameters, client));
    request.client_id = client.id;
    request.redirect_uri = target.uri();
    request.ui_locales = parameters.ui_locales.value_or("");
    return request;
}

} // namespace stile
