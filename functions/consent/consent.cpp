#include "functions/consent/consent.h"

#include "shared/crypto/digest.h"
#include "shared/endpoint/browser.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/remembered_consent.h"

#include <array>
#include <utility>

namespace stile::consent {

namespace {

struct Visit {
    std::optional<std::string> request;
};

constexpr std::array visit_parameters = {
    Parameter<Visit>{{"request", Presence::required, 64, any_visible}, &Visit::request},
};

struct Answer {
    std::optional<std::string> csrf_token;
    std::optional<std::string> approval;
    std::optional<std::string> remember;
};

constexpr std::array answer_parameters = {
    Parameter<Answer>{{"csrf_token", Presence::required, 64, any_visible}, &Answer::csrf_token},
    Parameter<Answer>{{"approval", Presence::required, 1, any_visible}, &Answer::approval},
    Parameter<Answer>{{"remember", Presence::optional, 1, any_visible}, &Answer::remember},
};

constexpr Message lost_request = {"consent.lost.title", "consent.lost.text"};

// A parked request of this browser with its client, proved again: either may have changed since it was parked.
struct Question {
    const Reader& reader;
    OwnRequest own;
    std::shared_ptr<const Client> client;
    RedirectTarget target;

    Recipient recipient() const { return {target, client->name, own.request().state, own.request().response_mode}; }
};

Result<Question> find_question(const Visit& visit, Reader& reader, const Request& request, Context& context)
{
    auto own = TRY(find_own_request(*visit.request, request, context));
    if (!own)
        return fail(ErrorCode::invalid_request, "the authorization request is unknown or expired in this browser");
    reader.prefer(own->request().ui_locales);
    auto client = TRY(context.clients.find(own->request().client_id));
    if (!client)
        return fail(ErrorCode::invalid_request, "the client of this request is no longer registered");
    auto target = TRY(prove_redirect_uri(*client, own->request().redirect_uri));
    return Question{reader, std::move(*own), std::move(client), std::move(target)};
}

Response already_answered(const Question& question, Context& context)
{
    const auto& texts = question.reader.texts();
    PageFields fields;
    fields.set("TITLE", texts.fill("consent.answered.title"));
    fields.set("TEXT", texts.fill("consent.answered.text", {{"CLIENT_NAME", question.client->name}}));
    return page(409, "message", fields, question.reader, context);
}

// Where the browser goes next, in words.
std::string in_words(const RedirectDestination& destination, const Texts& texts)
{
    if (!destination.host.empty() && !destination.is_on_this_device)
        return destination.host;
    return texts.fill("consent.on_this_device",
                      {{"ADDRESS", destination.host.empty() ? destination.scheme + ":" : destination.host}});
}

// ASVS 5.0 V10.7.2: the page names how long access lasts.
std::string lifetime_in_words(const Client& client, const Settings& settings, const Texts& texts)
{
    const bool is_refreshed = client.may_use("refresh_token") && settings.offers("refresh_token");
    const auto seconds =
        static_cast<std::uint64_t>(is_refreshed ? settings.lifetimes.refresh_token : settings.lifetimes.access_token);
    if (seconds < 120)
        return texts.count(is_refreshed ? "consent.ends_unused_seconds" : "consent.ends_after_seconds", seconds);
    return texts.count(is_refreshed ? "consent.ends_unused_minutes" : "consent.ends_after_minutes", seconds / 60);
}

PageFields scope_fields(const std::string& scope, const Texts& texts)
{
    PageFields fields;
    const auto words = texts.find("scope." + scope);
    fields.set("SCOPE_TEXT",
               words.empty() ? texts.fill("consent.scope_other", {{"SCOPE", scope}}) : std::string(words));
    fields.set("SCOPE_NAME", scope);
    return fields;
}

// Anew: the form that was sent belongs to another login, made in another tab since the page was shown, or is forged.
enum class Asked { first, anew };

Response ask(Asked asked, const Question& question, const LiveSession& session, Context& context)
{
    const auto destination = destination_of(question.target);
    const auto& texts = question.reader.texts();
    PageFields fields;
    fields.set("TITLE", texts.fill("consent.title", {{"CLIENT_NAME", question.client->name}}));
    fields.set("CLIENT_NAME", question.client->name);
    fields.set("USERNAME", session.user_name());
    fields.set("RETURN_TO", in_words(destination, texts));
    fields.set("LIFETIME", lifetime_in_words(*question.client, context.settings, texts));
    fields.set("SWITCH_URL", context.settings.path + "/login?request=" + question.own.id() + "&prompt=login");
    fields.set("CSRF", form_token("consent", question.own, &session));
    PageFields scopes;
    const auto asked_of_user = question.own.request().asked_of_user();
    for (const auto& scope : asked_of_user.words())
        scopes.show("SCOPE", scope_fields(scope, texts));
    if (scopes.sections.empty())
        fields.show("NO_SCOPES");
    else
        fields.show("SCOPES", std::move(scopes));
    if (may_remember_consent(*question.client, question.target))
        fields.show("REMEMBER");
    if (asked == Asked::anew)
        fields.show("ASKED_ANEW");
    return page(asked == Asked::anew ? 403 : 200, "consent", fields, question.reader, context, &destination);
}

void record(EventName name, const Question& question, const LiveSession& session, const Request& request,
            Context& context)
{
    context.audit.record(request, {.name = name,
                                   .client = *question.client,
                                   .user = {session.user_name(), session.subject()},
                                   .grant = GrantName(question.own.id())});
}

enum class Consent { given, remembered };

Result<Response> approve(Consent consent, const Question& question, const LiveSession& session, const Request& request,
                         Context& context)
{
    const auto code = question.own.code();
    const auto owner = owner_in(session, *question.client, question.own.request());
    const Approval approval = {question.own.id(), question.own.browser_sha256(), owner, code};
    switch (TRY(context.requests.approve(approval, context.clock.now(), context.settings.lifetimes))) {
    case ApprovalOutcome::approved:
        TRY(confirm_session(session, question.own.request(), code, context));
        if (consent == Consent::given)
            record(EventName::consent_given, question, session, request, context);
        record(EventName::code_issued, question, session, request, context);
        return answer_with_code(question.recipient(), question.own.request().scope, code, question.reader, context);
    case ApprovalOutcome::repeated: // the first answer may have been lost before the session was looked at
        TRY(confirm_session(session, question.own.request(), code, context));
        return answer_with_code(question.recipient(), question.own.request().scope, code, question.reader, context);
    case ApprovalOutcome::answered: return already_answered(question, context);
    case ApprovalOutcome::unknown: return fail(ErrorCode::invalid_request, "the authorization request has expired");
    }
    std::unreachable();
}

// The client learns why; the request is answered.
Result<Response> refuse(const OAuthError& why, const Question& question, const Request& request, Context& context)
{
    switch (TRY(context.requests.deny(question.own.id(), question.own.browser_sha256()))) {
    case DenialOutcome::denied: return answer_with_error(question.recipient(), why, question.reader, request, context);
    case DenialOutcome::answered: return already_answered(question, context);
    case DenialOutcome::unknown: return fail(ErrorCode::invalid_request, "the authorization request has expired");
    }
    std::unreachable();
}

Result<Response> deny(const Question& question, const LiveSession& session, const Request& request, Context& context)
{
    auto response = TRY(refuse(fail_audited(ErrorCode::access_denied, "the user denied the request").error(), question,
                               request, context));
    if (response.outcome == to_string(ErrorCode::access_denied))
        record(EventName::consent_denied, question, session, request, context);
    return response;
}

Result<Response> show(const Question& question, const LiveSession& session, const Request& request, Context& context)
{
    if (question.own.is_answered())
        return already_answered(question, context);
    const bool remembered =
        !question.own.request().asks_consent
        && TRY(is_consent_remembered(*question.client, question.target, question.own.request().asked_of_user(),
                                     session.subject(), context));
    return remembered ? approve(Consent::remembered, question, session, request, context)
                      : ask(Asked::first, question, session, context);
}

// Who removes a user forgets their consents after their sessions have ended: whatever the order, one sees the other.
Result<void> remember(const Question& question, const LiveSession& session, Context& context)
{
    const auto& client_id = question.client->id;
    TRY(context.consents.save(client_id, session.subject(), question.own.request().asked_of_user(), context.clock.now(),
                              context.settings.lifetimes.consent));
    if (!TRY(context.sessions.find(session.id())))
        TRY(context.consents.forget(client_id, session.subject()));
    return {};
}

Result<Response> answer(const Question& question, const LiveSession& session, const Request& request, Context& context)
{
    const auto form = TRY(body_parameters(request));
    const auto sent = TRY(bind_parameters(form, answer_parameters));
    const bool genuine = equal_in_constant_time(*sent.csrf_token, form_token("consent", question.own, &session));
    if (!genuine && question.own.is_answered())
        return already_answered(question, context);
    if (!genuine)
        return ask(Asked::anew, question, session, context);
    if (sent.approval == "0")
        return deny(question, session, request, context);
    if (sent.approval != "1")
        return fail(ErrorCode::invalid_request, "approval must be 1 or 0");
    auto response = TRY(approve(Consent::given, question, session, request, context));
    if (sent.remember == "1" && may_remember_consent(*question.client, question.target))
        TRY(remember(question, session, context));
    return response;
}

Result<Response> dispatch(Reader& reader, const Request& request, Context& context)
{
    const auto query = TRY(query_parameters(request));
    const auto visit = TRY(bind_parameters(query, visit_parameters));
    const auto question = TRY(find_question(visit, reader, request, context));
    const auto session = TRY(find_session(request, context));
    if (!session)
        return redirect_within(login_path(question.own.id(), question.own.request()), context);
    switch (fit_of(*session, question.own.request(), *question.client)) {
    case LoginFit::fits: break;
    case LoginFit::too_old: return redirect_within(login_path(question.own.id(), question.own.request()), context);
    case LoginFit::another_user: // OpenID Connect Core §3.1.2.2
        return refuse({ErrorCode::login_required, "signed-in user does not match id_token_hint or claims.sub"},
                      question, request, context);
    case LoginFit::too_weak: // OpenID Connect Core §5.5.1.1
        return refuse({ErrorCode::unmet_authentication_requirements, "requested acr cannot be satisfied"}, question,
                      request, context);
    }
    if (request.method == "GET")
        return show(question, *session, request, context);
    return answer(question, *session, request, context);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    Reader reader(request, context);
    if (request.method != "GET" && request.method != "POST")
        return page_method_not_allowed("GET, POST", reader, request, context);
    auto response = dispatch(reader, request, context);
    return response ? response.take() : failure_page(response.error(), lost_request, reader, request, context);
}

} // namespace stile::consent
