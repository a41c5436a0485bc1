#include "shared/store/users.h"

#include "shared/store/scan.h"

namespace stile {

namespace {

std::string key_of(std::string_view name)
{
    return "user:" + std::string(name);
}

} // namespace

Result<std::optional<User>> Users::find(std::string_view name)
{
    const auto key = key_of(name);
    const Record record(TRY(m_connection.command({"HGETALL", key})));
    if (!record.exists())
        return std::nullopt;
    return User{std::string(name), record["sub"], record["password_hash"]};
}

Result<bool> Users::add(const User& user, Seconds now)
{
    const auto key = key_of(user.name);
    const auto created = std::to_string(now);
    const auto claimed = TRY(m_connection.command({"HSETNX", key, "created_at", created}));
    if (claimed.integer == 0)
        return false;
    TRY(m_connection.command({"HSET", key, "sub", user.subject, "password_hash", user.password_hash}));
    return true;
}

Result<bool> Users::set_password_hash(std::string_view name, std::string_view hash)
{
    const auto key = key_of(name);
    if (TRY(m_connection.command({"EXISTS", key})).integer == 0)
        return false;
    TRY(m_connection.command({"HSET", key, "password_hash", hash}));
    return true;
}

Result<bool> Users::remove(std::string_view name)
{
    const auto key = key_of(name);
    return TRY(m_connection.command({"DEL", key})).integer == 1;
}

Result<std::vector<std::string>> Users::list()
{
    return names_below(m_connection, "user:");
}

} // namespace stile
