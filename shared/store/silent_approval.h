// What authorize does for a browser in which somebody is logged in who may have agreed before: it looks whether they did,
// issues the code and notes it with the session, in one round trip. The code has been told to nobody: where the answer
// says that they did not agree, or that the session has ended, the caller takes it back, and it never was.
#pragma once

#include "shared/store/consents.h"
#include "shared/store/grants.h"
#include "shared/store/sessions.h"

#include <optional>

namespace stile {

struct SilentApproval {
    std::optional<Scope> agreed; // for good, to this client
    bool session_is_there;
    std::int64_t noted; // how many grants the session has come to
};

class SilentApprovals {
public:
    explicit SilentApprovals(Connection& connection) : m_connection(connection) {}

    struct Asked {
        const SplitToken& code;
        const AuthorizationRequest& request;
        const ResourceOwner& owner;
        std::string_view subject; // the user's own: consents go by it
        std::string_view session_id;
        std::string_view first_session_id; // as Sessions::GrantOfSession has it
    };
    Result<SilentApproval> try_to(const Asked& asked, Seconds now, const Lifetimes& lifetimes);

    // Nothing of it was issued.
    Result<void> take_back(const Asked& asked);

private:
    Connection& m_connection;
};

} // namespace stile
