// The state of Redis as a whole, for monitoring; no other request needs it.
#pragma once

#include "shared/oauth/error.h"
#include "shared/store/connection.h"

#include <cstdint>
#include <optional>
#include <string>

namespace stile {

class RedisHealth {
public:
    explicit RedisHealth(Connection& connection) : m_connection(connection) {}

    // Why Redis refuses writes, in one line; empty if it accepts them. Two round trips.
    Result<std::string> problem();

    struct Count {
        std::int64_t grants;
        bool is_estimate;
        std::optional<std::int64_t> logout_notices; // clients still to be notified; nothing without the right to ask
    };
    // The number of live grants. Exact among few keys; among many (20,000) estimated from a sample, in two round trips,
    // to about 3 %: an exact count would block Redis for others. And the notices, in the first of these round trips.
    Result<Count> count_grants();

private:
    Connection& m_connection;
};

} // namespace stile
