// profile:<sub>: the claims about a user (OpenID Connect Core §5.1): a field for each claim, its value is JSON. The key
// has the user's public sub, which is unique; a user name is only for display, and a login program chooses it. It is a
// separate key family, so that functions that read claims cannot read password hashes.
#pragma once

#include "shared/store/records.h"

#include <map>
#include <string>
#include <string_view>

namespace stile {

using Profile = std::map<std::string, std::string, std::less<>>; // claim to JSON text

class Profiles {
public:
    explicit Profiles(Connection& connection) : m_connection(connection) {}

    // Empty if there are none. One round trip.
    Result<Profile> find(std::string_view subject);

    // For the admin command: sets these claims and removes those whose text is empty.
    Result<void> change(std::string_view subject, const Profile& claims);
    // Replaces all claims.
    Result<void> put(std::string_view subject, const Profile& claims);

    static std::string key_of(std::string_view subject);
    // The record as stored in Redis.
    static StoredRecord stored(std::string_view subject, const Profile& claims);

private:
    Connection& m_connection;
};

} // namespace stile
