// Ends a session with its grants and queues the notices for its clients, in one round trip. What ends comes first: if Redis
// refuses the notices, or fails between the commands, no user is signed in any more. None of the commands needs memory, so
// that a full Redis signs people out.
#pragma once

#include "shared/store/connection.h"
#include "shared/store/logout_notices.h"

#include <cstdint>
#include <string>
#include <vector>

namespace stile {

class LoginEndings {
public:
    explicit LoginEndings(Connection& connection) : m_connection(connection) {}

    struct Ending {
        std::string session_id{}; // empty: the session has ended before
        std::vector<std::string> grant_ids{};
        std::vector<LogoutNotice> notices{};
    };
    // `now` in milliseconds since 1970, when the notices are due. Returns for each grant whether this call ended it.
    Result<std::vector<bool>> end(const Ending& ending, std::int64_t now);

private:
    Connection& m_connection;
};

} // namespace stile
