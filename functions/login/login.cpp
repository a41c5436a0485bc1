#include "functions/login/login.h"

#include "functions/login/accept.h"
#include "shared/crypto/digest.h"
#include "shared/endpoint/browser.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/password_check.h"

#include <array>

namespace stile::login {

namespace {

struct Visit {
    std::optional<std::string> request;
    std::optional<std::string> prompt;
};

constexpr std::array visit_parameters = {
    Parameter<Visit>{{"request", Presence::required, 64, any_visible}, &Visit::request},
    Parameter<Visit>{{"prompt", Presence::optional, 16, any_visible}, &Visit::prompt},
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

Result<OwnRequest> find_request(const Visit& visit, Reader& reader, const Request& request, Context& context)
{
    auto own = TRY(find_own_request(*visit.request, request, context));
    if (!own)
        return fail(ErrorCode::invalid_request, "the authorization request is unknown or expired in this browser");
    reader.prefer(own->request().ui_locales);
    return std::move(*own);
}

struct Problem {
    int status;
    std::string text;
};

Result<Response> show_form(const OwnRequest& own, const std::string& username, const std::optional<Problem>& problem,
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

Result<Response> show(const Visit& visit, Reader& reader, const Request& request, Context& context)
{
    const auto own = TRY(find_request(visit, reader, request, context));
    if (visit.prompt != "login") {
        const auto session = TRY(find_session(request, context));
        if (session && !is_too_old(*session, own.request()))
            return redirect_within("/approve?request=" + own.id(), context);
    }
    const auto probably = canonical_user_name(own.request().login_hint); // OpenID Connect Core §3.1.2.1
    return show_form(own, probably.value_or(""), std::nullopt, reader, context);
}

std::string in_words(Seconds wait, const Texts& texts)
{
    const auto seconds = static_cast<std::uint64_t>(wait);
    return seconds < 90 ? texts.count("login.wait_seconds", seconds)
                        : texts.count("login.wait_minutes", (seconds + 59) / 60);
}

Result<Response> log_in(const Visit& visit, const Form& form, Reader& reader, const Request& request, Context& context)
{
    const auto own = TRY(find_request(visit, reader, request, context));
    const auto sent = TRY(bind_parameters(form, credential_parameters));
    if (!equal_in_constant_time(*sent.csrf_token, form_token("login", own, nullptr)))
        return fail(ErrorCode::invalid_request, "csrf_token does not belong to this browser and request");
    const auto username = sent.username.value_or("");
    if (username.empty() || !sent.password)
        return show_form(own, username, Problem{400, reader.texts().fill("login.incomplete")}, reader, context);

    const Event about = {.client = own.request(), .grant = GrantName(own.id())};
    const auto checked = TRY(check_password(username, Secret(*sent.password), about, request, context));
    if (checked.wait > 0) {
        auto refused =
            TRY(show_form(own, username, Problem{429, in_words(checked.wait, reader.texts())}, reader, context));
        refused.add_header("Retry-After", std::to_string(checked.wait)); // RFC 6585 §4
        return refused;
    }
    std::optional<Response> response;
    if (checked.user) {
        const Login login = {*checked.user, context.clock.now(), Amr::password(), &*checked.user};
        response = TRY(accept_login(login, own, request, context));
    }
    if (!response)
        return show_form(own, username, Problem{403, reader.texts().fill("login.mismatch")}, reader, context);
    response->add_header("Set-Cookie", TRY(know_browser(*checked.user, request, context)));
    return std::move(*response);
}

Result<Response> dispatch(Reader& reader, const Request& request, Context& context)
{
    const auto query = TRY(query_parameters(request));
    const auto visit = TRY(bind_parameters(query, visit_parameters));
    if (request.method == "GET")
        return show(visit, reader, request, context);
    const auto form = TRY(body_parameters(request));
    return log_in(visit, form, reader, request, context);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    Reader reader(request, context);
    const bool accepts = request.path == accepting_path;
    if (!accepts && request.method != "GET" && request.method != "POST")
        return page_method_not_allowed("GET, POST", reader, request, context);
    auto response = accepts ? accept_from_program(request, context) : dispatch(reader, request, context);
    return response ? response.take() : failure_page(response.error(), lost_request, reader, request, context);
}

} // namespace stile::login
