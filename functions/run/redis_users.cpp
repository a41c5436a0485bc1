#include "functions/run/redis_users.h"

#include "functions/run/files.h"
#include "shared/base/text.h"
#include "shared/crypto/digest.h"

namespace stile::run {

namespace {

constexpr std::size_t password_length = 43; // 256 bits of base62

// Redis takes the digest of a password in hexadecimal (ACL SETUSER).
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

} // namespace

RedisUsers::RedisUsers(const std::vector<std::string>& functions, Random& random)
{
    for (const char* user : {"operator", "stile"})
        m_passwords[user] = random.base62(password_length);
    for (const auto& function : functions)
        m_passwords["stile-" + function] = random.base62(password_length);
}

std::string RedisUsers::address(const std::string& socket, const std::string& user) const
{
    return "unix://" + socket + "?user=" + user + "&password=" + m_passwords.at(user);
}

std::string RedisUsers::address_of_function(std::string_view function, const std::string& socket) const
{
    return address(socket, std::string("stile-").append(function));
}

std::string RedisUsers::address_of_stile(const std::string& socket) const
{
    return address(socket, "stile");
}

std::string RedisUsers::fill_in(std::string users_acl) const
{
    for (const auto& [user, password] : m_passwords)
        users_acl = replace_all(std::move(users_acl), "@" + user + "@", sha256_hex(password));
    return users_acl;
}

std::string with_password_grant(std::string users_acl, std::string_view rights)
{
    const auto line = users_acl.find("user stile-token ");
    const auto end = line == std::string::npos ? line : users_acl.find('\n', line);
    if (end != std::string::npos)
        users_acl.insert(end, " " + std::string(rights.substr(0, rights.find('\n'))));
    return users_acl;
}

} // namespace stile::run
