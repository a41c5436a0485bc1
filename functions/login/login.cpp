// The login page authenticates the user (RFC 6749 §3.1; OpenID Connect Core §3.1.2.3). A GET shows the form. A POST
// checks the CSRF token before the password, so that a form of another site can neither log in nor count as a failed
// attempt.
#include "functions/login/login.h"

#include "functions/login/accept.h"
#include "shared/crypto/digest.h"
#include "shared/endpoint/csrf.h"
#include "shared/endpoint/known_browser.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/parked_request.h"
#include "shared/endpoint/password_check.h"
#include "shared/endpoint/session.h"
#include "shared/endpoint/session_check.h"

#include <array>

namespace stile::login {

namespace {

struct PageParameters {
    std::optional<std::string> request;
    std::optional<std::string> prompt;
};

constexpr std::array page_parameters = {
    Parameter<PageParameters>{{"request", Presence::required, 64, any_visible}, &PageParameters::request},
    Parameter<PageParameters>{{"prompt", Presence::optional, 16, any_visible}, &PageParameters::prompt},
};

struct Credentials {
    std::optional<std::string> csrf_token;
    std::optional<std::string> username;
    std::optional<std::string> password;
};

constexpr std::array credential_parameters = {
    Parameter<Credentials>{{"csrf_token", Presence::required, 64, any_visible}, &Credentials::csrf_token},
    Parameter<Credentials>{{"username", Presence::optional, 128, any_text}, &Credentials::username},
    Parameter<Credentials>{{"password", Presence::optional, 1024, any_text}, &Credentials::password},
};

constexpr Message lost_request = {"login.lost.title", "login.lost.text"};

Result<OwnRequest> find_request(const PageParameters& page, Reader& reader, const Request& request, Context& context)
{
    auto own = TRY(find_own_request(*page.request, request, context));
    if (!own)
        return fail(ErrorCode::invalid_request, "the authorization request is unknown or expired in this browser");
    reader.prefer(own->request().ui_locales);
    return std::move(*own);
}

// What was wrong with the last attempt.
struct Problem {
    int status;
    std::string text;
};

Result<Response> login_page(const OwnRequest& own, const std::string& username, const std::optional<Problem>& problem,
                            const Reader& reader, Context& context)
{
    const auto client = TRY(context.clients.find(own.request().client_id));
    if (!client)
        return fail(ErrorCode::invalid_request, "the client of this request is no longer registered");
    const auto target = TRY(prove_redirect_uri(*client, own.request().redirect_uri));

    PageFields fields;
    fields.set("TITLE", reader.texts().fill(problem ? "login.title_after_error" : "login.title",
                                            {{"CLIENT_NAME", client->name}}));
    fields.set("CLIENT_NAME", client->name);
    fields.set("USERNAME", username);
    fields.set("CSRF", form_token("login", own, nullptr));
    fields.show(username.empty() ? "FOCUS_USERNAME" : "FOCUS_PASSWORD");
    if (problem) {
        PageFields error;
        error.set("ERROR_TEXT", problem->text);
        fields.show("ERROR", std::move(error));
    }
    const auto destination = destination_of(target);
    auto response = page(problem ? problem->status : 200, "login", fields, reader, context, &destination);
    if (problem)
        response.outcome = problem->status == 429 ? "throttled" : "login_failed";
    return response;
}

// The wait after too many failed attempts, in words.
std::string in_words(Seconds wait, const Texts& texts)
{
    const auto seconds = static_cast<std::uint64_t>(wait);
    return seconds < 90 ? texts.count("login.wait_seconds", seconds)
                        : texts.count("login.wait_minutes", (seconds + 59) / 60);
}

Result<Response> answer_get(const OwnRequest& own, const PageParameters& sent, const Reader& reader,
                            const Request& request, Context& context)
{
    // A user who is logged in continues, unless the request or the user (prompt=login) requires a new login.
    if (sent.prompt != "login") {
        const auto session = TRY(find_session(request, context));
        if (session && !is_too_old(*session, own.request()))
            return redirect_within("/approve?request=" + own.id(), context);
    }

    // Show the form. login_hint fills in the user name (OpenID Connect Core §3.1.2.1).
    const auto hint = canonical_user_name(own.request().login_hint);
    return login_page(own, hint.value_or(""), std::nullopt, reader, context);
}

Result<Response> answer_post(const OwnRequest& own, const Form& form, const Reader& reader, const Request& request,
                             Context& context)
{
    // Check the CSRF token (RFC 6749 §10.12).
    const auto sent = TRY(bind_parameters(form, credential_parameters));
    if (!equal_in_constant_time(*sent.csrf_token, form_token("login", own, nullptr)))
        return fail(ErrorCode::invalid_request, "csrf_token does not belong to this browser and request");
    const auto username = sent.username.value_or("");
    if (username.empty() || !sent.password)
        return login_page(own, username, Problem{400, reader.texts().fill("login.incomplete")}, reader, context);

    // Check the password, unless too many attempts have failed.
    const Event about = {.client = own.request(), .grant = GrantName(own.id())};
    const auto checked = TRY(check_password(username, Secret(*sent.password), about, request, context));
    if (checked.wait > 0) {
        auto refused =
            TRY(login_page(own, username, Problem{429, in_words(checked.wait, reader.texts())}, reader, context));
        refused.add_header("Retry-After", std::to_string(checked.wait)); // RFC 6585 §4
        return refused;
    }

    // Begin the session. It fails if the password has been changed since it was checked.
    std::optional<Response> response;
    if (checked.user) {
        const Login login = {*checked.user, context.clock.now(), Amr::password(), &*checked.user};
        response = TRY(accept_login(login, own, request, context));
    }
    if (!response)
        return login_page(own, username, Problem{403, reader.texts().fill("login.mismatch")}, reader, context);
    response->add_header("Set-Cookie", TRY(remember_browser(*checked.user, request, context)));
    return std::move(*response);
}

Result<Response> respond(Reader& reader, const Request& request, Context& context)
{
    // 1. Parse.
    const auto query = TRY(query_parameters(request));
    const auto sent = TRY(bind_parameters(query, page_parameters));
    const auto form = request.method == "POST" ? TRY(body_parameters(request)) : Form();

    // 2. Find the request that this browser began.
    const auto own = TRY(find_request(sent, reader, request, context));

    // 3. Show the form, or authenticate the user.
    return request.method == "GET" ? answer_get(own, sent, reader, request, context)
                                   : answer_post(own, form, reader, request, context);
}

Response answer_program(const Reader& reader, const Request& request, Context& context)
{
    if (const int status = refusal_of_program(request, context)) {
        const OAuthError error = {ErrorCode::access_denied, "logins of a login program are not accepted here",
                                  status == 404 ? "STILE_LOGIN_PROGRAM_SECRET: unset"
                                                : "STILE_LOGIN_PROGRAM_SECRET: mismatch"};
        auto refused = error_page(error, lost_request, reader, request, context);
        refused.status = status;
        return refused;
    }
    auto response = accept_from_program(request, context);
    return response ? response.take() : failure_page(response.error(), lost_request, reader, request, context);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    Reader reader(request, context);
    if (request.path == accepting_path)
        return answer_program(reader, request, context);
    if (request.method != "GET" && request.method != "POST")
        return page_method_not_allowed("GET, POST", reader, request, context);
    auto response = respond(reader, request, context);
    return response ? response.take() : failure_page(response.error(), lost_request, reader, request, context);
}

} // namespace stile::login
