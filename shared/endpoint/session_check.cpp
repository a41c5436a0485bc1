#include "shared/endpoint/session_check.h"

#include "shared/oauth/subject.h"

#include <algorithm>

namespace stile {

bool is_too_old(const LiveSession& session, const AuthorizationRequest& request)
{
    return session.id() == request.not_session || session.auth_time() < request.authenticated_since;
}

std::string login_path(const std::string& request_id, const AuthorizationRequest& request)
{
    const bool needs_new_login = request.authenticated_since > 0 || !request.not_session.empty();
    return "/login?request=" + request_id + (needs_new_login ? "&prompt=login" : "");
}

SessionCheck check_session_for(const AuthorizationRequest& request, const LiveSession& session, const Client& client)
{
    if (is_too_old(session, request))
        return SessionCheck::too_old;
    const auto& expected = request.expected_subject;
    if (!expected.empty() && expected != subject_for(client, session.subject()))
        return SessionCheck::another_user;
    const auto& acr = request.essential_acr;
    if (!acr.empty() && std::ranges::find(acr, acr_of(session.amr())) == acr.end())
        return SessionCheck::acr_not_met;
    return SessionCheck::satisfied;
}

} // namespace stile
