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
    if (record["sub"].empty() || record["password_hash"].empty()) // none, or a record that was not written whole
        return std::nullopt;
    return User{std::string(name), record["sub"], record["password_hash"]};
}

Result<bool> Users::add(const User& user, Seconds now)
{
    const auto key = key_of(user.name);
    const auto created = std::to_string(now);
    const auto added = TRY(m_connection.call(
        "add", {key}, {"created_at", created, "sub", user.subject, "password_hash", user.password_hash}));
    return added.integer == 1;
}

Result<bool> Users::set_password_hash(std::string_view name, std::string_view hash)
{
    const auto key = key_of(name);
    return TRY(m_connection.call("change", {key}, {"password_hash", hash})).integer == 1;
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
