#include "shared/store/consents.h"

#include "shared/store/indices.h"

namespace stile {

namespace {

std::string key_of(std::string_view client_id, std::string_view subject)
{
    return std::string("consent:").append(client_id).append(":").append(subject);
}

constexpr std::string_view user_consents = "user_consents:";
constexpr std::string_view client_consents = "client_consents:";

} // namespace

std::vector<Command> Consents::index_commands(std::string_view client_id, std::string_view subject, Seconds lifetime)
{
    const auto of_client = key_of(client_id, "");
    const auto of_user = ":" + std::string(subject);
    return {index_command({client_consents, of_client, "", 0}, client_id, subject, lifetime),
            index_command({user_consents, "consent:", of_user, 0}, subject, client_id, lifetime)};
}

Command Consents::find_command(std::string_view client_id, std::string_view subject)
{
    return {"HGETALL", key_of(client_id, subject)};
}

Result<std::optional<Scope>> Consents::read_found(Reply&& reply)
{
    const Record record(std::move(reply));
    if (!record.exists())
        return std::nullopt;
    return TRY(Scope::parse(record["scope"]));
}

Result<std::optional<Scope>> Consents::find(std::string_view client_id, std::string_view subject)
{
    auto replies = TRY(m_connection.run({find_command(client_id, subject)}));
    return read_found(std::move(replies.front()));
}

Result<void> Consents::save(std::string_view client_id, std::string_view subject, const Scope& scope, Seconds now,
                            Seconds lifetime)
{
    std::vector<Command> commands = {Step("save_consent")
                                         .key("consent_key", key_of(client_id, subject))
                                         .with("ttl", lifetime)
                                         .with("now", now)
                                         .with("scope", scope.to_string())
                                         .command()};
    const auto notes = index_commands(client_id, subject, lifetime);
    commands.insert(commands.end(), notes.begin(), notes.end());
    TRY(m_connection.run(commands));
    return {};
}

Result<void> Consents::forget(std::string_view client_id, std::string_view subject)
{
    const auto key = key_of(client_id, subject);
    TRY(m_connection.command({"DEL", key}));
    return {};
}

Result<void> Consents::forget_subject(std::string_view subject)
{
    std::vector<Command> commands;
    for (const auto& client_id : TRY(names_of(m_connection, {.prefix = user_consents}, subject)))
        commands.push_back({"DEL", key_of(client_id, subject)});
    TRY(m_connection.run(commands));
    return {};
}

Result<void> Consents::forget_client(std::string_view client_id)
{
    std::vector<Command> commands;
    for (const auto& subject : TRY(names_of(m_connection, {.prefix = client_consents}, client_id)))
        commands.push_back({"DEL", key_of(client_id, subject)});
    TRY(m_connection.run(commands));
    return {};
}

} // namespace stile
