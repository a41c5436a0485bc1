// pairwise_salt: the salt of the subs of all pairwise clients (oauth/subject.h). It is created for the first of them
// and kept: with another salt every user would get another sub. The functions read it from the client's
// record.
#pragma once

#include "shared/store/connection.h"

#include <string>
#include <string_view>

namespace stile {

// For the admin command.
class PairwiseSalt {
public:
    explicit PairwiseSalt(Connection& connection) : m_connection(connection) {}

    // Empty if there is none.
    Result<std::string> find();

    // The existing salt; otherwise stores and returns this one. One step, so simultaneous calls return the same.
    Result<std::string> keep(std::string_view salt);

    // Replaces the existing salt.
    Result<void> replace(std::string_view salt);

private:
    Connection& m_connection;
};

} // namespace stile
