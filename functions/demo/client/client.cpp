// The three steps of the requests-oauthlib tutorial: send the user to the provider, fetch a token with the answer, use
// it. What a tutorial leaves out is here: PKCE, a state and a provider that are bound to this browser, forms that
// nobody else can send.
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

// A browser with its cookie, held by one request at a time; no browser when the cookie is unknown here.
struct Visitor {
    std::string cookie;
    std::shared_ptr<Browser> browser;
    std::unique_lock<std::mutex> turn;

    Login* login() const { return browser && browser->login ? &*browser->login : nullptr; }
};

Visitor find_visitor(const Request& request, Demo& demo)
{
    Visitor visitor;
    visitor.cookie = cookie_of(request);
    visitor.browser = demo.sessions.find(visitor.cookie);
    if (visitor.browser)
        visitor.turn = std::unique_lock(visitor.browser->in_turn);
    return visitor;
}

Outcome<Response> start(const Request&, Visitor& visitor, Demo& demo)
{
    PageFields fields;
    fields.set("TITLE", "Demo client");
    fields.set("ISSUER", demo.settings.issuer);
    fields.set("BEGIN", demo.settings.base + "/begin");
    if (visitor.login())
        fields.show("KNOWN");
    return page(200, "demo_start", fields, demo);
}

Outcome<Response> begin(const Request&, Visitor& visitor, Demo& demo)
{
    const auto provider = TRY(Provider::discover(demo.settings));
    // Both are kept with the browser, so that only its own answer counts (RFC 6749 §10.12, RFC 9700 §4.7.1).
    Errand errand = {demo.random.base62(state_length), Secret(demo.random.base62(code_verifier_length))};
    auto response = see_other(TRY(provider.authorization_url(errand.state, errand.code_verifier)));
    if (visitor.browser) {
        remember(*visitor.browser, std::move(errand));
        return response;
    }
    auto browser = new_browser(demo.random);
    remember(*browser, std::move(errand));
    response.add_header("Set-Cookie", set_cookie(demo.sessions.add(std::move(browser)), demo.settings));
    return response;
}

// RFC 6749 §4.1.2, §4.1.2.1 and RFC 9207 §2.
struct Arrival {
    std::optional<std::string> state;
    std::optional<std::string> iss;
    std::optional<std::string> code;
    std::optional<std::string> error;
    std::optional<std::string> error_description;
};

constexpr std::array arrival_parameters = {
    Parameter<Arrival>{{"state", Presence::optional, 1024, any_vschar}, &Arrival::state},
    Parameter<Arrival>{{"iss", Presence::optional, 2048, any_visible}, &Arrival::iss},
    Parameter<Arrival>{{"code", Presence::optional, 4096, any_vschar}, &Arrival::code},
    Parameter<Arrival>{{"error", Presence::optional, 128, any_vschar}, &Arrival::error},
    Parameter<Arrival>{{"error_description", Presence::optional, 2048, any_text}, &Arrival::error_description},
};

// A login begins under a new cookie: one that somebody planted in this browser before leads nowhere.
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
    const auto arrival = TRY(bind_parameters(query, arrival_parameters));

    // Whose answer is it? The state first: whatever else a stranger sends is not even looked at.
    const auto errand = visitor.browser ? take_errand(*visitor.browser, arrival.state.value_or("")) : std::nullopt;
    if (!errand) // RFC 6749 §10.12
        return std::unexpected(Failure(Problem::foreign_answer));
    const auto provider = TRY(Provider::discover(demo.settings));
    if (!provider.is_issuer(arrival.iss)) // RFC 9207 §2.4: of errors, too
        return std::unexpected(Failure(Problem::wrong_issuer));

    // What does it say?
    if (arrival.error) // RFC 6749 §4.1.2.1
        return std::unexpected(Failure(*arrival.error == "access_denied" ? Problem::denied : Problem::refused,
                                       *arrival.error, arrival.error_description.value_or("")));
    if (!arrival.code) // RFC 6749 §4.1.2
        return std::unexpected(Failure(Problem::nonsense, {}, "the response has neither a code nor an error"));

    // Away from this address, which has the code in it.
    auto tokens = TRY(provider.redeem(*arrival.code, errand->code_verifier));
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

// The login of a form that this browser was given (RFC 6749 §10.12 asks it of the callback; it holds for all forms).
Outcome<Login*> own_form(const Request& request, const Visitor& visitor)
{
    const auto form = TRY(body_parameters(request));
    const auto csrf_token = TRY(find_parameter(form, {"csrf_token", Presence::required, 64, any_visible}));
    if (!visitor.login() || !equal_in_constant_time(*csrf_token, visitor.browser->csrf_token))
        return std::unexpected(Failure(Problem::forged_form));
    return visitor.login();
}

Outcome<Response> refresh(const Request& request, Visitor& visitor, Demo& demo)
{
    auto* login = TRY(own_form(request, visitor));
    const auto provider = TRY(Provider::discover(demo.settings));
    if (login->tokens.refresh_token.empty())
        return std::unexpected(Failure(Problem::ended));
    auto next = provider.refresh(login->tokens);
    if (!next && next.error().problem == Problem::ended)
        login->tokens.refresh_token = {}; // it is not tried again
    login->tokens = TRY(std::move(next));
    ++login->refreshed;
    return see_other("/demo/profile");
}

Outcome<Response> revoke(const Request& request, Visitor& visitor, Demo& demo)
{
    auto* login = TRY(own_form(request, visitor));
    const auto provider = TRY(Provider::discover(demo.settings));
    TRY(provider.revoke(login->tokens));
    login->is_revoked = true; // the access token stays, to show that the API refuses it
    login->tokens.refresh_token = {};
    return see_other("/demo/profile");
}

Outcome<Response> log_out(const Request& request, Visitor& visitor, Demo& demo)
{
    TRY(own_form(request, visitor));
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
        return failure_page(Problem::malformed_request, request, demo);
    if (route->method != request.method)
        return method_not_allowed(route->method, demo);
    auto visitor = find_visitor(request, demo);
    auto response = route->answer(request, visitor, demo);
    return response ? response.take() : failure_page(response.error(), request, demo);
}

} // namespace stile::demo
