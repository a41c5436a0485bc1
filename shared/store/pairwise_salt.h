// pairwise_salt: what the subs of all pairwise clients are made with (oauth/subject.h). It is made for the first of them and
// stays: with another one every user would be somebody else to them. The functions find it in the client's record.
#pragma once

#include "shared/store/connection.h"

#include <string>
#include <string_view>

namespace stile {

// For the admin command.
class PairwiseSalt {
public:
    explicit PairwiseSalt(Connection& connection) : m_connection(connection) {}

    // Empty when there is none.
    Result<std::string> find();

    // What there is; otherwise this one, which stays from now on. One step: of two at the same instant one counts.
    Result<std::string> keep(std::string_view salt);

    // In place of what there is.
    Result<void> replace(std::string_view salt);

private:
    Connection& m_connection;
};

} // namespace stile
