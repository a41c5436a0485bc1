// The users of the run's private Redis: redis/users.acl with passwords made for this start.
#pragma once

#include "shared/crypto/random.h"

#include <string>

namespace stile::run {

class RedisUsers {
public:
    explicit RedisUsers(Random& random);

    // STILE_REDIS of the functions, and of the admin command.
    std::string address_of_functions(const std::string& socket) const;
    std::string address_of_stile(const std::string& socket) const;

    // Of the user who may do anything: for the person who looks with redis-cli.
    const std::string& operator_password() const { return m_operator; }

    // The text of redis/users.acl with the digests of the passwords filled in.
    std::string fill_in(std::string users_acl) const;

private:
    std::string m_operator;
    std::string m_stile;
    std::string m_functions;
};

} // namespace stile::run
