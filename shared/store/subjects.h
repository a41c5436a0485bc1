// subject:<sub>: whose a sub is or was. A sub is given to one user and never to another, also after the user is gone
// (OpenID Connect Core §2), and is the id of no client. The record has the user's name and time of registration, so that a
// later user of the same name counts as another. Steps that write users and clients keep these records; users that an
// older version wrote are recorded before the first of these steps. For the admin command.
#pragma once

#include "shared/oauth/user.h"
#include "shared/store/records.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// What became of a client, a user or a sub that was to be written.
enum class Registration {
    done,
    exists, // the name or id is taken; to be changed: there is no such user
    sub_taken, // the sub is or was a user's
    sub_is_client, // the sub is the id of a client
};

class Subjects {
public:
    explicit Subjects(Connection& connection) : m_connection(connection) {}

    // Does the sub belong to this user? Not if another user has it, too, and had it first.
    Result<bool> is_of(const User& user);

    // The subs of removed users who had this name.
    Result<std::vector<std::string>> of_removed(std::string_view name);

    // Of two users with one sub, which versions before this record allowed, the one who was registered first owns it.
    struct Doubtful {
        User user;
        std::string owner; // another user who has the sub; empty if it is not recorded yet, or if it is a client's id
        bool is_client = false; // a client has it as its id
    };
    // Every user whose sub is not recorded as the user's own, or is the id of a client.
    Result<std::vector<Doubtful>> doubtful();

    // Records the owner of each sub that has none. Harmless to repeat.
    Result<void> record_all();

    static std::string key_of(std::string_view subject);

private:
    Connection& m_connection;
};

// Calls a step that writes a user or a client; records the owners of subs before, if that has not been done yet.
Result<Record> call_recorded(Connection& connection, const Step& step);

// The key whose existence says that the owner of each sub is recorded.
inline constexpr std::string_view subjects_are_recorded = "subjects_recorded";

struct Import {
    std::vector<StoredRecord> records;
    std::vector<User> users; // of these records: who owns which sub
    std::vector<User> former; // as they were: users who get another sub
    std::vector<std::string> client_ids; // of these records
    bool replace = false; // existing records
    bool only_check = false; // write nothing
    Seconds now = 0;
};

// Writes all records in one step, or none if one of the keys exists and `replace` is false, or if a sub is or was
// another user's or is the id of a client. Returns the keys that existed already, and those of subs and clients for which
// nothing was written.
struct Imported {
    std::vector<std::string> existing;
    std::vector<std::string> refused;
};
Result<Imported> import_records(Connection& connection, const Import& import);

} // namespace stile
