#include "shared/oauth/authorization_request.h"

#include "shared/base/text.h"
#include "shared/oauth/claims.h"
#include "shared/oauth/claims_request.h"
#include "shared/oauth/pkce.h"

#include <algorithm>

namespace stile {

namespace {

// RFC 7636 §4.4.1, RFC 9700 §2.1.1: only S256; challenge and method are required together.
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

// RFC 6749 §3.3: the requested scope, or by default all that the client registered.
Result<Scope> check_scope(const AuthorizationParameters& parameters, const Client& client)
{
    if (!parameters.scope)
        return client.scope;
    auto scope = TRY(Scope::parse(*parameters.scope));
    if (!client.scope.contains(scope))
        return fail(ErrorCode::invalid_scope, "scope exceeds what the client registered");
    return scope;
}

// OpenID Connect Core §6: the content of a request object would take precedence, so ignoring it would be wrong.
Result<void> refuse_unsupported(const AuthorizationParameters& parameters)
{
    if (parameters.request)
        return fail(ErrorCode::request_not_supported, "request objects are not supported");
    if (parameters.request_uri)
        return fail(ErrorCode::request_uri_not_supported, "request_uri is not supported");
    if (parameters.registration) // §7.2.1
        return fail(ErrorCode::registration_not_supported, "the registration parameter is not supported");
    return {};
}

// OpenID Connect Core §3.1.2.1. Unknown values are ignored, so that clients may try newer ones.
Result<void> take_prompt(const AuthorizationParameters& parameters, AuthorizationRequest& request)
{
    if (!parameters.prompt)
        return {};
    const auto words = split(*parameters.prompt, ' ');
    const auto has = [&](std::string_view word) { return std::ranges::find(words, word) != words.end(); };
    if (has("none") && words.size() > 1)
        return fail(ErrorCode::invalid_request, "prompt=none cannot be combined with other values");
    request.is_silent = has("none");
    request.requires_login = has("login");
    request.requires_consent = has("consent") || has("select_account");
    return {};
}

Result<void> take_max_age(const AuthorizationParameters& parameters, AuthorizationRequest& request)
{
    if (!parameters.max_age)
        return {};
    request.max_age = parse_number<Seconds>(*parameters.max_age);
    if (!request.max_age || *request.max_age < 0 || *request.max_age > 100LL * 365 * 24 * 3600)
        return fail(ErrorCode::invalid_request, "max_age must be a number of seconds");
    return {};
}

// OpenID Connect Core §5.5.
Result<void> take_claims(const AuthorizationParameters& parameters, const Client& client, AuthorizationRequest& request)
{
    if (!parameters.claims || !request.is_openid())
        return {};
    auto asked = TRY(parse_claims_request(*parameters.claims));
    // Claims whose scope the client has not registered are dropped, which is not an error.
    request.userinfo_claims = claims_within(join(asked.userinfo, " "), client.scope);
    request.id_token_claims = claims_within(join(asked.id_token, " "), client.scope);
    request.expected_subject = asked.subject.value_or("");
    request.essential_acr = std::move(asked.acr_values);
    return {};
}

} // namespace

std::optional<ResponseMode> parse_response_mode(std::string_view text)
{
    if (text == "query")
        return ResponseMode::query;
    if (text == "form_post")
        return ResponseMode::form_post;
    return std::nullopt;
}

Scope AuthorizationRequest::consent_scope() const
{
    auto asked = scope;
    for (const auto* names : {&userinfo_claims, &id_token_claims})
        for (const auto name : split(*names, ' '))
            asked.add(scope_of_claim(name));
    return asked;
}

Result<AuthorizationRequest> check_authorization_request(const AuthorizationParameters& parameters,
                                                         const Client& client, const RedirectTarget& target,
                                                         const Settings& settings)
{
    TRY(refuse_unsupported(parameters));
    // RFC 6749 §3.1.1
    if (!parameters.response_type)
        return fail(ErrorCode::invalid_request, "response_type is missing");
    // OAuth 2.1: `token` and every hybrid type put tokens into URLs and are not supported (RFC 9700 §2.1.2).
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
    request.login_hint = parameters.login_hint.value_or("");
    if (request.is_openid())
        request.nonce = parameters.nonce.value_or("");
    TRY(take_prompt(parameters, request));
    TRY(take_max_age(parameters, request));
    TRY(take_claims(parameters, client, request));
    return request;
}

} // namespace stile
