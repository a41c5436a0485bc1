// consent:<client_id>:<sub>: consents that a user asked to remember.
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/scope.h"
#include "shared/store/connection.h"

#include <string_view>

namespace stile {

class Consents {
public:
    explicit Consents(Connection& connection) : m_connection(connection) {}

    // The remembered scope; nothing if there is none.
    Result<std::optional<Scope>> find(std::string_view client_id, std::string_view subject);

    // The command of find() and the result of its reply, for silent_approval.
    static Command find_command(std::string_view client_id, std::string_view subject);
    static Result<std::optional<Scope>> read_found(Reply&& reply);

    // The commands that note a consent in the indices of its user and its client, after the one that writes it.
    static std::vector<Command> index_commands(std::string_view client_id, std::string_view subject, Seconds lifetime);

    // Adds to the remembered scope; restarts the lifetime.
    Result<void> save(std::string_view client_id, std::string_view subject, const Scope& scope, Seconds now,
                      Seconds lifetime);

    Result<void> forget(std::string_view client_id, std::string_view subject);

    // Deletes every consent of a user (none for "") or to a client: for the admin command.
    Result<void> forget_subject(std::string_view subject);
    Result<void> forget_client(std::string_view client_id);

private:
    Connection& m_connection;
};

} // namespace stile
