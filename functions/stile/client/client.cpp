// stile client: its commands, and those that fit in a few lines.
#include "functions/stile/client/entry.h"
#include "functions/stile/client/verbs.h"
#include "functions/stile/suggest.h"
#include "functions/stile/throttle.h"

#include <memory>

namespace stile::admin {

namespace {

Result<int> list(AdminContext& context)
{
    const auto ids = TRY(context.clients.list());
    std::vector<Row> rows;
    rows.reserve(ids.size());
    for (const auto& id : ids)
        rows.push_back(row_of({{"client_id", id}}));
    context.print.list(rows);
    return done;
}

Result<int> show(const std::string& id, AdminContext& context)
{
    const auto client = TRY(context.clients.find(id));
    if (!client)
        return no_client(id, context);
    context.print.thing(entry_of(*client));
    return done;
}

// Its grants are revoked. A function that has the client in its cache may issue tokens for some seconds more
// (STILE_CLIENT_CACHE); they cannot be refreshed, and a later client of the same id does not get them.
Result<int> remove(const std::string& id, AdminContext& context)
{
    const bool was_there = is_client_id(id) && TRY(context.clients.remove(id));
    const auto client = ClientName::of_removed(id);
    if (was_there)
        context.record({.name = EventName::client_removed, .client = client});
    const int revoked =
        TRY(context.grant_lists.revoke_all_of_client(id, context.tell_revoked(client, {}, "client_removed")));
    TRY(context.consents.forget_client(id));
    if (!was_there && revoked == 0)
        return no_client(id, context);
    context.print.report("removed; " + counted(static_cast<std::size_t>(revoked), "grant") + " revoked",
                         {{"client_id", id}, {"removed", true}, {"grants_revoked", std::int64_t{revoked}}});
    return done;
}

Result<int> unlock(const std::string& id, AdminContext& context)
{
    const auto client = TRY(context.clients.find(id));
    if (!client)
        return no_client(id, context);
    return lift_throttles([&](std::string_view throttle) { return throttle.starts_with("client:" + id + ":"); },
                          {.client = *client}, context);
}

} // namespace

void add_client_commands(Command& app, CommandLine& line)
{
    auto* client = app.add_subcommand("client", "Clients: applications that may request tokens");
    client->require_subcommand(1);
    add_client_add_command(*client, line);
    add_client_update_command(*client, line);
    add_client_rotate_secret_command(*client, line);
    add_client_settings_command(*client, line);
    client->add_subcommand("list", "Lists the ids of all clients")->callback([&line] { line.run(list); });

    const auto id = std::make_shared<std::string>();
    const auto add_verb = [&](const char* verb, const char* sentence,
                              Result<int> (*action)(const std::string&, AdminContext&)) {
        auto* command = client->add_subcommand(verb, sentence);
        command->add_option("ID", *id, help_of_id)->required();
        command->callback(
            [&line, id, action] { line.run([&](AdminContext& context) { return action(*id, context); }); });
    };
    add_verb("show", "Shows a client without its secret", show);
    add_verb("unlock", "Lifts the block after failed authentications", unlock);
    add_verb("remove", "Removes a client and revokes its grants", remove);
}

} // namespace stile::admin
