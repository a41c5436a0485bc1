// Issues a code without asking a user who is logged in and may have consented before. One round trip reads the
// remembered consent, issues the code and records its grant with the session. The code has not been sent to anyone yet:
// if the replies say that the user did not consent, or that the session has ended, the caller revokes the grant.
#pragma once

#include "shared/store/consents.h"
#include "shared/store/grants.h"
#include "shared/store/sessions.h"

#include <optional>

namespace stile {

struct SilentApproval {
    std::optional<Scope> remembered; // the remembered consent to this client
    bool session_exists;
    std::int64_t grant_count; // of the session
};

class SilentApprovals {
public:
    explicit SilentApprovals(Connection& connection) : m_connection(connection) {}

    struct Request {
        const SplitToken& code;
        const AuthorizationRequest& request;
        const ResourceOwner& owner;
        std::string_view subject; // the public sub: consents are stored by it
        std::string_view session_id;
        std::string_view login_id; // as in Sessions::GrantOfSession
    };
    Result<SilentApproval> approve(const Request& silent, Seconds now, const Lifetimes& lifetimes);

    // Revokes the code and its grant.
    Result<void> revoke(const Request& silent);

private:
    Connection& m_connection;
};

} // namespace stile
