// stile import: the clients and users of an exported document. What is read first is only a plan; the step that writes
// decides again whether a name is taken.
#include "functions/stile/command.h"
#include "functions/stile/transfer/document.h"
#include "functions/stile/user/end_sessions.h"

#include "shared/base/text.h"
#include "shared/oauth/subject.h"
#include "shared/store/records.h"

#include <algorithm>
#include <fstream>
#include <iostream>
#include <memory>

namespace stile::admin {

namespace {

struct ImportOptions {
    std::string file;
    bool replace = false;
    bool dry_run = false;
};

std::string read_document(const std::string& path)
{
    if (path == "-")
        return {std::istreambuf_iterator<char>(std::cin), {}};
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// A record of the document, and whether its name is taken.
struct Planned {
    const char* kind;
    std::string name;
    bool is_there;
};

struct Plan {
    std::vector<Planned> records;
    std::vector<Person> changed_users; // with another password or sub, as they were: they lose sessions and grants
    std::vector<User> former_users; // those of them with another sub
    std::vector<Client> changed_clients; // whose users get other subs, as they will be: they lose their grants
};

Result<Plan> plan_for(const Document& document, AdminContext& context)
{
    Plan plan;
    for (const auto& client : document.clients) {
        const auto before = TRY(context.clients.find(client.id));
        plan.records.push_back({"client", client.id, before != nullptr});
        if (before && gives_other_subs(*before, client))
            plan.changed_clients.push_back(client);
    }
    for (const auto& [user, claims] : document.users) {
        const auto before = TRY(context.users.find(user.name));
        plan.records.push_back({"user", user.name, before.has_value()});
        if (before && (before->password_hash != user.password_hash || before->subject != user.subject))
            plan.changed_users.push_back(TRY(owner_of(*before, context)));
        if (before && before->subject != user.subject)
            plan.former_users.push_back(*before);
    }
    const auto salt = TRY(context.pairwise_salt.find());
    if (!document.pairwise_salt.empty() && salt != document.pairwise_salt)
        plan.records.push_back({"setting", "pairwise_salt", !salt.empty()});
    return plan;
}

std::string some_of(const std::vector<std::string>& names)
{
    constexpr std::size_t enough = 5;
    std::vector<std::string> first(names.begin(),
                                   names.begin() + static_cast<std::ptrdiff_t>(std::min(enough, names.size())));
    if (names.size() > enough)
        first.push_back("and " + std::to_string(names.size() - enough) + " more");
    return join(first, ", ");
}

int refuse_existing(const std::vector<std::string>& names)
{
    return print_error(exists, "already exist: " + some_of(names) + "; nothing was written (--replace replaces them)");
}

// subject:<sub> and client:<sub> of subs that are not free.
int refuse_subjects(const std::vector<std::string>& keys)
{
    std::vector<std::string> subjects;
    subjects.reserve(keys.size());
    for (const auto& key : keys)
        subjects.push_back(key.substr(key.find(':') + 1));
    return print_error(exists, "each of these is or was the sub of another user, or the id of a client: "
                                   + some_of(subjects) + "; nothing was written");
}

// The pairwise clients that are not in the document: another salt would give their users new subs.
Result<std::vector<std::string>> clients_with_another_salt(const Document& document, AdminContext& context)
{
    std::vector<std::string> found;
    const auto ids = TRY(context.clients.list());
    for (const auto& id : ids) {
        const auto client = TRY(context.clients.find(id));
        const bool is_replaced = std::ranges::find(document.clients, id, &Client::id) != document.clients.end();
        if (client && !client->pairwise_salt.empty() && client->pairwise_salt != document.pairwise_salt && !is_replaced)
            found.push_back(id);
    }
    return found;
}

Import import_of(const Document& document, const Plan& plan, bool replace, Seconds now)
{
    Import import = {.former = plan.former_users, .replace = replace, .now = now};
    for (const auto& client : document.clients) {
        import.records.push_back(Clients::stored(client));
        import.client_ids.push_back(client.id);
    }
    for (const auto& [user, claims] : document.users) {
        import.records.push_back(Users::stored(user));
        import.records.push_back(Profiles::stored(user.subject, claims));
        import.users.push_back(user);
    }
    return import;
}

// Writes the salt, so that no client has one that is not stored. False if there is another one, which must not be replaced.
Result<bool> write_salt(const std::string& salt, bool replace, AdminContext& context)
{
    if (salt.empty())
        return true;
    if (!replace)
        return TRY(context.pairwise_salt.keep(salt)) == salt;
    TRY(context.pairwise_salt.replace(salt));
    return true;
}

// The audit events of an import, and the end of what changed users and clients had.
Result<void> follow_up(const Document& document, const Plan& plan, AdminContext& context)
{
    for (std::size_t i = 0; i < document.clients.size(); ++i)
        context.record({.name = plan.records[i].is_there ? EventName::client_updated : EventName::client_added,
                        .client = document.clients[i],
                        .reason = "imported"});
    for (std::size_t i = 0; i < document.users.size(); ++i)
        context.record({.name = plan.records[document.clients.size() + i].is_there ? EventName::user_updated
                                                                                   : EventName::user_added,
                        .user = document.users[i].user,
                        .reason = "imported"});
    for (const auto& before : plan.changed_users)
        TRY(end_everything(before, "imported", context));
    for (const auto& client : plan.changed_clients)
        TRY(context.grant_lists.revoke_all_of_client(client.id, context.tell_revoked(client, {}, "imported")));
    return {};
}

Result<int> import_from(const ImportOptions& options, AdminContext& context)
{
    const auto text = read_document(options.file);
    if (text.empty())
        return print_error(misused, options.file + " cannot be read, or is empty");
    const auto document = TRY(document_from(text, context.clock.now()));
    const auto plan = TRY(plan_for(document, context));
    std::vector<std::string> there;
    for (const auto& [kind, name, is_there] : plan.records)
        if (is_there)
            there.push_back(std::string(kind) + " " + name);
    if (!there.empty() && !options.replace)
        return refuse_existing(there);
    if (!document.pairwise_salt.empty())
        if (const auto ids = TRY(clients_with_another_salt(document, context)); !ids.empty())
            return print_error(exists, "the pairwise_salt differs from that of the clients " + join(ids, ", ")
                                           + ", which are not in the document; nothing was written");

    auto import = import_of(document, plan, options.replace, context.clock.now());
    import.only_check = true; // before the salt is written
    auto imported = TRY(import_records(context.connection, import));
    if (imported.refused.empty() && !options.dry_run) {
        if (!TRY(write_salt(document.pairwise_salt, options.replace, context)))
            return refuse_existing({"setting pairwise_salt"});
        import.only_check = false;
        imported = TRY(import_records(context.connection, import));
    }
    if (!imported.refused.empty())
        return refuse_subjects(imported.refused);
    if (!imported.existing.empty() && !options.replace) // added since the plan was made
        return refuse_existing(imported.existing);
    if (!options.dry_run)
        TRY(follow_up(document, plan, context));
    std::vector<Row> rows;
    rows.reserve(plan.records.size());
    for (const auto& [kind, name, is_there] : plan.records) {
        const std::string action = is_there ? "replace" : "add", verb = is_there ? "replaced" : "added";
        rows.push_back({(options.dry_run ? "would " + action : verb) + " " + kind + " " + name,
                        {{"action", action}, {"kind", std::string(kind)}, {"name", name}, {"done", !options.dry_run}}});
    }
    context.print.list(rows);
    return done;
}

} // namespace

void add_import_command(Command& app, CommandLine& line)
{
    auto* command = app.add_subcommand(
        "import",
        "Adds the clients and users of an exported document: all in one step, or none if something is wrong or\n"
        "a name is taken. (Refused on a Redis Cluster, where the keys are distributed.)");
    const auto options = std::make_shared<ImportOptions>();
    command->add_option("FILE", options->file, "The document; - for standard input")->required();
    command->add_flag("--replace", options->replace,
                      "Replace existing clients and users. Users with another password or sub lose their sessions\n"
                      "and grants, clients with other subs lose their grants");
    command->add_flag("--dry-run", options->dry_run, "Check everything and print what would be done, without doing it");
    command->callback(
        [&line, options] { line.run([&](AdminContext& context) { return import_from(*options, context); }); });
}

} // namespace stile::admin
