// session:<id>: a user's login in one browser; session_grants:<id>, by the id of the first of successive sessions: the
// grants with scope openid that the user approved there, so that a logout reaches all of them.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/secret.h"
#include "shared/store/connection.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct Session {
    std::string user_name; // canonical; a login program's user may have the subject here
    std::string subject;
    Seconds auth_time = 0; // time of authentication
    std::string secret_sha256;
    std::string amr{}; // the method: words of RFC 8176; empty if unknown
    // If the same user logged in again in this browser: the id of their first session, from which `sid` is computed.
    std::string login_id{};
};

class Sessions {
public:
    explicit Sessions(Connection& connection) : m_connection(connection) {}

    // The record of an id, without a check of the secret: the caller compares it (endpoint/session).
    Result<std::optional<Session>> find(std::string_view id);

    // Writes the record and notes it in the indices of the user.
    Result<void> save(std::string_view id, const Session& session, Seconds lifetime);

    Result<void> end(std::string_view id);
    static Command end_command(std::string_view id); // for login_endings

    // Records that a grant was approved in this login, so that it ends with it (an offline one does not end: its client
    // is only notified), and returns whether the session still exists afterwards. One round trip. The commands without
    // the call are for silent_approval.
    struct GrantOfSession {
        std::string_view session_id;
        std::string_view login_id; // the id itself if the user has logged in once
        std::string_view grant_id;
        std::string_view client_id;
        bool has_identity; // scope openid; other grants are not recorded
        bool is_offline; // scope offline_access (OpenID Connect Core §11)
    };
    // Beyond `max_grants` the ended ones are removed, which takes two or three more round trips.
    Result<bool> record_grant(const GrantOfSession& grant, Seconds lifetime);
    static std::vector<Command> record_grant_commands(const GrantOfSession& grant, Seconds lifetime);
    static Command remove_grant_command(std::string_view login_id, std::string_view grant_id);
    static bool session_exists(const std::vector<Reply>& replies); // from the last reply to record_grant_commands()

    // Keeps the recorded grants for another `lifetime`: the same user has logged in again.
    Result<void> extend_grants(std::string_view login_id, Seconds lifetime);

    // How many grants a session can have without the user being asked. Beyond that, those that have ended are removed,
    // so that a client that asks all day, or an attacker, does not make the end of a session expensive.
    static constexpr std::int64_t max_grants = 500;
    static std::int64_t grant_count(const std::vector<Reply>& replies); // from the last reply but one
    // Removes the grants that have ended, and returns how many are left. Three round trips.
    Result<std::int64_t> prune_ended(std::string_view login_id);

    // The recorded grants. pop_grants() also removes them: call it after the session was ended, because record_grant()
    // looks for the session after recording.
    struct RecordedGrant {
        std::string grant_id;
        std::string client_id;
        bool is_offline;
        bool operator==(const RecordedGrant&) const = default;
    };
    Result<std::vector<RecordedGrant>> grants_of(std::string_view login_id);
    Result<std::vector<RecordedGrant>> pop_grants(std::string_view login_id);

    // Every session of a user, and of a subject if one is given, found by its index: for the admin command, which ends
    // them (end_login) when a password changes or the user is removed.
    struct Listed {
        std::string id;
        Session session;
    };
    Result<std::vector<Listed>> list_of(std::string_view user_name, std::string_view subject = {});

private:
    Connection& m_connection;
};

} // namespace stile
