// The users of the run's private Redis: redis/users.acl with passwords made for this start.
#pragma once

#include "shared/crypto/random.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stile::run {

class RedisUsers {
public:
    // One for the operator, one for the admin command, and one for each of `functions`.
    RedisUsers(const std::vector<std::string>& functions, Random& random);

    // STILE_REDIS of a function, and of the admin command.
    std::string address_of_function(std::string_view function, const std::string& socket) const;
    std::string address_of_stile(const std::string& socket) const;

    // The password of the user with all rights, for redis-cli.
    const std::string& operator_password() const { return m_passwords.at("operator"); }

    // The text of redis/users.acl with the digests of the passwords filled in.
    std::string fill_in(std::string users_acl) const;

private:
    std::string address(const std::string& socket, const std::string& user) const;

    std::map<std::string, std::string> m_passwords; // by the user's name
};

// The text of redis/users.acl with the rights for the password grant added (redis/password_grant.acl).
std::string with_password_grant(std::string users_acl, std::string_view rights);

} // namespace stile::run
