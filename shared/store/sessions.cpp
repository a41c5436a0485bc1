#include "shared/store/sessions.h"

#include "shared/store/scan.h"

namespace stile {

namespace {

std::string key_of(std::string_view id)
{
    return "session:" + std::string(id);
}

} // namespace

Result<std::optional<Session>> Sessions::find(std::string_view id)
{
    const auto key = key_of(id);
    const Record record(TRY(m_connection.command({"HGETALL", key})));
    if (!record.exists())
        return std::nullopt;
    return Session{record["user"], record["sub"], record.number("auth_time"), record["secret_sha256"], record["amr"]};
}

Result<void> Sessions::save(std::string_view id, const Session& session, Seconds lifetime)
{
    const auto key = key_of(id);
    TRY(m_connection.call("put", {key},
                          {std::to_string(lifetime), "user", session.user_name, "sub", session.subject, "auth_time",
                           std::to_string(session.auth_time), "secret_sha256", session.secret_sha256, "amr",
                           session.amr}));
    return {};
}

Result<void> Sessions::end(std::string_view id)
{
    const auto key = key_of(id);
    TRY(m_connection.command({"DEL", key}));
    return {};
}

Result<int> Sessions::end_all_of(std::string_view user_name, std::string_view subject)
{
    int ended = 0;
    const auto ids = TRY(names_below(m_connection, "session:"));
    for (const auto& id : ids) {
        const auto session = TRY(find(id));
        const auto key = key_of(id);
        if (session && (session->user_name == user_name || (!subject.empty() && session->subject == subject)))
            ended += static_cast<int>(TRY(m_connection.command({"DEL", key})).integer);
    }
    return ended;
}

} // namespace stile
