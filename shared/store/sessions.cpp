#include "shared/store/sessions.h"

#include "shared/store/keys.h"
#include "shared/store/scan.h"

namespace stile {

namespace {

std::string key_of(std::string_view id)
{
    return "session:" + std::string(id);
}

std::string grants_key_of(std::string_view id)
{
    return "session_grants:" + std::string(id);
}

constexpr std::string_view outlives_mark = " offline_access"; // behind the client's id

std::vector<Sessions::Noted> noted_in(Reply reply)
{
    const Record record(std::move(reply));
    std::vector<Sessions::Noted> noted;
    for (const auto& [grant_id, client] : record.fields()) {
        const bool outlives = client.ends_with(outlives_mark);
        noted.push_back({grant_id, client.substr(0, client.size() - (outlives ? outlives_mark.size() : 0)), outlives});
    }
    return noted;
}

} // namespace

Result<std::optional<Session>> Sessions::find(std::string_view id)
{
    const auto key = key_of(id);
    const Record record(TRY(m_connection.command({"HGETALL", key})));
    if (!record.exists())
        return std::nullopt;
    return Session{record["user"],          record["sub"], record.number("auth_time"),
                   record["secret_sha256"], record["amr"], record["first"]};
}

Result<void> Sessions::save(std::string_view id, const Session& session, Seconds lifetime)
{
    TRY(m_connection.call(
        Step("save_record")
            .key("record_key", key_of(id))
            .with("ttl", lifetime)
            .fields({"user", session.user_name, "sub", session.subject, "auth_time", std::to_string(session.auth_time),
                     "secret_sha256", session.secret_sha256, "amr", session.amr, "first", session.first_id})));
    return {};
}

Result<void> Sessions::end(std::string_view id)
{
    const auto key = key_of(id);
    TRY(m_connection.command({"DEL", key}));
    return {};
}

std::vector<Command> Sessions::noting(const GrantOfSession& grant, Seconds lifetime)
{
    std::vector<Command> commands;
    if (grant.has_identity) {
        const auto key = grants_key_of(grant.first_id);
        const auto client = std::string(grant.client_id).append(grant.outlives ? outlives_mark : "");
        commands.push_back({"HSET", key, std::string(grant.grant_id), client});
        commands.push_back({"EXPIRE", key, std::to_string(lifetime)});
        commands.push_back({"HLEN", key});
    }
    commands.push_back({"HGETALL", key_of(grant.session_id)});
    return commands;
}

Command Sessions::forgetting(std::string_view first_id, std::string_view grant_id)
{
    return {"HDEL", grants_key_of(first_id), std::string(grant_id)};
}

bool Sessions::is_there(const std::vector<Reply>& noted)
{
    return !noted.back().elements.empty();
}

Result<void> Sessions::keep_noted(std::string_view first_id, Seconds lifetime)
{
    TRY(m_connection.run({{"EXPIRE", grants_key_of(first_id), std::to_string(lifetime)}}));
    return {};
}

std::int64_t Sessions::count_of(const std::vector<Reply>& noted)
{
    return noted.size() < 2 ? 0 : noted[noted.size() - 2].integer;
}

Result<std::int64_t> Sessions::forget_ended(std::string_view first_id)
{
    const auto all = TRY(noted(first_id));
    std::vector<Command> questions;
    for (const auto& grant : all)
        questions.push_back({"EXISTS", grant_key("grant", grant.grant_id)});
    const auto answers = TRY(m_connection.run(questions));
    Command forgetting = {"HDEL", grants_key_of(first_id)};
    for (std::size_t i = 0; i < all.size(); ++i)
        if (answers[i].integer == 0)
            forgetting.push_back(all[i].grant_id);
    const auto left = static_cast<std::int64_t>(all.size() + 2 - forgetting.size());
    if (forgetting.size() > 2)
        TRY(m_connection.run({forgetting}));
    return left;
}

Result<bool> Sessions::note(const GrantOfSession& grant, Seconds lifetime)
{
    const auto noted = TRY(m_connection.run(noting(grant, lifetime)));
    if (count_of(noted) > most_noted)
        TRY(forget_ended(grant.first_id));
    return is_there(noted);
}

Result<std::vector<Sessions::Noted>> Sessions::noted(std::string_view first_id)
{
    const auto key = grants_key_of(first_id);
    return noted_in(TRY(m_connection.command({"HGETALL", key})));
}

Result<std::vector<Sessions::Noted>> Sessions::take_noted(std::string_view first_id)
{
    const auto key = grants_key_of(first_id);
    auto replies = TRY(m_connection.pipeline({{"HGETALL", key}, {"DEL", key}}));
    return noted_in(std::move(replies[0]));
}

Result<std::vector<Sessions::Listed>> Sessions::list_of(std::string_view user_name, std::string_view subject)
{
    std::vector<Listed> listed;
    const auto ids = TRY(names_below(m_connection, "session:"));
    for (const auto& id : ids) {
        const auto session = TRY(find(id));
        if (session && (session->user_name == user_name || (!subject.empty() && session->subject == subject)))
            listed.push_back({id, *session});
    }
    return listed;
}

} // namespace stile
