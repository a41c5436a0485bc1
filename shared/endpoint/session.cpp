// A login of another user in the same browser ends the previous login: its session, and the grants that came of it.
// When the same user logs in again, those grants go on under the new session, which keeps the id of the first one.
#include "shared/endpoint/session.h"

#include "shared/crypto/digest.h"
#include "shared/endpoint/browser_cookies.h"
#include "shared/endpoint/end_login.h"
#include "shared/endpoint/password_check.h"
#include "shared/oauth/subject.h"

namespace stile {

Result<std::optional<LiveSession>> find_session(const Request& request, Context& context)
{
    const auto cookie = find_cookie(session_cookie, request, context);
    if (!cookie)
        return std::nullopt;
    auto id = cookie->token_id();
    auto session = TRY(context.sessions.find(id));
    if (!session || !equal_in_constant_time(session->secret_sha256, cookie->secret_sha256()))
        return std::nullopt;
    return LiveSession(std::move(id), std::move(*session), cookie->secret());
}

ResourceOwner owner_in(const LiveSession& session, const Client& client, const AuthorizationRequest& request)
{
    return {subject_for(client, session.subject()),
            session.user_name(),
            session.auth_time(),
            session.subject(),
            session.amr(),
            request.is_openid() ? sid_for(client.id, session.login_id()) : ""};
}

Result<void> confirm_session(const LiveSession& session, const AuthorizationRequest& request, const SplitToken& code,
                             Context& context)
{
    const Sessions::GrantOfSession grant = {session.id(),        session.login_id(),
                                            code.grant_id(),     request.client_id,
                                            request.is_openid(), request.scope.contains("offline_access")};
    if (TRY(context.sessions.record_grant(grant, context.settings.lifetimes.session)))
        return {};
    TRY(context.grants.revoke(code.grant_id()));
    return fail(ErrorCode::invalid_request, "the session has ended");
}

namespace {

// The same user logs in again.
Result<void> replace_session(const LiveSession& previous, Context& context)
{
    TRY(context.sessions.extend_grants(previous.login_id(), context.settings.lifetimes.session));
    return context.sessions.end(previous.id());
}

// Another user logs in.
Result<void> end_previous_login(const LiveSession& previous, const Request& request, Context& context)
{
    return end_login({previous.id(), previous.login_id(), previous.subject()}, context, context.clock,
                     [&](const Sessions::RecordedGrant& grant) {
                         context.audit.record(request, {.name = EventName::grant_revoked,
                                                        .client = ClientName::of_removed(grant.client_id),
                                                        .user = {previous.user_name(), previous.subject()},
                                                        .grant = GrantName(grant.grant_id),
                                                        .reason = "new_login"});
                     });
}

} // namespace

Result<std::optional<std::string>> begin_session(const Login& login, const Request& request, Context& context)
{
    // End the previous session of this browser.
    const auto previous = TRY(find_session(request, context));
    const bool is_same_user = previous && previous->subject() == login.user.subject;
    if (previous) {
        TRY(is_same_user ? replace_session(*previous, context) : end_previous_login(*previous, request, context));
        context.audit.record(request, {.name = EventName::session_ended,
                                       .user = {previous->user_name(), previous->subject()},
                                       .reason = "new_login"});
    }

    // Store the new one.
    const auto cookie = mint_cookie(context);
    const Session session = {login.user.name,        login.user.subject, login.auth_time,
                             cookie.secret_sha256(), login.amr.text(),   is_same_user ? previous->login_id() : ""};
    const auto id = cookie.token_id();
    TRY(context.sessions.save(id, session, context.settings.lifetimes.session));

    // Take it back if the password was changed while it was checked (ASVS 5.0 V7.4.3).
    if (login.checked != nullptr && !TRY(is_still_current(*login.checked, context))) {
        TRY(context.sessions.end(id));
        return std::nullopt;
    }
    return set_cookie(session_cookie, cookie.whole().reveal(), context.settings.lifetimes.session,
                      cookie_scope(context.settings));
}

std::string delete_session_cookie(const Context& context)
{
    return set_cookie(session_cookie, "", 0, cookie_scope(context.settings));
}

} // namespace stile
