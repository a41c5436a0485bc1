// user:<name>: the users who can log in. Only `login` and the admin command read this family.
#pragma once

#include "shared/oauth/user.h"
#include "shared/store/records.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

class Users {
public:
    explicit Users(Connection& connection) : m_connection(connection) {}

    // `name` must be canonical. One round trip.
    Result<std::optional<User>> find(std::string_view name);

    // False if the name exists already.
    Result<bool> add(const User& user, Seconds now);

    // False if there is no such user.
    Result<bool> set_password_hash(std::string_view name, std::string_view hash);
    Result<bool> set_subject(std::string_view name, std::string_view subject);
    Result<bool> remove(std::string_view name);

    Result<std::vector<std::string>> list();

    // The record as stored in Redis.
    static StoredRecord stored(const User& user);

private:
    Connection& m_connection;
};

} // namespace stile
