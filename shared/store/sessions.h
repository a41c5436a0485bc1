// session:<id>: a browser in which somebody is logged in; session_grants:<id>, by the first session in a row:
// what they allowed to whom there with scope openid, so that logging out reaches all of it.
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
    // Where the same user logged in again in this browser: the id of their first session in a row. Its `sid` stays.
    std::string first_id{};
};

class Sessions {
public:
    explicit Sessions(Connection& connection) : m_connection(connection) {}

    // The record of an id, whoever asks: the caller compares the secret (endpoint/browser).
    Result<std::optional<Session>> find(std::string_view id);

    Result<void> save(std::string_view id, const Session& session, Seconds lifetime);

    Result<void> end(std::string_view id);

    // Notes that a grant came of this login, to be ended with it (or with `Outlives`, only to be told of it), and whether
    // the session is still there afterwards. One round trip; the commands alone are for silent_approval.
    struct GrantOfSession {
        std::string_view session_id;
        std::string_view first_id; // or the same again
        std::string_view grant_id;
        std::string_view client_id;
        bool has_identity; // scope openid: else nothing is noted
        bool outlives; // scope offline_access (OpenID Connect Core §11)
    };
    // Ended ones among more than `most_noted` are forgotten then, which takes two or three round trips more.
    static std::vector<Command> noting(const GrantOfSession& grant, Seconds lifetime);
    static Command forgetting(std::string_view first_id, std::string_view grant_id);
    Result<bool> note(const GrantOfSession& grant, Seconds lifetime);
    static bool is_there(const std::vector<Reply>& noted); // by the last answer

    // They are kept for so long again: the same user has logged in once more.
    Result<void> keep_noted(std::string_view first_id, Seconds lifetime);

    // How many grants a session may have come to without anybody being asked; beyond it, those that have ended are
    // forgotten. So neither a client that asks all day nor somebody who means ill makes the end of a session costly.
    static constexpr std::int64_t most_noted = 500;
    static std::int64_t count_of(const std::vector<Reply>& noted); // by the last but one
    // Gives how many are left. Three round trips.
    Result<std::int64_t> forget_ended(std::string_view first_id);

    // What was noted. To be taken after the session has been ended: whoever notes something looks at it afterwards.
    struct Noted {
        std::string grant_id;
        std::string client_id;
        bool outlives;
        bool operator==(const Noted&) const = default;
    };
    Result<std::vector<Noted>> noted(std::string_view first_id);
    Result<std::vector<Noted>> take_noted(std::string_view first_id);

    // Every session of a user, and of a subject when one is given: for the admin command, which ends them (end_login) when a
    // password changes or the user goes.
    struct Listed {
        std::string id;
        Session session;
    };
    Result<std::vector<Listed>> list_of(std::string_view user_name, std::string_view subject = {});

private:
    Connection& m_connection;
};

} // namespace stile
