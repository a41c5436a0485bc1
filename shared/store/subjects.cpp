#include "shared/store/subjects.h"

#include "shared/store/scan.h"
#include "shared/store/users.h"

#include <algorithm>
#include <array>
#include <tuple>

namespace stile {

namespace {

constexpr std::size_t at_once = 500; // records in one round trip

Result<std::vector<Reply>> run_in_parts(Connection& connection, const std::vector<Command>& commands)
{
    std::vector<Reply> replies;
    replies.reserve(commands.size());
    for (std::size_t i = 0; i < commands.size(); i += at_once) {
        const auto from = commands.begin() + static_cast<std::ptrdiff_t>(i);
        const auto count = std::min(at_once, commands.size() - i);
        for (auto& reply : TRY(connection.run({from, from + static_cast<std::ptrdiff_t>(count)})))
            replies.push_back(std::move(reply));
    }
    return replies;
}

struct Owner {
    std::string user;
    Seconds created_at = 0;
    bool has_ended = false; // the user is gone, or has another sub now
};

Owner owner_from(Reply&& reply)
{
    const Record record(std::move(reply));
    return {record["user"], record.number("created_at"), !record["ended_at"].empty()};
}

bool is_theirs(const Owner& owner, const User& user)
{
    return owner.user == user.name && owner.created_at == user.registered_at && !owner.has_ended;
}

} // namespace

std::string Subjects::key_of(std::string_view subject)
{
    return "subject:" + std::string(subject);
}

Result<bool> Subjects::is_of(const User& user)
{
    const auto key = key_of(user.subject);
    auto owner = owner_from(TRY(m_connection.command({"HGETALL", key})));
    if (owner.user.empty()) {
        TRY(record_all());
        owner = owner_from(TRY(m_connection.command({"HGETALL", key})));
    }
    return is_theirs(owner, user);
}

Result<std::vector<std::string>> Subjects::of_removed(std::string_view name)
{
    const auto subjects = TRY(names_below(m_connection, "subject:"));
    std::vector<Command> commands;
    commands.reserve(subjects.size());
    for (const auto& subject : subjects)
        commands.push_back({"HGETALL", key_of(subject)});
    auto replies = TRY(run_in_parts(m_connection, commands));
    std::vector<std::string> theirs;
    for (std::size_t i = 0; i < subjects.size(); ++i)
        if (const auto owner = owner_from(std::move(replies[i])); owner.user == name && owner.has_ended)
            theirs.push_back(subjects[i]);
    return theirs;
}

Result<std::vector<Subjects::Doubtful>> Subjects::doubtful()
{
    auto users = TRY(Users(m_connection).all());
    std::vector<Command> commands;
    commands.reserve(2 * users.size());
    for (const auto& user : users) {
        commands.push_back({"HGETALL", key_of(user.subject)});
        commands.push_back({"EXISTS", "client:" + user.subject});
    }
    auto replies = TRY(run_in_parts(m_connection, commands));
    std::vector<Doubtful> found;
    for (std::size_t i = 0; i < users.size(); ++i) {
        auto owner = owner_from(std::move(replies[2 * i]));
        const bool is_client = replies[2 * i + 1].integer == 1;
        if (is_client || !is_theirs(owner, users[i]))
            found.push_back({std::move(users[i]), std::move(owner.user), is_client});
    }
    return found;
}

Result<void> Subjects::record_all()
{
    auto users = TRY(Users(m_connection).all());
    std::ranges::sort(users, {}, [](const User& user) { // of two with one sub the first owns it
        return std::tie(user.registered_at, user.name);
    });
    std::vector<Command> commands;
    commands.reserve(users.size());
    for (const auto& user : users)
        commands.push_back(Step("add_record")
                               .key("record_key", key_of(user.subject))
                               .fields({"user", user.name, "created_at", std::to_string(user.registered_at)})
                               .command());
    TRY(run_in_parts(m_connection, commands));
    TRY(m_connection.command({"SET", subjects_are_recorded, "1"}));
    return {};
}

Result<Record> call_recorded(Connection& connection, const Step& step)
{
    const auto is_unrecorded = [](const Record& reply) {
        return reply["outcome"] == "unrecorded" || !reply["unrecorded"].empty();
    };
    auto reply = TRY(connection.call(step));
    if (!is_unrecorded(reply))
        return reply;
    TRY(Subjects(connection).record_all());
    reply = TRY(connection.call(step));
    if (is_unrecorded(reply)) // the mark was deleted by hand in this moment
        return fail(ErrorCode::temporarily_unavailable, "the owners of subs cannot be recorded", "subjects");
    return reply;
}

Result<Imported> import_records(Connection& connection, const Import& import)
{
    std::vector<std::string> keys = {std::string(subjects_are_recorded)};
    for (const auto& record : import.records)
        keys.push_back(record.key);
    for (const auto& user : import.users) {
        keys.push_back(Subjects::key_of(user.subject));
        keys.push_back("client:" + user.subject);
    }
    for (const auto& user : import.former)
        keys.push_back(Subjects::key_of(user.subject));
    for (const auto& id : import.client_ids)
        keys.push_back(Subjects::key_of(id));

    Step step("import_records");
    step.keys(keys)
        .with("replace", import.replace)
        .with("only_check", import.only_check)
        .with("now", import.now)
        .with("record_count", import.records.size())
        .with("user_count", import.users.size())
        .with("former_count", import.former.size());
    for (const auto& record : import.records) {
        const auto fields = filled_fields_of(record);
        step.fields({std::to_string(fields.size() / 2)}).fields(fields);
    }
    for (const auto* users : {&import.users, &import.former})
        for (const auto& user : *users)
            step.fields({user.name, std::to_string(user.registered_at)});

    const auto reply = TRY(call_recorded(connection, step));
    Imported result;
    for (const auto& [word, key] : reply.fields())
        (word == "existing" ? result.existing : result.refused).push_back(key);
    return result;
}

} // namespace stile
