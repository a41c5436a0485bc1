// The authorization request from its query on: parameters by table (shared/endpoint/params), then the rules
// (shared/oauth/authorization_request). Lines: a query, a content type, a body.
#include "shared/oauth/authorization_request.h"
#include "shared/endpoint/params.h"
#include "shared/oauth/pkce.h"
#include "tests/fuzz/support/fuzz.h"

#include <algorithm>

namespace stile::fuzz {

namespace {

constexpr std::array table = {
    Parameter<AuthorizationParameters>{{"response_type", Presence::optional, 64, any_vschar},
                                       &AuthorizationParameters::response_type},
    Parameter<AuthorizationParameters>{{"scope", Presence::optional, 2048, any_text}, &AuthorizationParameters::scope},
    Parameter<AuthorizationParameters>{{"code_challenge", Presence::required, 128, any_visible},
                                       &AuthorizationParameters::code_challenge},
    Parameter<AuthorizationParameters>{{"code_challenge_method", Presence::optional, 16, any_vschar},
                                       &AuthorizationParameters::code_challenge_method},
    Parameter<AuthorizationParameters>{{"prompt", Presence::optional, 128, any_vschar},
                                       &AuthorizationParameters::prompt},
    Parameter<AuthorizationParameters>{{"max_age", Presence::optional, 16, any_vschar},
                                       &AuthorizationParameters::max_age},
    Parameter<AuthorizationParameters>{{"claims", Presence::optional, 4096, any_text},
                                       &AuthorizationParameters::claims},
    Parameter<AuthorizationParameters>{{"request", Presence::optional, 4096, any_char},
                                       &AuthorizationParameters::request},
};

Client client_of(AuthMethod method)
{
    Client client;
    client.id = "app";
    client.auth_method = method;
    client.redirect_uris = {"https://app.example/cb"};
    client.scope = Scope::parse("email profile openid").value();
    client.grant_types = {"authorization_code"};
    return client;
}

// Each parameter that was bound stood there exactly once, as its rule wants it.
void check_bound(const Form& form, const AuthorizationParameters& bound)
{
    for (const auto& [rule, member] : table) {
        const auto count = std::ranges::count(form, rule.name, [](const auto& pair) { return pair.first; });
        HOLDS(count <= 1);
        const auto& value = bound.*member;
        if (!value)
            continue;
        HOLDS(count == 1 && !value->empty() && value->size() <= rule.max_length);
        HOLDS(std::ranges::all_of(*value, rule.allows));
    }
    HOLDS(bound.code_challenge.has_value());
}

void check_request(const AuthorizationParameters& parameters, AuthMethod method)
{
    const auto client = client_of(method);
    const auto target = prove_redirect_uri(client, std::nullopt).value();
    const auto request = check_authorization_request(parameters, client, target, Settings());
    if (!request)
        return;
    HOLDS(parameters.response_type == "code" && client.scope.contains(request->scope));
    HOLDS(request->redirect_uri == client.redirect_uris.front());
    HOLDS(request->code_challenge.empty() || is_code_challenge(request->code_challenge));
    // No way around PKCE, neither without a challenge nor by another method (RFC 9700 §2.1.1, §4.8).
    HOLDS(method != AuthMethod::none || !request->code_challenge.empty());
    HOLDS(request->code_challenge.empty() || parameters.code_challenge_method == "S256");
    HOLDS(request->code_challenge == parameters.code_challenge.value_or(""));
    HOLDS(!parameters.request); // never ignored (OpenID Connect Core §6)
    HOLDS(!request->is_silent || (!request->requires_login && !request->requires_consent));
    HOLDS(!request->max_age || *request->max_age >= 0);
    HOLDS(client.scope.contains(request->consent_scope())); // claims ask for no more than is registered
}

void check_form(const Result<Form>& form)
{
    if (!form)
        return HOLDS(form.error().code == ErrorCode::invalid_request);
    const auto bound = bind_parameters(*form, table);
    if (!bound) // the description is a literal of Stile: never text from the request
        return HOLDS(is_utf8(bound.error().description) && bound.error().description.size() < 100);
    check_bound(*form, *bound);
    auto parameters = *bound;
    for (const auto method : {AuthMethod::none, AuthMethod::any_secret})
        check_request(parameters, method);
    parameters.code_challenge.reset();
    for (const auto method : {AuthMethod::none, AuthMethod::any_secret})
        check_request(parameters, method);
}

} // namespace

void fuzz(std::string_view input)
{
    const auto given = lines(input, 3);
    Request request;
    request.query = given[0];
    request.content_type = given[1];
    request.body = given[2];
    check_form(query_parameters(request));
    check_form(body_parameters(request));
}

} // namespace stile::fuzz
