// Two passes (RFC 6749 §4.1.2.1). The first reads client_id and redirect_uri alone and proves them: whatever is wrong
// there is shown to the user, because nobody has shown yet that the address may be trusted. The second reads the rest;
// whatever is wrong there goes to the client, with its state and our iss. `state` belongs to the first pass: an answer
// whose state cannot be carried would be an answer that the client must not trust.
#include "functions/authorize/authorize.h"

#include "shared/endpoint/browser.h"
#include "shared/endpoint/id_token_hint.h"
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
    std::optional<std::string> response_mode;
};

constexpr std::array addressee_parameters = {
    Parameter<Addressee>{{"client_id", Presence::required, 128, any_vschar}, &Addressee::client_id},
    Parameter<Addressee>{{"redirect_uri", Presence::optional, 2048, any_visible}, &Addressee::redirect_uri},
    Parameter<Addressee>{{"state", Presence::optional, max_state_length, any_vschar}, &Addressee::state},
    Parameter<Addressee>{{"response_mode", Presence::optional, 64, any_vschar}, &Addressee::response_mode},
};

// OpenID Connect Core §3.1.2.1. It is carried along, so it is bounded; languages that there are not are no error.
constexpr ParameterRule ui_locales = {"ui_locales", Presence::optional, 256, any_vschar};

using Asked = AuthorizationParameters;
constexpr std::array request_parameters = {
    Parameter<Asked>{{"response_type", Presence::optional, 64, any_vschar}, &Asked::response_type},
    Parameter<Asked>{{"scope", Presence::optional, 2048, any_vschar}, &Asked::scope},
    Parameter<Asked>{{"code_challenge", Presence::optional, 128, any_vschar}, &Asked::code_challenge},
    Parameter<Asked>{{"code_challenge_method", Presence::optional, 16, any_vschar}, &Asked::code_challenge_method},
    Parameter<Asked>{ui_locales, &Asked::ui_locales},
    Parameter<Asked>{{"nonce", Presence::optional, 512, any_vschar}, &Asked::nonce},
    Parameter<Asked>{{"prompt", Presence::optional, 128, any_vschar}, &Asked::prompt},
    Parameter<Asked>{{"max_age", Presence::optional, 16, any_vschar}, &Asked::max_age},
    Parameter<Asked>{{"id_token_hint", Presence::optional, 8192, any_vschar}, &Asked::id_token_hint},
    Parameter<Asked>{{"login_hint", Presence::optional, 256, any_text}, &Asked::login_hint},
    Parameter<Asked>{{"claims", Presence::optional, 4096, any_text}, &Asked::claims},
    // Refused whatever they say, so nothing about them is checked.
    Parameter<Asked>{{"request", Presence::optional, max_body_size, any_char}, &Asked::request},
    Parameter<Asked>{{"request_uri", Presence::optional, max_body_size, any_char}, &Asked::request_uri},
    Parameter<Asked>{{"registration", Presence::optional, max_body_size, any_char}, &Asked::registration},
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

    // OAuth 2.0 Multiple Response Types §2.1. A page cannot post to an application that a private scheme starts.
    Result<ResponseMode> response_mode() const
    {
        const auto mode = parse_response_mode(sent.response_mode.value_or("query"));
        if (!mode)
            return fail(ErrorCode::invalid_request, "response_mode must be query or form_post");
        if (*mode == ResponseMode::form_post && destination_of(target).host.empty())
            return fail(ErrorCode::invalid_request, "response_mode must be query for this redirect_uri");
        return *mode;
    }

    // That no such mode is possible is told by the plain one.
    Recipient recipient() const
    {
        return {target, client->name, sent.state ? std::string_view(*sent.state) : "",
                response_mode().value_or(ResponseMode::query)};
    }
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
        return fail(ErrorCode::invalid_request, "unknown client_id");
    auto target = TRY(prove_redirect_uri(*client, sent.redirect_uri)); // RFC 6749 §3.1.2.3
    return Proved{std::move(client), std::move(target), std::move(sent)};
}

Result<AuthorizationRequest> check_request(const Form& form, const Proved& proved, Context& context)
{
    const auto parameters = TRY(bind_parameters(form, request_parameters));
    const auto mode = TRY(proved.response_mode());
    auto checked = TRY(check_authorization_request(parameters, *proved.client, proved.target, context.settings));
    checked.redirect_uri_was_sent = proved.sent.redirect_uri.has_value();
    checked.state = proved.sent.state.value_or("");
    checked.response_mode = mode;
    if (parameters.id_token_hint && checked.is_openid()) {
        const auto hint = TRY(read_id_token_hint(*parameters.id_token_hint, context));
        if (!hint || hint->audience != proved.client->id)
            return fail(ErrorCode::invalid_request,
                        "id_token_hint is not an ID token that this server issued to the client");
        if (!checked.expected_subject.empty() && checked.expected_subject != hint->subject)
            return fail(ErrorCode::invalid_request, "id_token_hint and claims ask for different users");
        checked.expected_subject = hint->subject;
    }
    return checked;
}

// The request waits in Redis, bound to this browser, until somebody has logged in and answered.
enum class Waits { for_login, for_approval };
Result<Response> park(Waits waits, const AuthorizationRequest& authorization_request, const Request& request,
                      Context& context)
{
    const auto id = context.random.base62(grant_id_length);
    const auto cookies = TRY(park_request(id, authorization_request, request, context));
    auto response = redirect_within(
        waits == Waits::for_login ? login_path(id, authorization_request) : "/approve?request=" + id, context);
    for (const auto& cookie : cookies)
        response.add_header("Set-Cookie", cookie);
    return response;
}

// OpenID Connect Core §3.1.2.1: how old the login may be, and that prompt=login wants another one than there is.
void ask_for_login(AuthorizationRequest& authorization_request, const std::optional<LiveSession>& session, Seconds now)
{
    if (authorization_request.max_age)
        authorization_request.authenticated_since = now - *authorization_request.max_age;
    if (authorization_request.asks_login)
        authorization_request.authenticated_since = now;
    if (authorization_request.asks_login && session)
        authorization_request.not_session = session->id();
}

// A code for a user who has agreed for good; nothing when they have not.
Result<std::optional<Response>> approve_silently(const AuthorizationRequest& authorization_request,
                                                 const Proved& proved, const LiveSession& session, const Reader& reader,
                                                 const Request& request, Context& context)
{
    if (!may_remember_consent(*proved.client, proved.target))
        return std::nullopt;
    const auto code = SplitToken::mint(context.random.base62(grant_id_length), code_length, context.random);
    const auto owner = owner_in(session, *proved.client, authorization_request);
    const SilentApprovals::Asked asked = {code,         authorization_request, owner, session.subject(),
                                          session.id(), session.first_id()};
    const auto approval = TRY(context.silent_approvals.try_to(asked, context.clock.now(), context.settings.lifetimes));
    const bool has_agreed = approval.agreed && approval.agreed->contains(authorization_request.asked_of_user());
    const bool is_too_often = approval.noted > Sessions::most_noted
                              && TRY(context.sessions.forget_ended(session.first_id())) > Sessions::most_noted;
    if (!has_agreed || !approval.session_is_there || is_too_often) {
        TRY(context.silent_approvals.take_back(asked));
        return std::nullopt;
    }
    context.audit.record(request, {.name = EventName::code_issued,
                                   .client = *proved.client,
                                   .user = {session.user_name(), session.subject()},
                                   .grant = code});
    return answer_with_code(proved.recipient(), authorization_request.scope, code, reader, context);
}

// A user who is logged in and has agreed for good is sent back at once; everybody else is asked, or with prompt=none the
// client is told what would have to be asked (OpenID Connect Core §3.1.2.6).
Result<Response> continue_request(AuthorizationRequest authorization_request, const Proved& proved,
                                  const Reader& reader, const Request& request, Context& context)
{
    const auto refuse = [&](const OAuthError& error) {
        return answer_with_error(proved.recipient(), error, reader, request, context);
    };
    const auto session = TRY(find_session(request, context));
    ask_for_login(authorization_request, session, context.clock.now());
    if (!session || fit_of(*session, authorization_request, *proved.client) != LoginFit::fits) {
        if (authorization_request.is_silent)
            return refuse({ErrorCode::login_required, "login required (prompt=none)"});
        if (session)
            authorization_request.not_session = session->id(); // another login, whatever was wrong with this one
        return park(Waits::for_login, authorization_request, request, context);
    }
    if (!authorization_request.asks_consent) {
        auto response = TRY(approve_silently(authorization_request, proved, *session, reader, request, context));
        if (response)
            return std::move(*response);
    }
    if (authorization_request.is_silent)
        return refuse({ErrorCode::consent_required, "consent required (prompt=none)"});
    return park(Waits::for_approval, authorization_request, request, context);
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
    if (!checked && checked.error().code == ErrorCode::temporarily_unavailable)
        return failure_page(checked.error(), broken_link, reader, request, context);
    if (!checked)
        return answer_with_error(proved->recipient(), checked.error(), reader, request, context);

    // Park it, or answer it; either way respond.
    auto response = continue_request(checked.take(), *proved, reader, request, context);
    return response ? response.take() : failure_page(response.error(), broken_link, reader, request, context);
}

} // namespace stile::authorize
