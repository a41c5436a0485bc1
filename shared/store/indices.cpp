#include "shared/store/indices.h"

#include "shared/oauth/split_token.h"
#include "shared/store/consents.h"

#include <algorithm>

namespace stile {

namespace {

constexpr std::string_view mark = "indexed";

// A family of records, and the commands that note one: by its name (the key after the prefix), its fields and the seconds
// that it lives at most.
struct Family {
    std::string_view prefix;
    std::vector<Command> (*notes)(std::string_view name, const Record& record, Seconds lifetime);
};

constexpr Family families[] = {
    {"session:",
     [](std::string_view name, const Record& session, Seconds lifetime) {
         return index_commands(user_sessions, {session["user"], session["sub"]}, name, lifetime);
     }},
    {"browser:", [](std::string_view name, const Record& browser,
                    Seconds lifetime) { return index_commands(user_browsers, {browser["user"]}, name, lifetime); }},
    {"grant:",
     [](std::string_view name, const Record& grant, Seconds lifetime) {
         if (name.size() != grant_id_length + 2) // written by hand
             return std::vector<Command>();
         const auto id = name.substr(1, grant_id_length); // {g}
         // It lives on as it is refreshed, until its absolute end.
         lifetime = std::max(lifetime, grant.number("expires_at") - grant.number("issued_at"));
         auto commands = index_commands(user_grants, {grant["sub"], grant["own_sub"], grant["username"]}, id, lifetime);
         commands.push_back(index_command(client_grants, grant["client_id"], id, lifetime));
         return commands;
     }},
    {"consent:",
     [](std::string_view name, const Record&, Seconds lifetime) {
         const auto colon = name.find(':'); // neither part has one
         return Consents::index_commands(name.substr(0, colon), name.substr(colon + 1), lifetime);
     }},
};

// Notes the records with these keys.
Result<void> note_all(Connection& connection, const Family& family, const std::vector<Reply>& keys)
{
    std::vector<Command> questions;
    for (const auto& key : keys) {
        questions.push_back({"HGETALL", key.text});
        questions.push_back({"TTL", key.text});
    }
    auto replies = TRY(connection.run(questions));
    std::vector<Command> notes;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const Record record(std::move(replies[2 * i]));
        const auto name = std::string_view(keys[i].text).substr(family.prefix.size());
        const auto of_one = family.notes(name, record, std::max<Seconds>(replies[2 * i + 1].integer, 0));
        notes.insert(notes.end(), of_one.begin(), of_one.end());
    }
    TRY(connection.run(notes));
    return {};
}

Result<void> walk(Connection& connection, const Family& family)
{
    const auto pattern = std::string(family.prefix) + "*";
    std::string cursor = "0";
    do {
        const auto reply = TRY(connection.command({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"}));
        if (const auto& keys = reply.elements.at(1).elements; !keys.empty())
            TRY(note_all(connection, family, keys));
        cursor = reply.elements.at(0).text;
    } while (cursor != "0");
    return {};
}

} // namespace

Command index_command(const IndexKind& kind, std::string_view owner, std::string_view name, Seconds lifetime)
{
    return Step("index_record")
        .key("index_key", std::string(kind.prefix).append(owner))
        .with("name", name)
        .with("before", kind.before)
        .with("after", kind.after)
        .with("ttl", lifetime)
        .with("most", kind.most)
        .command();
}

std::vector<Command> index_commands(const IndexKind& kind, std::initializer_list<std::string_view> owners,
                                    std::string_view name, Seconds lifetime)
{
    std::vector<Command> commands;
    for (const auto* owner = owners.begin(); owner != owners.end(); ++owner)
        if (!owner->empty() && std::find(owners.begin(), owner, *owner) == owner)
            commands.push_back(index_command(kind, *owner, name, lifetime));
    return commands;
}

Result<std::vector<std::string>> names_of(Connection& connection, const IndexKind& kind, std::string_view owner)
{
    TRY(complete_indices(connection));
    const auto key = std::string(kind.prefix).append(owner);
    auto reply = TRY(connection.command({"ZRANGE", key, "0", "-1"}));
    std::vector<std::string> names;
    names.reserve(reply.elements.size());
    for (auto& name : reply.elements)
        names.push_back(std::move(name.text));
    std::ranges::sort(names);
    return names;
}

Result<void> complete_indices(Connection& connection)
{
    const auto replies = TRY(connection.pipeline({{"GET", mark}, {"FUNCTION", "LIST", "LIBRARYNAME", "stile_*"}}));
    const bool is_marked = !replies[0].text.empty();
    const bool all_write = std::ranges::all_of(replies[1].elements, writes_indices);
    if (is_marked && all_write)
        return {};
    for (const auto& family : families)
        TRY(walk(connection, family));
    if (!all_write)
        return doubt_indices(connection);
    // Redis refuses this when it is out of memory: the next call walks again.
    [[maybe_unused]] const auto marked = connection.command({"SET", mark, "1"});
    return {};
}

Result<void> doubt_indices(Connection& connection)
{
    TRY(connection.command({"DEL", mark}));
    return {};
}

bool writes_indices(const Reply& library)
{
    const auto& functions = library.elements.at(5).elements; // library_name, …, engine, …, functions, …
    return std::ranges::any_of(functions, [](const Reply& function) {
        return function.elements.at(1).text.starts_with("index_record_"); // name, …
    });
}

} // namespace stile
