// Two passes (RFC 6749 §4.1.2.1). The first reads client_id and redirect_uri alone and proves them: whatever is wrong
// there is shown to the user, because nobody has shown yet that the address may be trusted. The second reads the rest;
// whatever is wrong there goes to the client, with its state and our iss. `state` belongs to the first pass: an answer
// whose state cannot be carried would be an answer that the client must not trust.
#include "functions/authorize/authorize.h"

#include "shared/endpoint/browser.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/remembered_consent.h"

#include <array>

namespace stile::authorize {

namespace {

struct Addressee {
    std::optional<std::string> client_id;
    std::optional<std::string> redirect_uri;
    std::optional<std::string> state;
};

constexpr std::array addressee_parameters = {
    Parameter<Addressee>{{"client_id", Presence::required, 128, any_vschar}, &Addressee::client_id},
    Parameter<Addressee>{{"redirect_uri", Presence::optional, 2048, any_visible}, &Addressee::redirect_uri},
    Parameter<Addressee>{{"state", Presence::optional, max_state_length, any_vschar}, &Addressee::state},
};

// OpenID Connect Core §3.1.2.1. It is carried along, so it is bounded; languages that there are not are no error.
constexpr ParameterRule ui_locales = {"ui_locales", Presence::optional, 256, any_vschar};

constexpr std::array request_parameters = {
    Parameter<AuthorizationParameters>{{"response_type", Presence::optional, 64, any_vschar},
                                       &AuthorizationParameters::response_type},
    Parameter<AuthorizationParameters>{{"scope", Presence::optional, 2048, any_vschar},
                                       &AuthorizationParameters::scope},
    Parameter<AuthorizationParameters>{{"code_challenge", Presence::optional, 128, any_vschar},
                                       &AuthorizationParameters::code_challenge},
    Parameter<AuthorizationParameters>{{"code_challenge_method", Presence::optional, 16, any_vschar},
                                       &AuthorizationParameters::code_challenge_method},
    Parameter<AuthorizationParameters>{ui_locales, &AuthorizationParameters::ui_locales},
};

// The pages of a request that is wrong speak the language that it asks for, too, if that can be told.
std::string asked_languages(const Form& form)
{
    const auto sent = find_parameter(form, ui_locales);
    return sent ? sent->value_or("") : "";
}

// Who asks, and where the answer may go.
struct Proved {
    std::shared_ptr<const Client> client;
    RedirectTarget target;
    Addressee sent;
};

Result<Form> parameters_of(const Request& request)
{
    // RFC 6749 §3.1: GET must be supported, POST may be.
    return request.method == "POST" ? body_parameters(request) : query_parameters(request);
}

Result<Proved> prove_addressee(const Form& form, Context& context)
{
    auto sent = TRY(bind_parameters(form, addressee_parameters));
    auto client = TRY(context.clients.find(*sent.client_id));
    if (!client)
        return fail(ErrorCode::invalid_request, "client_id is not known here");
    auto target = TRY(prove_redirect_uri(*client, sent.redirect_uri)); // RFC 6749 §3.1.2.3
    return Proved{std::move(client), std::move(target), std::move(sent)};
}

Result<AuthorizationRequest> check_request(const Form& form, const Proved& proved, const Context& context)
{
    const auto parameters = TRY(bind_parameters(form, request_parameters));
    auto checked = TRY(check_authorization_request(parameters, *proved.client, proved.target, context.settings));
    checked.redirect_uri_was_sent = proved.sent.redirect_uri.has_value();
    checked.state = proved.sent.state.value_or("");
    return checked;
}

// The request waits in Redis, bound to this browser, until somebody has logged in and answered.
Result<Response> park(const AuthorizationRequest& authorization_request, bool is_logged_in, const Request& request,
                      Context& context)
{
    const auto id = context.random.base62(grant_id_length);
    const auto cookies = TRY(park_request(id, authorization_request, request, context));
    auto response = redirect_within((is_logged_in ? "/approve?request=" : "/login?request=") + id, context);
    for (const auto& cookie : cookies)
        response.add_header("Set-Cookie", cookie);
    return response;
}

// A user who is logged in and has agreed for good is sent back at once; everybody else is asked.
Result<Response> continue_request(const AuthorizationRequest& authorization_request, const Proved& proved,
                                  const Request& request, Context& context)
{
    const auto session = TRY(find_session(request, context));
    if (!session)
        return park(authorization_request, false, request, context);
    if (!TRY(is_consent_remembered(*proved.client, proved.target, authorization_request.scope, session->subject(),
                                   context)))
        return park(authorization_request, true, request, context);

    const auto code = SplitToken::mint(context.random.base62(grant_id_length), code_length, context.random);
    const ResourceOwner owner = {session->subject(), session->user_name(), session->auth_time()};
    TRY(context.grants.issue_code(code, authorization_request, owner, context.clock.now(), context.settings.lifetimes));
    TRY(confirm_session(*session, code, context));
    context.audit.record(request, {.name = EventName::code_issued,
                                   .client = *proved.client,
                                   .user = {session->user_name(), session->subject()},
                                   .grant = code});
    return redirect_with_code(proved.target, authorization_request, code, context);
}

constexpr Message broken_link = {"authorize.broken_link.title", "authorize.broken_link.text"};

} // namespace

Response handle(const Request& request, Context& context)
{
    Reader reader(request, context);
    if (request.method != "GET" && request.method != "POST")
        return page_method_not_allowed("GET, POST", reader, request, context);

    // Parse.
    auto form = parameters_of(request);
    if (!form)
        return failure_page(form.error(), broken_link, reader, request, context);

    reader.prefer(asked_languages(*form));

    // Prove the client and the redirect URI.
    auto proved = prove_addressee(*form, context);
    if (!proved)
        return failure_page(proved.error(), broken_link, reader, request, context);

    // Validate the rest.
    auto checked = check_request(*form, *proved, context);
    if (!checked)
        return redirect_with_error(proved->target, checked.error(), proved->sent.state.value_or(""), request, context);

    // Park it, or answer it; either way respond.
    auto response = continue_request(*checked, *proved, request, context);
    return response ? response.take() : failure_page(response.error(), broken_link, reader, request, context);
}

} // namespace stile::authorize
