// session:<id>: a browser in which somebody is logged in.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"
#include "shared/store/connection.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct Session {
    std::string user_name; // canonical; of a login program's users perhaps the subject
    std::string subject;
    Seconds auth_time = 0; // when they were authenticated
    std::string secret_sha256;
    std::string amr{}; // how: words of RFC 8176; empty when it is not known
};

class Sessions {
public:
    explicit Sessions(Connection& connection) : m_connection(connection) {}

    // The record of an id, whoever asks: the caller compares the secret (endpoint/browser).
    Result<std::optional<Session>> find(std::string_view id);

    Result<void> save(std::string_view id, const Session& session, Seconds lifetime);

    Result<void> end(std::string_view id);

    // Ends every session of a user, and of a subject when one is given: for the admin command, when a password changes or
    // the user goes. Gives how many.
    Result<int> end_all_of(std::string_view user_name, std::string_view subject = {});

private:
    Connection& m_connection;
};

} // namespace stile
