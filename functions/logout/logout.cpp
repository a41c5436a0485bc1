// Any site can send a browser here with its cookies. So a login ends without confirmation only if the id_token_hint was
// issued under this login. Otherwise the user confirms on a page, by a POST with a CSRF token.
#include "functions/logout/logout.h"

#include "shared/crypto/digest.h"
#include "shared/endpoint/csrf.h"
#include "shared/endpoint/end_login.h"
#include "shared/endpoint/id_token_hint.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/session.h"
#include "shared/oauth/subject.h"

#include <algorithm>
#include <array>

namespace stile::logout {

namespace {

constexpr std::string_view path = "/oauth/logout";

// OpenID Connect RP-Initiated Logout §2.
struct LogoutParameters {
    std::optional<std::string> id_token_hint;
    std::optional<std::string> logout_hint; // ignored: a session has one user, whom the page names
    std::optional<std::string> client_id;
    std::optional<std::string> post_logout_redirect_uri;
    std::optional<std::string> state;
    std::optional<std::string> ui_locales;
};

// A Location header with all of them must fit nginx's fastcgi_buffer_size.
constexpr std::array logout_parameters = {
    Parameter<LogoutParameters>{{"id_token_hint", Presence::optional, 8192, any_visible},
                                &LogoutParameters::id_token_hint},
    Parameter<LogoutParameters>{{"logout_hint", Presence::optional, 256, any_char}, &LogoutParameters::logout_hint},
    Parameter<LogoutParameters>{{"client_id", Presence::optional, 128, any_vschar}, &LogoutParameters::client_id},
    Parameter<LogoutParameters>{{"post_logout_redirect_uri", Presence::optional, 2000, any_visible},
                                &LogoutParameters::post_logout_redirect_uri},
    Parameter<LogoutParameters>{{"state", Presence::optional, 2048, any_vschar}, &LogoutParameters::state},
    Parameter<LogoutParameters>{{"ui_locales", Presence::optional, 256, any_vschar}, &LogoutParameters::ui_locales},
};

struct Answer {
    std::optional<std::string> csrf_token;
    std::optional<std::string> logout;
};

constexpr std::array answer_parameters = {
    Parameter<Answer>{{"csrf_token", Presence::required, 64, any_visible}, &Answer::csrf_token},
    Parameter<Answer>{{"logout", Presence::required, 1, any_visible}, &Answer::logout},
};

constexpr Message broken_link = {"logout.broken.title", "logout.broken.text"};
constexpr Message signed_out = {"logout.done.title", "logout.done.text"};
constexpr Message still_signed_in = {"logout.stayed.title", "logout.stayed.text"};

// A logout request whose id_token_hint and post_logout_redirect_uri are proved.
struct LogoutRequest {
    const Reader& reader;
    LogoutParameters sent;
    std::optional<IdTokenHint> hint;
    std::shared_ptr<const Client> client; // null if none is named, or it is no longer registered
    std::optional<RedirectTarget> target;

    // Was the ID token issued under this login (Back-Channel Logout §2.1, sid)?
    bool has_hint_of(const LiveSession& session) const
    {
        return hint && hint->sid == sid_for(hint->audience, session.login_id());
    }
};

Result<std::optional<IdTokenHint>> check_hint(const LogoutParameters& sent, Context& context)
{
    if (!sent.id_token_hint)
        return std::nullopt;
    auto hint = TRY(read_id_token_hint(*sent.id_token_hint, context));
    if (!hint) // RP-Initiated Logout §4
        return fail(ErrorCode::invalid_request, "id_token_hint is not an ID token of this server");
    if (sent.client_id && *sent.client_id != hint->audience) // RP-Initiated Logout §2
        return fail(ErrorCode::invalid_request, "id_token_hint was issued to another client than client_id");
    return hint;
}

Result<LogoutRequest> parse_logout_request(const Form& form, Reader& reader, Context& context)
{
    auto sent = TRY(bind_parameters(form, logout_parameters));
    reader.prefer(sent.ui_locales.value_or(""));
    auto hint = TRY(check_hint(sent, context));
    auto client = TRY(context.clients.find(hint ? hint->audience : sent.client_id.value_or("")));
    std::optional<RedirectTarget> target;
    if (sent.post_logout_redirect_uri) { // RP-Initiated Logout §3
        if (!client)
            return fail(ErrorCode::invalid_request, "post_logout_redirect_uri needs id_token_hint or client_id");
        target = TRY(prove_post_logout_redirect_uri(*client, *sent.post_logout_redirect_uri));
    }
    return LogoutRequest{reader, std::move(sent), std::move(hint), std::move(client), std::move(target)};
}

Response message_page(const Message& message, const LogoutRequest& logout, const Context& context)
{
    PageFields fields;
    fields.set("TITLE", logout.reader.texts().fill(message.title));
    fields.set("TEXT", logout.reader.texts().fill(message.text));
    return page(200, "message", fields, logout.reader, context);
}

// Whether a redirect to the client is safe: the user confirmed, or an ID token of this server names the client.
enum class IsVouched { no, yes };

// The response when no user is logged in any more (RP-Initiated Logout §3).
Response logged_out(IsVouched vouched, const LogoutRequest& logout, const Context& context)
{
    if (logout.target && vouched == IsVouched::yes)
        return redirect_to(*logout.target, {{"state", logout.sent.state.value_or("")}});
    return message_page(signed_out, logout, context);
}

PageFields hidden_field(std::string_view name, const std::string& value)
{
    PageFields field;
    field.set("NAME", std::string(name));
    field.set("VALUE", value);
    return field;
}

// csrf_mismatch: the form was sent with a token that does not match the session, because the user has changed in
// another tab since the page was shown, or because the form is forged.
enum class ConfirmationReason { first, csrf_mismatch };

// The form repeats all parameters; they are proved again when it is sent.
Response confirmation_page(ConfirmationReason reason, const LogoutRequest& logout, const LiveSession& session,
                           const Request& request, Context& context)
{
    PageFields fields;
    fields.set("TITLE", logout.reader.texts().fill("logout.title"));
    fields.set("USERNAME", session.user_name());
    fields.set("ACTION", context.settings.path + std::string(path));
    fields.set("CSRF", form_token("logout", request, context).value_or(""));
    for (const auto& parameter : logout_parameters)
        if (const auto& value = logout.sent.*parameter.member)
            fields.show("FIELD", hidden_field(parameter.rule.name, *value));
    if (logout.client) {
        PageFields client;
        client.set("CLIENT_NAME", logout.client->name);
        fields.show("CLIENT", std::move(client));
    }
    const bool is_mismatch = reason == ConfirmationReason::csrf_mismatch;
    if (is_mismatch)
        fields.show("ASKED_ANEW");
    const auto destination = logout.target ? destination_of(*logout.target) : RedirectDestination();
    return page(is_mismatch ? 403 : 200, "logout", fields, logout.reader, context, &destination);
}

Result<Response> log_out(const LogoutRequest& logout, const LiveSession& session, const Request& request,
                         Context& context)
{
    // End the session and its grants (RP-Initiated Logout §2), and queue the notices of Back-Channel Logout.
    const Person user(session.user_name(), session.subject());
    TRY(end_login({session.id(), session.login_id(), session.subject()}, context, context.clock,
                  [&](const Sessions::RecordedGrant& grant) {
                      context.audit.record(request, {.name = EventName::grant_revoked,
                                                     .client = ClientName::of_removed(grant.client_id),
                                                     .user = user,
                                                     .grant = GrantName(grant.grant_id),
                                                     .reason = "logout"});
                  }));
    context.audit.record(request, {.name = EventName::session_ended, .user = user, .reason = "logout"});
    if (context.background != nullptr)
        context.background->wake();

    // Respond.
    auto response = logged_out(IsVouched::yes, logout, context);
    response.add_header("Set-Cookie", delete_session_cookie(context));
    return response;
}

Result<Response> answer_get(const LogoutRequest& logout, const std::optional<LiveSession>& session,
                            const Request& request, Context& context)
{
    if (!session)
        return logged_out(logout.hint ? IsVouched::yes : IsVouched::no, logout, context);
    if (logout.has_hint_of(*session))
        return log_out(logout, *session, request, context);
    return confirmation_page(ConfirmationReason::first, logout, *session, request, context);
}

Result<Response> answer_post(const Form& form, const std::string& expected_token, const LogoutRequest& logout,
                             const std::optional<LiveSession>& session, const Request& request, Context& context)
{
    // Check the CSRF token (RP-Initiated Logout §6).
    const auto sent = TRY(bind_parameters(form, answer_parameters));
    if (!equal_in_constant_time(*sent.csrf_token, expected_token))
        return session ? confirmation_page(ConfirmationReason::csrf_mismatch, logout, *session, request, context)
                       : answer_get(logout, session, request, context);

    // Take the user's answer. Without a session, a double click or another tab was faster, but this user has confirmed.
    if (*sent.logout == "0")
        return message_page(session ? still_signed_in : signed_out, logout, context);
    if (*sent.logout != "1")
        return fail(ErrorCode::invalid_request, "logout must be 1 or 0");
    return session ? log_out(logout, *session, request, context) : logged_out(IsVouched::yes, logout, context);
}

// A POST from another site (RP-Initiated Logout §2) comes without the session cookie, which is SameSite=Lax. After a
// redirect, the GET brings the cookie.
Result<Response> redirect_to_get(const Form& form, Context& context)
{
    const auto sent = TRY(bind_parameters(form, logout_parameters));
    std::string query;
    for (const auto& parameter : logout_parameters)
        if (const auto& value = sent.*parameter.member)
            query.append(query.empty() ? "?" : "&")
                .append(parameter.rule.name)
                .append("=")
                .append(encode_form_value(*value));
    return redirect_within(std::string(path) + query, context);
}

Result<Response> respond(Reader& reader, const Request& request, Context& context)
{
    // 1. Parse. RP-Initiated Logout §2: GET and POST must be supported.
    const bool is_get = request.method == "GET";
    const auto form = TRY(is_get ? query_parameters(request) : body_parameters(request));

    // 2. A POST of a client, which is no answer from the confirmation page, is repeated as a GET.
    const auto expected_token = form_token("logout", request, context);
    const bool is_answer = std::ranges::find(form, "csrf_token", &Form::value_type::first) != form.end();
    if (!is_get && (!is_answer || !expected_token))
        return redirect_to_get(form, context);

    // 3. Prove id_token_hint and post_logout_redirect_uri (RP-Initiated Logout §2, §3, §4).
    const auto logout = TRY(parse_logout_request(form, reader, context));

    // 4. Find the session. Log out at once, ask the user, or take the user's answer.
    const auto session = TRY(find_session(request, context));
    return is_get ? answer_get(logout, session, request, context)
                  : answer_post(form, *expected_token, logout, session, request, context);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    Reader reader(request, context);
    if (request.method != "GET" && request.method != "POST")
        return page_method_not_allowed("GET, POST", reader, request, context);
    auto response = respond(reader, request, context);
    return response ? response.take() : failure_page(response.error(), broken_link, reader, request, context);
}

} // namespace stile::logout
