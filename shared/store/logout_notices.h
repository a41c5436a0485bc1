// logout_notices: the clients that must still be notified of a logout (OpenID Connect Back-Channel Logout §2.5). A
// sorted set by due time, in milliseconds. A notice that is taken is leased to one process; if that process dies, the
// notice is taken again after the lease. So each is delivered at least once, or given up after the last attempt, an
// hour and a half later.
#pragma once

#include "shared/store/connection.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace stile {

struct LogoutNotice {
    std::string id; // its `jti`
    std::string client_id;
    std::string subject; // the sub that the client knows
    std::string sid; // empty: all logins of the user
};

class LogoutNotices {
public:
    explicit LogoutNotices(Connection& connection) : m_connection(connection) {}

    // Due at once. `now` in milliseconds since 1970. One round trip. The command without the call is for login_endings.
    Result<void> add(const std::vector<LogoutNotice>& notices, std::int64_t now);
    static Command add_command(const std::vector<LogoutNotice>& notices, std::int64_t now);

    struct Taken {
        LogoutNotice notice;
        int attempt; // from 1
        bool is_last;
        std::string entry; // the entry in Redis: for done()
    };
    struct Next {
        std::optional<std::int64_t> due; // milliseconds since 1970; nothing: the queue is empty
    };
    // The first due notice, leased to this caller for `lease`; or the time when one is due, which is `now` if all that are
    // due are for `busy_clients`. Of these none is taken.
    Result<std::variant<Taken, Next>> take(std::int64_t now, const std::vector<std::string>& busy_clients = {});
    static constexpr std::int64_t lease = 10'000; // milliseconds: longer than any delivery takes

    // Nothing was tried: due again in a second, as the same attempt.
    Result<void> put_back(const Taken& taken, std::int64_t now);

    // It was not delivered: due again after a pause that grows with the attempts.
    Result<void> postpone(const Taken& taken, std::int64_t now);

    // It was delivered, or is given up.
    Result<void> done(const Taken& taken);

private:
    Result<void> set_due(const Taken& taken, std::int64_t due_at, const std::string& next_entry);

    Connection& m_connection;
};

} // namespace stile
