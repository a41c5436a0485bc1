#include "shared/store/sessions.h"

#include "shared/store/indices.h"
#include "shared/store/keys.h"

#include <algorithm>

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

constexpr std::string_view offline_mark = " offline_access"; // after the client id

std::vector<Sessions::RecordedGrant> recorded_in(Reply reply)
{
    const Record record(std::move(reply));
    std::vector<Sessions::RecordedGrant> grants;
    for (const auto& [grant_id, client] : record.fields()) {
        const bool is_offline = client.ends_with(offline_mark);
        grants.push_back(
            {grant_id, client.substr(0, client.size() - (is_offline ? offline_mark.size() : 0)), is_offline});
    }
    return grants;
}

std::optional<Session> session_in(Reply reply)
{
    const Record record(std::move(reply));
    if (!record.exists())
        return std::nullopt;
    return Session{record["user"],          record["sub"], record.number("auth_time"),
                   record["secret_sha256"], record["amr"], record["first"]};
}

} // namespace

Result<std::optional<Session>> Sessions::find(std::string_view id)
{
    const auto key = key_of(id);
    return session_in(TRY(m_connection.command({"HGETALL", key})));
}

Result<void> Sessions::save(std::string_view id, const Session& session, Seconds lifetime)
{
    std::vector<Command> commands = {
        Step("save_record")
            .key("record_key", key_of(id))
            .with("ttl", lifetime)
            .fields({"user", session.user_name, "sub", session.subject, "auth_time", std::to_string(session.auth_time),
                     "secret_sha256", session.secret_sha256, "amr", session.amr, "first", session.login_id})
            .command()};
    const auto notes = index_commands(user_sessions, {session.user_name, session.subject}, id, lifetime);
    commands.insert(commands.end(), notes.begin(), notes.end());
    TRY(m_connection.run(commands));
    return {};
}

Result<void> Sessions::end(std::string_view id)
{
    TRY(m_connection.run({end_command(id)}));
    return {};
}

Command Sessions::end_command(std::string_view id)
{
    return {"DEL", key_of(id)};
}

std::vector<Command> Sessions::record_grant_commands(const GrantOfSession& grant, Seconds lifetime)
{
    std::vector<Command> commands;
    if (grant.has_identity) {
        const auto key = grants_key_of(grant.login_id);
        const auto client = std::string(grant.client_id).append(grant.is_offline ? offline_mark : "");
        commands.push_back({"HSET", key, std::string(grant.grant_id), client});
        commands.push_back({"EXPIRE", key, std::to_string(lifetime)});
        commands.push_back({"HLEN", key});
    }
    commands.push_back({"HGETALL", key_of(grant.session_id)});
    return commands;
}

Command Sessions::remove_grant_command(std::string_view login_id, std::string_view grant_id)
{
    return {"HDEL", grants_key_of(login_id), std::string(grant_id)};
}

bool Sessions::session_exists(const std::vector<Reply>& replies)
{
    return !replies.back().elements.empty();
}

Result<void> Sessions::extend_grants(std::string_view login_id, Seconds lifetime)
{
    TRY(m_connection.run({{"EXPIRE", grants_key_of(login_id), std::to_string(lifetime)}}));
    return {};
}

std::int64_t Sessions::grant_count(const std::vector<Reply>& replies)
{
    return replies.size() < 2 ? 0 : replies[replies.size() - 2].integer;
}

Result<std::int64_t> Sessions::prune_ended(std::string_view login_id)
{
    const auto all = TRY(grants_of(login_id));
    std::vector<Command> questions;
    questions.reserve(all.size());
    for (const auto& grant : all)
        questions.push_back({"EXISTS", grant_key("grant", grant.grant_id)});
    const auto answers = TRY(m_connection.run(questions));
    Command forgetting = {"HDEL", grants_key_of(login_id)};
    for (std::size_t i = 0; i < all.size(); ++i)
        if (answers[i].integer == 0)
            forgetting.push_back(all[i].grant_id);
    const auto left = static_cast<std::int64_t>(all.size() + 2 - forgetting.size());
    if (forgetting.size() > 2)
        TRY(m_connection.run({forgetting}));
    return left;
}

Result<bool> Sessions::record_grant(const GrantOfSession& grant, Seconds lifetime)
{
    const auto replies = TRY(m_connection.run(record_grant_commands(grant, lifetime)));
    if (grant_count(replies) > max_grants)
        TRY(prune_ended(grant.login_id));
    return session_exists(replies);
}

Result<std::vector<Sessions::RecordedGrant>> Sessions::grants_of(std::string_view login_id)
{
    const auto key = grants_key_of(login_id);
    return recorded_in(TRY(m_connection.command({"HGETALL", key})));
}

Result<std::vector<Sessions::RecordedGrant>> Sessions::pop_grants(std::string_view login_id)
{
    const auto key = grants_key_of(login_id);
    auto replies = TRY(m_connection.pipeline({{"HGETALL", key}, {"DEL", key}}));
    return recorded_in(std::move(replies[0]));
}

Result<std::vector<Sessions::Listed>> Sessions::list_of(std::string_view user_name, std::string_view subject)
{
    std::vector<std::string> ids;
    if (!user_name.empty())
        ids = TRY(names_of(m_connection, user_sessions, user_name));
    if (!subject.empty() && subject != user_name) {
        const auto more = TRY(names_of(m_connection, user_sessions, subject));
        ids.insert(ids.end(), more.begin(), more.end());
    }
    std::ranges::sort(ids);
    const auto repeated = std::ranges::unique(ids);
    ids.erase(repeated.begin(), repeated.end());
    std::vector<Command> questions;
    questions.reserve(ids.size());
    for (const auto& id : ids)
        questions.push_back({"HGETALL", key_of(id)});
    auto replies = TRY(m_connection.run(questions));
    std::vector<Listed> listed;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        auto session = session_in(std::move(replies[i]));
        if (session && (session->user_name == user_name || (!subject.empty() && session->subject == subject)))
            listed.push_back({ids[i], std::move(*session)});
    }
    return listed;
}

} // namespace stile
