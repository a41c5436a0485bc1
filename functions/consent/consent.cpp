// The user approves or denies a parked request (RFC 6749 §4.1.1). The approval of a double click is repeated, not
// refused: it issues the same code again, because the first response may have been lost.
#include "functions/consent/consent.h"

#include "shared/crypto/digest.h"
#include "shared/endpoint/authorization_response.h"
#include "shared/endpoint/csrf.h"
#include "shared/endpoint/page.h"
#include "shared/endpoint/params.h"
#include "shared/endpoint/parked_request.h"
#include "shared/endpoint/remembered_consent.h"
#include "shared/endpoint/session.h"
#include "shared/endpoint/session_check.h"

#include <array>
#include <utility>

namespace stile::consent {

namespace {

struct PageParameters {
    std::optional<std::string> request;
};

constexpr std::array page_parameters = {
    Parameter<PageParameters>{{"request", Presence::required, 64, any_visible}, &PageParameters::request},
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

// A parked request of this browser that the user has to answer, with its client and redirect URI. Both are proved
// again, because the registration may have changed since the request was parked.
struct PendingConsent {
    const Reader& reader;
    OwnRequest own;
    std::shared_ptr<const Client> client;
    RedirectTarget target;

    Recipient recipient() const { return {target, client->name, own.request().state, own.request().response_mode}; }
};

Result<PendingConsent> find_pending_consent(const PageParameters& sent, Reader& reader, const Request& request,
                                            Context& context)
{
    auto own = TRY(find_own_request(*sent.request, request, context));
    if (!own)
        return fail(ErrorCode::invalid_request, "the authorization request is unknown or expired in this browser");
    reader.prefer(own->request().ui_locales);
    auto client = TRY(context.clients.find(own->request().client_id));
    if (!client)
        return fail(ErrorCode::invalid_request, "the client of this request is no longer registered");
    auto target = TRY(prove_redirect_uri(*client, own->request().redirect_uri));
    return PendingConsent{reader, std::move(*own), std::move(client), std::move(target)};
}

Response already_answered(const PendingConsent& pending, Context& context)
{
    const auto& texts = pending.reader.texts();
    PageFields fields;
    fields.set("TITLE", texts.fill("consent.answered.title"));
    fields.set("TEXT", texts.fill("consent.answered.text", {{"CLIENT_NAME", pending.client->name}}));
    return page(409, "message", fields, pending.reader, context);
}

// The destination after the user's answer, in words.
std::string in_words(const RedirectDestination& destination, const Texts& texts)
{
    if (!destination.host.empty() && !destination.is_on_this_device)
        return destination.host;
    return texts.fill("consent.on_this_device",
                      {{"ADDRESS", destination.host.empty() ? destination.scheme + ":" : destination.host}});
}

// ASVS 5.0 V10.7.2: the page states how long access lasts.
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

// csrf_mismatch: the form was sent with a token that does not match the session, because the user has changed in
// another tab since the page was shown, or because the form is forged.
enum class ConfirmationReason { first, csrf_mismatch };

Response consent_page(ConfirmationReason reason, const PendingConsent& pending, const LiveSession& session,
                      Context& context)
{
    const auto destination = destination_of(pending.target);
    const auto& texts = pending.reader.texts();
    PageFields fields;
    fields.set("TITLE", texts.fill("consent.title", {{"CLIENT_NAME", pending.client->name}}));
    fields.set("CLIENT_NAME", pending.client->name);
    fields.set("USERNAME", session.user_name());
    fields.set("RETURN_TO", in_words(destination, texts));
    fields.set("LIFETIME", lifetime_in_words(*pending.client, context.settings, texts));
    fields.set("SWITCH_URL", context.settings.path + "/login?request=" + pending.own.id() + "&prompt=login");
    fields.set("CSRF", form_token("consent", pending.own, &session));
    PageFields scopes;
    const auto consent_scope = pending.own.request().consent_scope();
    for (const auto& scope : consent_scope.words())
        scopes.show("SCOPE", scope_fields(scope, texts));
    if (scopes.sections.empty())
        fields.show("NO_SCOPES");
    else
        fields.show("SCOPES", std::move(scopes));
    if (may_remember_consent(*pending.client, pending.target))
        fields.show("REMEMBER");
    const bool is_mismatch = reason == ConfirmationReason::csrf_mismatch;
    if (is_mismatch)
        fields.show("ASKED_ANEW");
    return page(is_mismatch ? 403 : 200, "consent", fields, pending.reader, context, &destination);
}

void record(EventName name, const PendingConsent& pending, const LiveSession& session, const Request& request,
            Context& context)
{
    context.audit.record(request, {.name = name,
                                   .client = *pending.client,
                                   .user = {session.user_name(), session.subject()},
                                   .grant = GrantName(pending.own.id())});
}

enum class Consent { given, remembered };

Result<Response> approve(Consent consent, const PendingConsent& pending, const LiveSession& session,
                         const Request& request, Context& context)
{
    const auto code = pending.own.code();
    const auto owner = owner_in(session, *pending.client, pending.own.request());
    const Approval approval = {pending.own.id(), pending.own.browser_sha256(), owner, code,
                               pending.own.request().client_id};
    switch (TRY(context.requests.approve(approval, context.clock.now(), context.settings.lifetimes))) {
    case ApprovalOutcome::approved:
        TRY(confirm_session(session, pending.own.request(), code, context));
        if (consent == Consent::given)
            record(EventName::consent_given, pending, session, request, context);
        record(EventName::code_issued, pending, session, request, context);
        return answer_with_code(pending.recipient(), pending.own.request().scope, code, pending.reader, context);
    case ApprovalOutcome::repeated: // the first response may have been lost before confirm_session()
        TRY(confirm_session(session, pending.own.request(), code, context));
        return answer_with_code(pending.recipient(), pending.own.request().scope, code, pending.reader, context);
    case ApprovalOutcome::answered: return already_answered(pending, context);
    case ApprovalOutcome::unknown: return fail(ErrorCode::invalid_request, "the authorization request has expired");
    }
    std::unreachable();
}

// Answers the request with an error for the client.
Result<Response> refuse(const OAuthError& why, const PendingConsent& pending, const Request& request, Context& context)
{
    switch (TRY(context.requests.deny(pending.own.id(), pending.own.browser_sha256()))) {
    case DenialOutcome::denied: return answer_with_error(pending.recipient(), why, pending.reader, request, context);
    case DenialOutcome::answered: return already_answered(pending, context);
    case DenialOutcome::unknown: return fail(ErrorCode::invalid_request, "the authorization request has expired");
    }
    std::unreachable();
}

Result<Response> deny(const PendingConsent& pending, const LiveSession& session, const Request& request,
                      Context& context)
{
    auto response = TRY(refuse(fail_audited(ErrorCode::access_denied, "the user denied the request").error(), pending,
                               request, context));
    if (response.outcome == to_string(ErrorCode::access_denied))
        record(EventName::consent_denied, pending, session, request, context);
    return response;
}

Result<Response> answer_get(const PendingConsent& pending, const LiveSession& session, const Request& request,
                            Context& context)
{
    if (pending.own.is_answered())
        return already_answered(pending, context);
    const bool remembered =
        !pending.own.request().requires_consent
        && TRY(is_consent_remembered(*pending.client, pending.target, pending.own.request().consent_scope(),
                                     session.subject(), context));
    return remembered ? approve(Consent::remembered, pending, session, request, context)
                      : consent_page(ConfirmationReason::first, pending, session, context);
}

// Removing a user deletes their consents after their sessions. So in any order, one of the two sees the other.
Result<void> remember(const PendingConsent& pending, const LiveSession& session, Context& context)
{
    const auto& client_id = pending.client->id;
    TRY(context.consents.save(client_id, session.subject(), pending.own.request().consent_scope(), context.clock.now(),
                              context.settings.lifetimes.consent));
    if (!TRY(context.sessions.find(session.id())))
        TRY(context.consents.forget(client_id, session.subject()));
    return {};
}

Result<Response> answer_post(const PendingConsent& pending, const LiveSession& session, const Request& request,
                             Context& context)
{
    // Parse.
    const auto form = TRY(body_parameters(request));
    const auto sent = TRY(bind_parameters(form, answer_parameters));

    // Check the CSRF token (RFC 6749 §10.12).
    const bool is_genuine = equal_in_constant_time(*sent.csrf_token, form_token("consent", pending.own, &session));
    if (!is_genuine && pending.own.is_answered())
        return already_answered(pending, context);
    if (!is_genuine)
        return consent_page(ConfirmationReason::csrf_mismatch, pending, session, context);

    // Deny (RFC 6749 §4.1.2.1), or approve and remember the consent if the user wants that.
    if (sent.approval == "0")
        return deny(pending, session, request, context);
    if (sent.approval != "1")
        return fail(ErrorCode::invalid_request, "approval must be 1 or 0");
    auto response = TRY(approve(Consent::given, pending, session, request, context));
    if (sent.remember == "1" && may_remember_consent(*pending.client, pending.target))
        TRY(remember(pending, session, context));
    return response;
}

Result<Response> respond(Reader& reader, const Request& request, Context& context)
{
    // 1. Parse.
    const auto query = TRY(query_parameters(request));
    const auto sent = TRY(bind_parameters(query, page_parameters));

    // 2. Find the request that this browser began, and prove its client and redirect URI again.
    const auto pending = TRY(find_pending_consent(sent, reader, request, context));

    // The client may have lost a scope since.
    if (!pending.client->scope.contains(pending.own.request().consent_scope()))
        return refuse({ErrorCode::invalid_scope, "scope exceeds what the client registered"}, pending, request,
                      context);

    // 3. Find the session, and check that the request accepts it.
    const auto session = TRY(find_session(request, context));
    if (!session)
        return redirect_within(login_path(pending.own.id(), pending.own.request()), context);
    switch (check_session_for(pending.own.request(), *session, *pending.client)) {
    case SessionCheck::satisfied: break;
    case SessionCheck::too_old: // OpenID Connect Core §3.1.2.1: prompt=login, max_age
        return redirect_within(login_path(pending.own.id(), pending.own.request()), context);
    case SessionCheck::another_user: // OpenID Connect Core §3.1.2.2
        return refuse({ErrorCode::login_required, "signed-in user does not match id_token_hint or claims.sub"}, pending,
                      request, context);
    case SessionCheck::acr_not_met: // OpenID Connect Core §5.5.1.1
        return refuse({ErrorCode::unmet_authentication_requirements, "requested acr cannot be satisfied"}, pending,
                      request, context);
    }

    // 4. Show the page, or take the user's answer.
    return request.method == "GET" ? answer_get(pending, *session, request, context)
                                   : answer_post(pending, *session, request, context);
}

} // namespace

Response handle(const Request& request, Context& context)
{
    Reader reader(request, context);
    if (request.method != "GET" && request.method != "POST")
        return page_method_not_allowed("GET, POST", reader, request, context);
    auto response = respond(reader, request, context);
    return response ? response.take() : failure_page(response.error(), lost_request, reader, request, context);
}

} // namespace stile::consent
