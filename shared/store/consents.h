// consent:<client_id>:<sub>: what a user asked not to be asked again.
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/scope.h"
#include "shared/store/connection.h"

#include <string_view>

namespace stile {

class Consents {
public:
    explicit Consents(Connection& connection) : m_connection(connection) {}

    // The scope that was agreed to for good; nothing when there is none.
    Result<std::optional<Scope>> find(std::string_view client_id, std::string_view subject);

    // The command of find() and what its answer says, for silent_approval.
    static Command finding(std::string_view client_id, std::string_view subject);
    static Result<std::optional<Scope>> found(Reply&& reply);

    // Adds to what was agreed to before; the lifetime begins anew.
    Result<void> save(std::string_view client_id, std::string_view subject, const Scope& scope, Seconds now,
                      Seconds lifetime);

    Result<void> forget(std::string_view client_id, std::string_view subject);

    // Forgets every consent that was given by a user or to a client: for the admin command.
    Result<void> forget_subject(std::string_view subject);
    Result<void> forget_client(std::string_view client_id);

private:
    Connection& m_connection;
};

} // namespace stile
