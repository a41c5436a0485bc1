// The request is checked in two passes (RFC 6749 §4.1.2.1). The first reads client_id, redirect_uri, state and
// response_mode and proves the first two. Its errors are shown to the user, because the redirect URI is not trusted
// yet. The second reads the other parameters. Its errors go to the client, with state and iss. `state` belongs to the
// first pass: a client must not accept a response without the state that it sent.
#include "functions/authorize/authorize.h"

#include "shared/endpoint/authorization_response.h"
#include "shared/endpoint/id_token_hint.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/parked_request.h"
#include "shared/endpoint/remembered_consent.h"
#include "shared/endpoint/session.h"
#include "shared/endpoint/session_check.h"

#include <array>

namespace stile::authorize {

namespace {

// The parameters of the first pass.
struct RecipientParameters {
    std::optional<std::string> client_id;
    std::optional<std::string> redirect_uri;
    std::optional<std::string> state;
    std::optional<std::string> response_mode;
};

constexpr std::array recipient_parameters = {
    Parameter<RecipientParameters>{{"client_id", Presence::required, 128, any_vschar}, &RecipientParameters::client_id},
    Parameter<RecipientParameters>{{"redirect_uri", Presence::optional, 2048, any_visible},
                                   &RecipientParameters::redirect_uri},
    Parameter<RecipientParameters>{{"state", Presence::optional, max_state_length, any_vschar},
                                   &RecipientParameters::state},
    Parameter<RecipientParameters>{{"response_mode", Presence::optional, 64, any_vschar},
                                   &RecipientParameters::response_mode},
};

// OpenID Connect Core §3.1.2.1. Its length is limited, because it is stored. Unknown languages are no error.
constexpr ParameterRule ui_locales = {"ui_locales", Presence::optional, 256, any_vschar};

// The parameters of the second pass.
constexpr std::array authorization_parameters = {
    Parameter<AuthorizationParameters>{{"response_type", Presence::optional, 64, any_vschar},
                                       &AuthorizationParameters::response_type},
    Parameter<AuthorizationParameters>{{"scope", Presence::optional, 2048, any_vschar},
                                       &AuthorizationParameters::scope},
    Parameter<AuthorizationParameters>{{"code_challenge", Presence::optional, 128, any_vschar},
                                       &AuthorizationParameters::code_challenge},
    Parameter<AuthorizationParameters>{{"code_challenge_method", Presence::optional, 16, any_vschar},
                                       &AuthorizationParameters::code_challenge_method},
    Parameter<AuthorizationParameters>{ui_locales, &AuthorizationParameters::ui_locales},
    Parameter<AuthorizationParameters>{{"nonce", Presence::optional, 512, any_vschar}, &AuthorizationParameters::nonce},
    Parameter<AuthorizationParameters>{{"prompt", Presence::optional, 128, any_vschar},
                                       &AuthorizationParameters::prompt},
    Parameter<AuthorizationParameters>{{"max_age", Presence::optional, 16, any_vschar},
                                       &AuthorizationParameters::max_age},
    Parameter<AuthorizationParameters>{{"id_token_hint", Presence::optional, 8192, any_vschar},
                                       &AuthorizationParameters::id_token_hint},
    Parameter<AuthorizationParameters>{{"login_hint", Presence::optional, 256, any_text},
                                       &AuthorizationParameters::login_hint},
    Parameter<AuthorizationParameters>{{"claims", Presence::optional, 4096, any_text},
                                       &AuthorizationParameters::claims},
    // Refused with any value (not supported), so the values are not checked.
    Parameter<AuthorizationParameters>{{"request", Presence::optional, max_body_size, any_char},
                                       &AuthorizationParameters::request},
    Parameter<AuthorizationParameters>{{"request_uri", Presence::optional, max_body_size, any_char},
                                       &AuthorizationParameters::request_uri},
    Parameter<AuthorizationParameters>{{"registration", Presence::optional, max_body_size, any_char},
                                       &AuthorizationParameters::registration},
};

// The ui_locales of a request that may be invalid, for the language of its error page.
std::string ui_locales_of(const Form& form)
{
    const auto sent = find_parameter(form, ui_locales);
    return sent ? sent->value_or("") : "";
}

// What the first pass proved: the client, and the redirect URI for the response.
struct ProvedRecipient {
    std::shared_ptr<const Client> client;
    RedirectTarget target;
    RecipientParameters sent;

    // OAuth 2.0 Multiple Response Types §2.1. A form cannot post to a private scheme, which starts an application.
    Result<ResponseMode> response_mode() const
    {
        const auto mode = parse_response_mode(sent.response_mode.value_or("query"));
        if (!mode)
            return fail(ErrorCode::invalid_request, "response_mode must be query or form_post");
        if (*mode == ResponseMode::form_post && destination_of(target).host.empty())
            return fail(ErrorCode::invalid_request, "response_mode must be query for this redirect_uri");
        return *mode;
    }

    // An error about response_mode itself is sent in the default mode.
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

Result<ProvedRecipient> prove_recipient(const Form& form, Context& context)
{
    auto sent = TRY(bind_parameters(form, recipient_parameters));
    auto client = TRY(context.clients.find(*sent.client_id));
    if (!client)
        return fail(ErrorCode::invalid_request, "unknown client_id");
    auto target = TRY(prove_redirect_uri(*client, sent.redirect_uri)); // RFC 6749 §3.1.2.3
    return ProvedRecipient{std::move(client), std::move(target), std::move(sent)};
}

Result<AuthorizationRequest> check_request(const Form& form, const ProvedRecipient& proved, Context& context)
{
    const auto parameters = TRY(bind_parameters(form, authorization_parameters));
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

// Parks the request in Redis, bound to this browser, and redirects to the page that continues it.
enum class NextPage { login, consent };
Result<Response> park(NextPage next, const AuthorizationRequest& authorization_request, const Request& request,
                      Context& context)
{
    const auto id = context.random.base62(grant_id_length);
    const auto cookies = TRY(park_request(id, authorization_request, request, context));
    auto response = redirect_within(
        next == NextPage::login ? login_path(id, authorization_request) : "/approve?request=" + id, context);
    for (const auto& cookie : cookies)
        response.add_header("Set-Cookie", cookie);
    return response;
}

// OpenID Connect Core §3.1.2.1: max_age limits the age of the login; prompt=login requires another login than the
// present.
void set_login_requirements(AuthorizationRequest& authorization_request, const std::optional<LiveSession>& session,
                            Seconds now)
{
    if (authorization_request.max_age)
        authorization_request.authenticated_since = now - *authorization_request.max_age;
    if (authorization_request.requires_login)
        authorization_request.authenticated_since = now;
    if (authorization_request.requires_login && session)
        authorization_request.not_session = session->id();
}

// Issues a code if the user's consent is remembered, and otherwise returns nothing. The code is issued in the same
// round trip that reads the consent and the session; it has not been sent yet, so it can be revoked.
Result<std::optional<Response>> approve_silently(const AuthorizationRequest& authorization_request,
                                                 const ProvedRecipient& proved, const LiveSession& session,
                                                 const Reader& reader, const Request& request, Context& context)
{
    if (!may_remember_consent(*proved.client, proved.target))
        return std::nullopt;
    const auto code = SplitToken::mint(context.random.base62(grant_id_length), code_length, context.random);
    const auto owner = owner_in(session, *proved.client, authorization_request);
    const SilentApprovals::Request approving = {code,         authorization_request, owner, session.subject(),
                                                session.id(), session.login_id()};
    const auto approval =
        TRY(context.silent_approvals.approve(approving, context.clock.now(), context.settings.lifetimes));
    const bool has_consented =
        approval.remembered && approval.remembered->contains(authorization_request.consent_scope());
    const bool has_too_many = approval.grant_count > Sessions::max_grants
                              && TRY(context.sessions.prune_ended(session.login_id())) > Sessions::max_grants;
    if (!has_consented || !approval.session_exists || has_too_many) {
        TRY(context.silent_approvals.revoke(approving));
        return std::nullopt;
    }
    context.audit.record(request, {.name = EventName::code_issued,
                                   .client = *proved.client,
                                   .user = {session.user_name(), session.subject()},
                                   .grant = code});
    return answer_with_code(proved.recipient(), authorization_request.scope, code, reader, context);
}

OAuthError consent_required()
{
    return {ErrorCode::consent_required, "consent required (prompt=none)"};
}

// Responds at once if the user is logged in and the consent is remembered. Otherwise the user is asked, or with
// prompt=none the client gets the error that names what the user would be asked for (OpenID Connect Core §3.1.2.6).
Result<Response> continue_request(AuthorizationRequest authorization_request, const ProvedRecipient& proved,
                                  const Reader& reader, const Request& request, Context& context)
{
    const auto refuse = [&](const OAuthError& error) {
        return answer_with_error(proved.recipient(), error, reader, request, context);
    };

    // Does the present login satisfy the request (OpenID Connect Core §3.1.2.3)?
    const auto session = TRY(find_session(request, context));
    set_login_requirements(authorization_request, session, context.clock.now());
    if (!session || check_session_for(authorization_request, *session, *proved.client) != SessionCheck::satisfied) {
        // A client that the user never agreed to must not learn who is logged in, or how, by asking for it (claims).
        if (session && authorization_request.is_silent
            && !TRY(is_consent_remembered(*proved.client, proved.target, authorization_request.consent_scope(),
                                          session->subject(), context)))
            return refuse(consent_required());
        if (authorization_request.is_silent)
            return refuse({ErrorCode::login_required, "login required (prompt=none)"});
        if (session)
            authorization_request.not_session = session->id(); // another login is needed, for whichever reason
        return park(NextPage::login, authorization_request, request, context);
    }

    // Is the consent remembered (RFC 6749 §4.1.1; OpenID Connect Core §3.1.2.4)?
    if (!authorization_request.requires_consent) {
        auto response = TRY(approve_silently(authorization_request, proved, *session, reader, request, context));
        if (response)
            return std::move(*response);
    }
    if (authorization_request.is_silent)
        return refuse(consent_required());
    return park(NextPage::consent, authorization_request, request, context);
}

constexpr Message broken_link = {"authorize.broken_link.title", "authorize.broken_link.text"};

} // namespace

Response handle(const Request& request, Context& context)
{
    Reader reader(request, context);
    if (request.method != "GET" && request.method != "POST")
        return page_method_not_allowed("GET, POST", reader, request, context);

    // 1. Parse.
    auto form = parameters_of(request);
    if (!form)
        return failure_page(form.error(), broken_link, reader, request, context);
    reader.prefer(ui_locales_of(*form));

    // 2. First pass: prove the client and the redirect URI (RFC 6749 §3.1.2.3).
    auto proved = prove_recipient(*form, context);
    if (!proved)
        return failure_page(proved.error(), broken_link, reader, request, context);

    // 3. Second pass: validate the other parameters (RFC 6749 §4.1.2.1).
    auto checked = check_request(*form, *proved, context);
    if (!checked && checked.error().code == ErrorCode::temporarily_unavailable)
        return failure_page(checked.error(), broken_link, reader, request, context);
    if (!checked)
        return answer_with_error(proved->recipient(), checked.error(), reader, request, context);

    // 4. Respond with a code, or park the request and redirect to the login or consent page.
    auto response = continue_request(checked.take(), *proved, reader, request, context);
    return response ? response.take() : failure_page(response.error(), broken_link, reader, request, context);
}

} // namespace stile::authorize
