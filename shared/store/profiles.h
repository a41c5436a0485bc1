// profile:<sub>: what is known about a user besides the login (OpenID Connect Core §5.1): a field a claim, its value JSON.
// By the user's own subject, which nobody else ever has: names are shown, and a login program gives them as it likes.
// A family of its own, so that whoever tells clients about a user cannot read the hash of their password.
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

    // Empty when nothing is known. One round trip.
    Result<Profile> find(std::string_view subject);

    // For the admin command: sets these claims and takes away those whose text is empty.
    Result<void> change(std::string_view subject, const Profile& claims);
    // These in place of what was there.
    Result<void> put(std::string_view subject, const Profile& claims);
    Result<void> remove(std::string_view subject);

    // As it lies in Redis.
    static StoredRecord stored(std::string_view subject, const Profile& claims);

private:
    Connection& m_connection;
};

} // namespace stile
