#include "functions/run/redis_users.h"

#include "functions/run/files.h"
#include "shared/crypto/digest.h"

namespace stile::run {

namespace {

constexpr std::size_t password_length = 43; // 256 bits of base62

// Redis wants its digests of passwords in hex (ACL SETUSER).
std::string sha256_hex(std::string_view text)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string hex;
    for (const char byte : sha256(text)) {
        hex += digits[static_cast<unsigned char>(byte) >> 4];
        hex += digits[static_cast<unsigned char>(byte) & 15];
    }
    return hex;
}

std::string address(const std::string& socket, const std::string& user, const std::string& password)
{
    return "unix://" + socket + "?user=" + user + "&password=" + password;
}

} // namespace

RedisUsers::RedisUsers(Random& random)
    : m_operator(random.base62(password_length)),
      m_stile(random.base62(password_length)),
      m_functions(random.base62(password_length))
{
}

std::string RedisUsers::address_of_functions(const std::string& socket) const
{
    return address(socket, "stile-functions", m_functions);
}

std::string RedisUsers::address_of_stile(const std::string& socket) const
{
    return address(socket, "stile", m_stile);
}

std::string RedisUsers::fill_in(std::string users_acl) const
{
    users_acl = replace_all(std::move(users_acl), "@OPERATOR@", sha256_hex(m_operator));
    users_acl = replace_all(std::move(users_acl), "@STILE@", sha256_hex(m_stile));
    return replace_all(std::move(users_acl), "@FUNCTIONS@", sha256_hex(m_functions));
}

} // namespace stile::run
