#include "shared/store/profiles.h"

namespace stile {

namespace {

std::string key_of(std::string_view name)
{
    return "profile:" + std::string(name);
}

std::vector<Command> changing(const std::string& key, const Profile& claims)
{
    std::vector<Command> commands;
    for (const auto& [claim, json] : claims)
        commands.push_back(json.empty() ? Command{"HDEL", key, claim} : Command{"HSET", key, claim, json});
    return commands;
}

} // namespace

Result<Profile> Profiles::find(std::string_view name)
{
    const auto key = key_of(name);
    const Record record(TRY(m_connection.command({"HGETALL", key})));
    return Profile(record.fields().begin(), record.fields().end());
}

Result<void> Profiles::change(std::string_view name, const Profile& claims)
{
    const auto commands = changing(key_of(name), claims);
    if (!commands.empty())
        TRY(m_connection.run(commands));
    return {};
}

Result<void> Profiles::put(std::string_view name, const Profile& claims)
{
    const auto key = key_of(name);
    auto commands = changing(key, claims);
    commands.insert(commands.begin(), {"DEL", key});
    TRY(m_connection.run(commands));
    return {};
}

Result<void> Profiles::remove(std::string_view name)
{
    const auto key = key_of(name);
    TRY(m_connection.command({"DEL", key}));
    return {};
}

StoredRecord Profiles::stored(std::string_view name, const Profile& claims)
{
    return {key_of(name), {claims.begin(), claims.end()}};
}

} // namespace stile
