// Whether the login of a session is one that an authorization request accepts.
#pragma once

#include "shared/endpoint/session.h"
#include "shared/oauth/authorization_request.h"
#include "shared/oauth/client.h"

#include <string>

namespace stile {

// OpenID Connect Core §3.1.2.1 (prompt, max_age, id_token_hint) and §5.5.1 (claims).
enum class SessionCheck {
    satisfied,
    too_old, // the user has to log in again
    another_user, // not the one whom the request asks for
    acr_not_met, // the essential acr claim
};
SessionCheck check_session_for(const AuthorizationRequest& request, const LiveSession& session, const Client& client);

// Does the request require a newer login than this (OpenID Connect Core §3.1.2.1: prompt, max_age)?
bool is_too_old(const LiveSession& session, const AuthorizationRequest& request);

// The path of the login page for a parked request, with prompt=login if the request requires a new login. Then the
// login page, or the program in its place, must authenticate the user again.
std::string login_path(const std::string& request_id, const AuthorizationRequest& request);

} // namespace stile
