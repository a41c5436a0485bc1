// Whoever can make a browser come here with a cookie could end its login. So without a question it ends only for a client
// that shows an ID token of this very login; all else takes a POST from our own page, whose token only this browser has.
#include "functions/logout/logout.h"

#include "shared/crypto/digest.h"
#include "shared/endpoint/browser.h"
#include "shared/endpoint/end_login.h"
#include "shared/endpoint/id_token_hint.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/oauth/subject.h"

#include <algorithm>
#include <array>

namespace stile::logout {

namespace {

constexpr std::string_view path = "/oauth/logout";

struct Asked {
    std::optional<std::string> id_token_hint;
    std::optional<std::string> logout_hint; // read past: a session has one user, and the page names them
    std::optional<std::string> client_id;
    std::optional<std::string> post_logout_redirect_uri;
    std::optional<std::string> state;
    std::optional<std::string> ui_locales;
};

// OpenID Connect RP-Initiated Logout §2. A Location with all of them must fit nginx's fastcgi_buffer_size.
constexpr std::array asked_parameters = {
    Parameter<Asked>{{"id_token_hint", Presence::optional, 8192, any_visible}, &Asked::id_token_hint},
    Parameter<Asked>{{"logout_hint", Presence::optional, 256, any_char}, &Asked::logout_hint},
    Parameter<Asked>{{"client_id", Presence::optional, 128, any_vschar}, &Asked::client_id},
    Parameter<Asked>{{"post_logout_redirect_uri", Presence::optional, 2000, any_visible},
                     &Asked::post_logout_redirect_uri},
    Parameter<Asked>{{"state", Presence::optional, 2048, any_vschar}, &Asked::state},
    Parameter<Asked>{{"ui_locales", Presence::optional, 256, any_vschar}, &Asked::ui_locales},
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
constexpr Message done = {"logout.done.title", "logout.done.text"};
constexpr Message stayed = {"logout.stayed.title", "logout.stayed.text"};

// What is asked for, proved.
struct Wish {
    const Reader& reader;
    Asked asked;
    std::optional<IdTokenHint> hint;
    std::shared_ptr<const Client> client; // null: not named, or no longer registered
    std::optional<RedirectTarget> target;

    // The client was given this ID token under this very login (Back-Channel Logout §2.1, sid).
    bool is_of(const LiveSession& session) const
    {
        return hint && hint->sid == sid_for(hint->audience, session.first_id());
    }
};

Result<std::optional<IdTokenHint>> check_hint(const Asked& asked, Context& context)
{
    if (!asked.id_token_hint)
        return std::nullopt;
    auto hint = TRY(read_id_token_hint(*asked.id_token_hint, context));
    if (!hint) // RP-Initiated Logout §4
        return fail(ErrorCode::invalid_request, "id_token_hint is not an ID token of this server");
    if (asked.client_id && *asked.client_id != hint->audience) // RP-Initiated Logout §2
        return fail(ErrorCode::invalid_request, "id_token_hint was issued to another client than client_id");
    return hint;
}

Result<Wish> understand(const Form& form, Reader& reader, Context& context)
{
    auto asked = TRY(bind_parameters(form, asked_parameters));
    reader.prefer(asked.ui_locales.value_or(""));
    auto hint = TRY(check_hint(asked, context));
    auto client = TRY(context.clients.find(hint ? hint->audience : asked.client_id.value_or("")));
    std::optional<RedirectTarget> target;
    if (asked.post_logout_redirect_uri) { // RP-Initiated Logout §3
        if (!client)
            return fail(ErrorCode::invalid_request, "post_logout_redirect_uri needs id_token_hint or client_id");
        target = TRY(prove_post_logout_redirect_uri(*client, *asked.post_logout_redirect_uri));
    }
    return Wish{reader, std::move(asked), std::move(hint), std::move(client), std::move(target)};
}

Response say(const Message& message, const Wish& wish, const Context& context)
{
    PageFields fields;
    fields.set("TITLE", wish.reader.texts().fill(message.title));
    fields.set("TEXT", wish.reader.texts().fill(message.text));
    return page(200, "message", fields, wish.reader, context);
}

// Nobody is logged in any more. A browser goes on where its user, or a token of this server, vouches for the link.
enum class Vouched { no, yes };

Response farewell(Vouched vouched, const Wish& wish, const Context& context)
{
    if (wish.target && vouched == Vouched::yes)
        return redirect_after_logout(*wish.target, wish.asked.state.value_or(""));
    return say(done, wish, context);
}

// Everything goes round once more, and is proved again then.
PageFields hidden(std::string_view name, const std::string& value)
{
    PageFields field;
    field.set("NAME", std::string(name));
    field.set("VALUE", value);
    return field;
}

// Anew: the form that was sent belongs to another login, made in another tab since the page was shown, or is forged.
enum class Asking { first, anew };

Response ask(Asking asking, const Wish& wish, const LiveSession& session, const Request& request, Context& context)
{
    PageFields fields;
    fields.set("TITLE", wish.reader.texts().fill("logout.title"));
    fields.set("USERNAME", session.user_name());
    fields.set("ACTION", context.settings.path + std::string(path));
    fields.set("CSRF", form_token("logout", request, context).value_or(""));
    for (const auto& parameter : asked_parameters)
        if (const auto& value = wish.asked.*parameter.member)
            fields.show("FIELD", hidden(parameter.rule.name, *value));
    if (wish.client) {
        PageFields client;
        client.set("CLIENT_NAME", wish.client->name);
        fields.show("CLIENT", std::move(client));
    }
    if (asking == Asking::anew)
        fields.show("ASKED_ANEW");
    const auto destination = wish.target ? destination_of(*wish.target) : RedirectDestination();
    return page(asking == Asking::anew ? 403 : 200, "logout", fields, wish.reader, context, &destination);
}

Result<Response> end(const Wish& wish, const LiveSession& session, const Request& request, Context& context)
{
    const Person user(session.user_name(), session.subject());
    TRY(end_login({session.id(), session.first_id(), session.subject()},
                  {context.sessions, context.grants, context.clients, context.logout_notices, context.clock},
                  [&](const Sessions::Noted& grant) {
                      context.audit.record(request, {.name = EventName::grant_revoked,
                                                     .client = ClientName::of_removed(grant.client_id),
                                                     .user = user,
                                                     .grant = GrantName(grant.grant_id),
                                                     .reason = "logout"});
                  }));
    context.audit.record(request, {.name = EventName::session_ended, .user = user, .reason = "logout"});
    if (context.background != nullptr)
        context.background->wake();
    auto response = farewell(Vouched::yes, wish, context);
    response.add_header("Set-Cookie", forget_session(context));
    return response;
}

Result<Response> show(const Wish& wish, const std::optional<LiveSession>& session, const Request& request,
                      Context& context)
{
    if (!session)
        return farewell(wish.hint ? Vouched::yes : Vouched::no, wish, context);
    if (wish.is_of(*session))
        return end(wish, *session, request, context);
    return ask(Asking::first, wish, *session, request, context);
}

Result<Response> answer(const Form& form, const std::string& expected, const Wish& wish,
                        const std::optional<LiveSession>& session, const Request& request, Context& context)
{
    const auto sent = TRY(bind_parameters(form, answer_parameters));
    if (!equal_in_constant_time(*sent.csrf_token, expected))
        return session ? ask(Asking::anew, wish, *session, request, context) : show(wish, session, request, context);
    if (*sent.logout == "0")
        return say(session ? stayed : done, wish, context);
    if (*sent.logout != "1")
        return fail(ErrorCode::invalid_request, "logout must be 1 or 0");
    // A double click, or another tab was faster: the session has ended, but this browser's user has said so.
    return session ? end(wish, *session, request, context) : farewell(Vouched::yes, wish, context);
}

// A form of another site (§2: POST) comes without the session's cookie, which is SameSite=Lax; a GET brings it.
Result<Response> come_again_by_get(const Form& form, Context& context)
{
    const auto asked = TRY(bind_parameters(form, asked_parameters));
    std::string query;
    for (const auto& parameter : asked_parameters)
        if (const auto& value = asked.*parameter.member)
            query.append(query.empty() ? "?" : "&")
                .append(parameter.rule.name)
                .append("=")
                .append(encode_form_value(*value));
    return redirect_within(std::string(path) + query, context);
}

Result<Response> dispatch(Reader& reader, const Request& request, Context& context)
{
    const bool is_get = request.method == "GET";
    const auto form = TRY(is_get ? query_parameters(request) : body_parameters(request));
    const auto expected = form_token("logout", request, context);
    const bool is_answer = std::ranges::find(form, "csrf_token", &Form::value_type::first) != form.end();
    if (!is_get && (!is_answer || !expected))
        return come_again_by_get(form, context);
    const auto wish = TRY(understand(form, reader, context));
    const auto session = TRY(find_session(request, context));
    return is_get ? show(wish, session, request, context) : answer(form, *expected, wish, session, request, context);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    Reader reader(request, context);
    if (request.method != "GET" && request.method != "POST")
        return page_method_not_allowed("GET, POST", reader, request, context);
    auto response = dispatch(reader, request, context);
    return response ? response.take() : failure_page(response.error(), broken_link, reader, request, context);
}

} // namespace stile::logout
