// logout_notices: which clients are still to be told that a user has logged out (OpenID Connect Back-Channel Logout §2.5).
// A sorted set by when each is due, in milliseconds. Whoever takes a notice has it alone for a while; one whose taker dies
// is taken again then: each is delivered at least once, or given up after the last attempt, an hour and a half later.
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
    std::string subject; // as the client knows them
    std::string sid; // empty: all logins of the user
};

class LogoutNotices {
public:
    explicit LogoutNotices(Connection& connection) : m_connection(connection) {}

    // Due at once. `now` in milliseconds since 1970. One round trip.
    Result<void> add(const std::vector<LogoutNotice>& notices, std::int64_t now);

    struct Taken {
        LogoutNotice notice;
        int attempt; // from 1
        bool is_last;
        std::string entry; // as it lies in Redis: for done()
    };
    struct Next {
        std::optional<std::int64_t> due; // milliseconds since 1970; nothing: there is none
    };
    // The first that is due, for this caller alone until `lease` is over; or when there will be one.
    Result<std::variant<Taken, Next>> take(std::int64_t now);
    static constexpr std::int64_t lease = 10'000; // milliseconds: longer than any delivery takes

    // It was not delivered: due again after a pause that grows with the attempts.
    Result<void> put_off(const Taken& taken, std::int64_t now);

    // It was delivered, or is given up.
    Result<void> done(const Taken& taken);

private:
    Connection& m_connection;
};

} // namespace stile
