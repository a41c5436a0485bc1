// Grants as an operator asks for them: all, those of one client or user, one by its token. For the admin command.
#pragma once

#include "shared/base/clock.h"
#include "shared/store/connection.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

class GrantLists {
public:
    explicit GrantLists(Connection& connection) : m_connection(connection) {}

    struct Listed {
        std::string id;
        std::string client_id;
        std::string subject; // empty for a client_credentials grant
        std::string user_name;
        std::string scope;
        Seconds issued_at = 0;
        Seconds expires_at = 0; // unless it is refreshed before
        std::string public_sub{}; // the user's public sub, whatever sub the client knows
    };
    Result<std::vector<Listed>> list(); // walks over all keys

    // The grants of one client, or of one user by the public sub or the one that a pairwise client knows. They cost what
    // that client or user has.
    Result<std::vector<Listed>> list_of_client(std::string_view client_id);
    Result<std::vector<Listed>> list_of_subject(std::string_view subject);

    // End the same, and call back for each; return their number. The third ends those of the user with that name, who need
    // not have a record here.
    using Tell = std::function<void(std::string_view grant_id)>;
    Result<int> revoke_all_of_client(std::string_view client_id, const Tell& tell = {});
    Result<int> revoke_all_of_subject(std::string_view subject, const Tell& tell = {});
    Result<int> revoke_all_of_user(std::string_view user_name, const Tell& tell = {});

    // The record of a token, given whole or by its first 18 characters, and its key; for the admin command.
    struct Shown {
        std::string key;
        Record record;
        Seconds expires_in;
        bool is_granted; // a token is valid only while its grant exists
    };
    Result<std::optional<Shown>> show(std::string_view grant_id, std::string_view selector);

    // These of the grants that still exist.
    Result<std::vector<Listed>> described(const std::vector<std::string>& ids);

private:
    Result<int> revoke_all(const std::vector<Listed>& grants, const Tell& tell);

    Connection& m_connection;
};

} // namespace stile
