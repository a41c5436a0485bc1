// The session of a user who is logged in with this browser (cookie stile_session): begin it, find it, end it.
#pragma once

#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/oauth/split_token.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

class OwnRequest;

// Proof that the browser that sent this request is logged in. Only find_session() makes one.
class LiveSession {
public:
    const std::string& id() const { return m_id; }
    const std::string& user_name() const { return m_session.user_name; }
    const std::string& subject() const { return m_session.subject; }
    Seconds auth_time() const { return m_session.auth_time; }
    const std::string& amr() const { return m_session.amr; }
    // The id for `sid` and for session_grants. It stays the same when the same user logs in again with this browser.
    const std::string& login_id() const { return m_session.login_id.empty() ? m_id : m_session.login_id; }

private:
    LiveSession(std::string id, Session session, Secret secret)
        : m_id(std::move(id)),
          m_session(std::move(session)),
          m_secret(std::move(secret))
    {
    }

    friend Result<std::optional<LiveSession>> find_session(const Request&, Context&);
    friend std::string form_token(std::string_view, const OwnRequest&, const LiveSession*);

    std::string m_id;
    Session m_session;
    Secret m_secret;
};

// Nothing if the browser has no session, or one that has ended. One round trip if it has a session cookie, otherwise
// none.
Result<std::optional<LiveSession>> find_session(const Request& request, Context& context);

// The user of the session as the owner of a grant to this client.
ResourceOwner owner_in(const LiveSession& session, const Client& client, const AuthorizationRequest& request);

// Call it after a code was issued under the session. Records the grant of the code with the session. If the session has
// ended meanwhile, for example by a new password (ASVS 5.0 V7.4.3), revokes the grant and fails. Ending a session reads
// its grants after the session was deleted, so in any order one of the two sees the other. One round trip.
Result<void> confirm_session(const LiveSession& session, const AuthorizationRequest& request, const SplitToken& code,
                             Context& context);

// The user who was authenticated, when and how.
struct Login {
    Person user;
    Seconds auth_time;
    Amr amr;
    const User* checked =
        nullptr; // the user whose password was checked here; null if another program authenticated them
};

// Begins a session under a new id and ends the previous one of this browser (against session fixation; ASVS 5.0
// V7.2.4). Returns the Set-Cookie value; nothing if the checked password has been changed meanwhile.
Result<std::optional<std::string>> begin_session(const Login& login, const Request& request, Context& context);

// The Set-Cookie value that deletes the session cookie in the browser.
std::string delete_session_cookie(const Context& context);

} // namespace stile
