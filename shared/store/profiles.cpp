#include "shared/store/profiles.h"

namespace stile {

namespace {

std::vector<Command> changing(const std::string& key, const Profile& claims)
{
    std::vector<Command> commands;
    for (const auto& [claim, json] : claims)
        commands.push_back(json.empty() ? Command{"HDEL", key, claim} : Command{"HSET", key, claim, json});
    return commands;
}

} // namespace

std::string Profiles::key_of(std::string_view subject)
{
    return "profile:" + std::string(subject);
}

Result<Profile> Profiles::find(std::string_view subject)
{
    const auto key = key_of(subject);
    const Record record(TRY(m_connection.command({"HGETALL", key})));
    return Profile(record.fields().begin(), record.fields().end());
}

Result<void> Profiles::change(std::string_view subject, const Profile& claims)
{
    const auto commands = changing(key_of(subject), claims);
    if (!commands.empty())
        TRY(m_connection.run(commands));
    return {};
}

Result<void> Profiles::put(std::string_view subject, const Profile& claims)
{
    const auto key = key_of(subject);
    auto commands = changing(key, claims);
    commands.insert(commands.begin(), {"DEL", key});
    TRY(m_connection.run(commands));
    return {};
}

StoredRecord Profiles::stored(std::string_view subject, const Profile& claims)
{
    return {key_of(subject), {claims.begin(), claims.end()}};
}

} // namespace stile
