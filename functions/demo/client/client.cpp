// The three steps of the requests-oauthlib tutorial: send the user to the provider, get a token for the code, use the
// token. Added is what a tutorial leaves out: PKCE, a state that is bound to the browser, the check of the issuer, and forms
// with a CSRF token.
#include "functions/demo/client/client.h"

#include "functions/demo/client/answer.h"
#include "functions/demo/client/profile.h"
#include "shared/crypto/digest.h"
#include "shared/endpoint/params.h"

#include <algorithm>
#include <array>

namespace stile::demo {

namespace {

constexpr std::size_t state_length = 43; // 256 bits of base62 (RFC 6749 §10.10)
constexpr std::size_t code_verifier_length = 64; // 43 to 128 (RFC 7636 §4.1)

// The browser of a request, for this request alone until the request is answered; null when its cookie is unknown.
struct Visitor {
    std::string cookie;
    std::shared_ptr<Browser> browser;
    Turns::Turn turn;

    Login* login() const { return browser && browser->login ? &*browser->login : nullptr; }
};

Visitor find_visitor(const Request& request, Demo& demo)
{
    Visitor visitor;
    visitor.cookie = cookie_of(request);
    visitor.browser = demo.sessions.find(visitor.cookie);
    if (visitor.browser)
        visitor.turn = visitor.browser->turns.take(demo.loop);
    return visitor;
}

Outcome<Response> start(const Request&, Visitor& visitor, Demo& demo)
{
    PageFields fields;
    fields.set("TITLE", "Demo client");
    fields.set("ISSUER", demo.settings.issuer);
    fields.set("BEGIN", demo.settings.base + "/begin");
    if (visitor.login())
        fields.show("SIGNED_IN");
    return page(200, "demo_start", fields, demo);
}

Outcome<Response> begin(const Request&, Visitor& visitor, Demo& demo)
{
    const auto provider = TRY(Provider::discover(demo.settings));
    // Kept with the browser: only it can use the response (RFC 6749 §10.12, RFC 9700 §4.7.1).
    PendingLogin login = {demo.random.base62(state_length), Secret(demo.random.base62(code_verifier_length))};
    auto response = see_other(TRY(provider.authorization_url(login.state, login.code_verifier)));
    if (visitor.browser) {
        add_pending(*visitor.browser, std::move(login));
        return response;
    }
    auto browser = new_browser(demo.random);
    add_pending(*browser, std::move(login));
    response.add_header("Set-Cookie", set_cookie(demo.sessions.add(std::move(browser)), demo.settings));
    return response;
}

// RFC 6749 §4.1.2, §4.1.2.1 and RFC 9207 §2.
struct AuthorizationResponse {
    std::optional<std::string> state;
    std::optional<std::string> iss;
    std::optional<std::string> code;
    std::optional<std::string> error;
    std::optional<std::string> error_description;
};

constexpr std::array response_parameters = {
    Parameter<AuthorizationResponse>{{"state", Presence::optional, 1024, any_vschar}, &AuthorizationResponse::state},
    Parameter<AuthorizationResponse>{{"iss", Presence::optional, 2048, any_visible}, &AuthorizationResponse::iss},
    Parameter<AuthorizationResponse>{{"code", Presence::optional, 4096, any_vschar}, &AuthorizationResponse::code},
    Parameter<AuthorizationResponse>{{"error", Presence::optional, 128, any_vschar}, &AuthorizationResponse::error},
    Parameter<AuthorizationResponse>{{"error_description", Presence::optional, 2048, any_text},
                                     &AuthorizationResponse::error_description},
};

// A login gets a new cookie, so that one that an attacker has set in this browser is worthless (session fixation).
std::string log_in(Tokens tokens, Visitor& visitor, Demo& demo)
{
    visitor.browser->login = Login{std::move(tokens)};
    visitor.browser->csrf_token = new_browser(demo.random)->csrf_token;
    demo.sessions.remove(visitor.cookie);
    return set_cookie(demo.sessions.add(visitor.browser), demo.settings);
}

Outcome<Response> callback(const Request& request, Visitor& visitor, Demo& demo)
{
    const auto query = TRY(query_parameters(request));
    const auto answer = TRY(bind_parameters(query, response_parameters));

    // Check that it answers a request of this browser and comes from the provider.
    const auto login = visitor.browser ? take_pending(*visitor.browser, answer.state.value_or("")) : std::nullopt;
    if (!login) // RFC 6749 §10.12
        return std::unexpected(Failure(problem::unknown_state));
    const auto provider = TRY(Provider::discover(demo.settings));
    if (!provider.is_issuer(answer.iss)) // RFC 9207 §2.4: in error responses, too
        return std::unexpected(Failure(problem::wrong_issuer));

    // Read its error or its code.
    if (answer.error) // RFC 6749 §4.1.2.1
        return std::unexpected(
            Failure(*answer.error == "access_denied" ? problem::access_denied : problem::error_response, *answer.error,
                    answer.error_description.value_or("")));
    if (!answer.code) // RFC 6749 §4.1.2
        return std::unexpected(Failure(problem::invalid_response, {}, "the response has neither a code nor an error"));

    // Get the tokens, and leave this address, which contains the code.
    auto tokens = TRY(provider.redeem(*answer.code, login->code_verifier));
    auto response = see_other("/demo/profile");
    response.add_header("Set-Cookie", log_in(std::move(tokens), visitor, demo));
    return response;
}

Outcome<Response> profile(const Request&, Visitor& visitor, Demo& demo)
{
    if (!visitor.login())
        return see_other("/demo/");
    return page(200, "demo_profile", profile_fields(*visitor.browser, demo.settings), demo);
}

// Checks the CSRF token of a form and returns the login of its browser.
Outcome<Login*> check_form(const Request& request, const Visitor& visitor)
{
    const auto form = TRY(body_parameters(request));
    const auto csrf_token = TRY(find_parameter(form, {"csrf_token", Presence::required, 64, any_visible}));
    if (!visitor.login() || !equal_in_constant_time(*csrf_token, visitor.browser->csrf_token))
        return std::unexpected(Failure(problem::csrf_mismatch));
    return visitor.login();
}

Outcome<Response> refresh(const Request& request, Visitor& visitor, Demo& demo)
{
    auto* login = TRY(check_form(request, visitor));
    const auto provider = TRY(Provider::discover(demo.settings));
    if (login->tokens.refresh_token.empty())
        return std::unexpected(Failure(problem::refresh_token_invalid));
    auto next = provider.refresh(login->tokens);
    if (!next && next.error().error == "invalid_grant")
        login->tokens.refresh_token = {}; // it never becomes valid again
    login->tokens = TRY(std::move(next));
    ++login->refreshed;
    return see_other("/demo/profile");
}

Outcome<Response> revoke(const Request& request, Visitor& visitor, Demo& demo)
{
    auto* login = TRY(check_form(request, visitor));
    const auto provider = TRY(Provider::discover(demo.settings));
    TRY(provider.revoke(login->tokens));
    login->is_revoked = true; // the access token is kept to show that the API refuses it
    login->tokens.refresh_token = {};
    return see_other("/demo/profile");
}

Outcome<Response> log_out(const Request& request, Visitor& visitor, Demo& demo)
{
    TRY(check_form(request, visitor));
    demo.sessions.remove(visitor.cookie);
    visitor.browser->login.reset();
    auto response = see_other("/demo/");
    response.add_header("Set-Cookie", set_cookie("", demo.settings));
    return response;
}

struct Route {
    std::string_view path;
    std::string_view method;
    Outcome<Response> (*answer)(const Request&, Visitor&, Demo&);
};

constexpr std::array routes = {
    Route{"/demo/", "GET", start},
    Route{"/demo/begin", "GET", begin},
    Route{"/demo/callback", "GET", callback},
    Route{"/demo/profile", "GET", profile},
    Route{"/demo/refresh", "POST", refresh},
    Route{"/demo/revoke", "POST", revoke},
    Route{"/demo/logout", "POST", log_out},
};

} // namespace

Response handle(const Request& request, Demo& demo)
{
    const auto route = std::ranges::find(routes, request.path, &Route::path);
    if (route == routes.end())
        return failure_page(problem::malformed_request, request, demo);
    if (route->method != request.method) {
        auto response = failure_page(problem::wrong_method, request, demo);
        response.add_header("Allow", std::string(route->method)); // RFC 9110 §15.5.6
        return response;
    }
    auto visitor = find_visitor(request, demo);
    auto response = route->answer(request, visitor, demo);
    return response ? response.take() : failure_page(response.error(), request, demo);
}

} // namespace stile::demo
