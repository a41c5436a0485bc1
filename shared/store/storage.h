// Redis as a whole, for whoever watches over it; no request needs it.
#pragma once

#include "shared/oauth/error.h"
#include "shared/store/connection.h"

#include <cstdint>
#include <string>

namespace stile {

class Storage {
public:
    explicit Storage(Connection& connection) : m_connection(connection) {}

    // Why it would not take what is written now: one line; empty when it would. Two round trips.
    Result<std::string> problem();

    struct Count {
        std::int64_t grants;
        bool is_estimate;
    };
    // How many grants live. Counted among few keys; among many (20,000) estimated from a sample, in two round trips, within
    // about 3 %: counting would hold up everybody else.
    Result<Count> count_grants();

private:
    Connection& m_connection;
};

} // namespace stile
