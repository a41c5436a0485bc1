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
    if (record["sub"].empty() || record["password_hash"].empty()) // no record, or an incomplete one
        return std::nullopt;
    return User{std::string(name), record["sub"], record["password_hash"], record.number("created_at")};
}

StoredRecord Users::stored(const User& user)
{
    return {key_of(user.name),
            {{"created_at", std::to_string(user.registered_at)},
             {"sub", user.subject},
             {"password_hash", user.password_hash}}};
}

Result<bool> Users::add(const User& user, Seconds now)
{
    auto registered = user;
    registered.registered_at = now;
    return add_record(m_connection, stored(registered));
}

Result<bool> Users::set_password_hash(std::string_view name, std::string_view hash)
{
    return set_field(m_connection, key_of(name), "password_hash", hash);
}

Result<bool> Users::set_subject(std::string_view name, std::string_view subject)
{
    return set_field(m_connection, key_of(name), "sub", subject);
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
