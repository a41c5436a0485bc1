// user:<name>: the users who can log in. Only `login` and the admin command read this family.
#pragma once

#include "shared/oauth/user.h"
#include "shared/store/subjects.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

class Users {
public:
    explicit Users(Connection& connection) : m_connection(connection) {}

    // `name` must be canonical. One round trip. A record without a sub has the name as sub.
    Result<std::optional<User>> find(std::string_view name);

    // Everything that follows is for the admin command.
    Result<Registration> add(const User& user, Seconds now);

    // False if there is no such user.
    Result<bool> set_password_hash(std::string_view name, std::string_view hash);

    // Another sub; the claims of the user move along. `user`: as found.
    Result<Registration> set_subject(const User& user, std::string_view subject, Seconds now);

    // Deletes the user and the claims. False if there is no such user; `user`: as found.
    Result<bool> remove(const User& user, Seconds now);

    // Every user, by name.
    Result<std::vector<User>> all();

    Result<std::vector<std::string>> list();

    // The record as stored in Redis.
    static StoredRecord stored(const User& user);

private:
    Connection& m_connection;
};

} // namespace stile
