#include "shared/store/consents.h"

#include "shared/store/scan.h"

namespace stile {

namespace {

std::string key_of(std::string_view client_id, std::string_view subject)
{
    return std::string("consent:").append(client_id).append(":").append(subject);
}

} // namespace

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
    TRY(m_connection.call(Step("save_consent")
                              .key("consent_key", key_of(client_id, subject))
                              .with("ttl", lifetime)
                              .with("now", now)
                              .with("scope", scope.to_string())));
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
    const auto names = TRY(names_below(m_connection, "consent:"));
    for (const auto& name : names) {
        if (std::string_view(name).substr(name.find(':') + 1) != subject) // neither part has a ':'
            continue;
        const auto key = "consent:" + name;
        TRY(m_connection.command({"DEL", key}));
    }
    return {};
}

Result<void> Consents::forget_client(std::string_view client_id)
{
    const auto prefix = key_of(client_id, "");
    const auto subjects = TRY(names_below(m_connection, prefix));
    for (const auto& subject : subjects) {
        const auto key = prefix + subject;
        TRY(m_connection.command({"DEL", key}));
    }
    return {};
}

} // namespace stile
