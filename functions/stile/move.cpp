// stile export, stile import: clients and users, to be moved to another Redis.
#include "functions/stile/client_settings.h"
#include "functions/stile/command.h"
#include "functions/stile/document.h"

#include "shared/base/text.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
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

Result<Document> read_all(Workplace& workplace)
{
    Document document;
    const auto ids = TRY(workplace.clients.list());
    for (const auto& id : ids)
        if (const auto client = TRY(workplace.clients.find(id))) // unless it was removed meanwhile
            document.clients.push_back(*client);
    const auto names = TRY(workplace.users.list());
    for (const auto& name : names)
        if (const auto user = TRY(workplace.users.find(name)))
            document.users.push_back({*user, TRY(workplace.profiles.find(user->subject))});
    document.pairwise_salt = TRY(workplace.pairwise_salt.find());
    return document;
}

// Into a new file that its owner alone may read.
int write_file(const std::string& path, std::string_view text)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return complain(errno == EEXIST ? exists : failed,
                        errno == EEXIST ? path + " already exists; choose another file, or - for standard output"
                                        : path + ": " + std::strerror(errno));
    bool is_written = true;
    while (is_written && !text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        is_written = written > 0;
        text.remove_prefix(is_written ? static_cast<std::size_t>(written) : 0);
    }
    is_written = ::fsync(file) == 0 && is_written;
    const std::string why = std::strerror(errno);
    ::close(file);
    if (is_written)
        return done;
    ::unlink(path.c_str());
    return complain(failed, path + ": " + why);
}

Result<int> export_to(const std::string& path, Workplace& workplace)
{
    const auto document = TRY(read_all(workplace));
    const auto text = to_json(document) + "\n";
    const auto clients = document.clients.size(), users = document.users.size();
    if (path == "-")
        std::cout << text;
    else if (const int status = write_file(path, text); status != done)
        return status;
    workplace.record({.name = EventName::records_exported, .count = clients + users});
    if (path != "-")
        workplace.print.report(
            "exported " + std::to_string(clients) + " clients and " + std::to_string(users)
                + " users, with the hashes of their secrets",
            {{"clients", static_cast<std::int64_t>(clients)}, {"users", static_cast<std::int64_t>(users)}});
    return done;
}

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

// Those whom the document takes something away from: users their password or their subject, clients the subs that they
// know users by.
struct Plan {
    std::vector<Planned> records;
    std::vector<User> changed; // as they were
    std::vector<Client> estranged; // as they will be
};

Result<Plan> plan_for(const Document& document, Workplace& workplace)
{
    Plan plan;
    for (const auto& client : document.clients) {
        const auto before = TRY(workplace.clients.find(client.id));
        plan.records.push_back({"client", client.id, before != nullptr});
        if (before && knows_users_otherwise(*before, client))
            plan.estranged.push_back(client);
    }
    for (const auto& [user, claims] : document.users) {
        const auto before = TRY(workplace.users.find(user.name));
        plan.records.push_back({"user", user.name, before.has_value()});
        if (before && (before->password_hash != user.password_hash || before->subject != user.subject))
            plan.changed.push_back(*before);
    }
    const auto salt = TRY(workplace.pairwise_salt.find());
    if (!document.pairwise_salt.empty() && salt != document.pairwise_salt)
        plan.records.push_back({"setting", "pairwise_salt", !salt.empty()});
    return plan;
}

int refuse_existing(const std::vector<std::string>& names)
{
    constexpr std::size_t enough = 5;
    std::vector<std::string> first(names.begin(),
                                   names.begin() + static_cast<std::ptrdiff_t>(std::min(enough, names.size())));
    if (names.size() > enough)
        first.push_back("and " + std::to_string(names.size() - enough) + " more");
    return complain(exists, "already exist: " + join(first, ", ") + "; nothing was written (--replace replaces them)");
}

// Another salt would make new people of their users: the pairwise clients that the document does not bring along.
Result<std::vector<std::string>> clients_with_another_salt(const Document& document, Workplace& workplace)
{
    std::vector<std::string> found;
    const auto ids = TRY(workplace.clients.list());
    for (const auto& id : ids) {
        const auto client = TRY(workplace.clients.find(id));
        const bool is_replaced = std::ranges::find(document.clients, id, &Client::id) != document.clients.end();
        if (client && !client->pairwise_salt.empty() && client->pairwise_salt != document.pairwise_salt && !is_replaced)
            found.push_back(id);
    }
    return found;
}

// The records are written all or none; the salt before them, so that no client has one that is not kept.
Result<std::vector<std::string>> write(const Document& document, bool replace, Workplace& workplace)
{
    if (!document.pairwise_salt.empty() && replace)
        TRY(workplace.pairwise_salt.replace(document.pairwise_salt));
    else if (!document.pairwise_salt.empty()
             && TRY(workplace.pairwise_salt.keep(document.pairwise_salt)) != document.pairwise_salt)
        return std::vector<std::string>{"setting pairwise_salt"};
    std::vector<StoredRecord> records;
    for (const auto& client : document.clients)
        records.push_back(Clients::stored(client));
    for (const auto& [user, claims] : document.users) {
        records.push_back(Users::stored(user));
        records.push_back(Profiles::stored(user.subject, claims));
    }
    if (records.empty())
        return std::vector<std::string>();
    return import_records(workplace.connection, records, replace);
}

// What follows from it, for the audit trail and for those whom it concerns.
Result<void> follow_up(const Document& document, const Plan& plan, Workplace& workplace)
{
    for (std::size_t i = 0; i < document.clients.size(); ++i)
        workplace.record({.name = plan.records[i].is_there ? EventName::client_updated : EventName::client_added,
                          .client = document.clients[i],
                          .reason = "imported"});
    for (std::size_t i = 0; i < document.users.size(); ++i)
        workplace.record({.name = plan.records[document.clients.size() + i].is_there ? EventName::user_updated
                                                                                     : EventName::user_added,
                          .user = document.users[i].user,
                          .reason = "imported"});
    for (const auto& before : plan.changed)
        TRY(end_everything(before, "imported", workplace));
    for (const auto& client : plan.estranged)
        TRY(workplace.grants.revoke_all_with("client_id", client.id, workplace.tell_revoked(client, {}, "imported")));
    return {};
}

Result<int> import_from(const ImportOptions& options, Workplace& workplace)
{
    const auto text = read_document(options.file);
    if (text.empty())
        return complain(misused, options.file + " cannot be read, or is empty");
    const auto document = TRY(document_from(text, workplace.clock.now()));
    const auto plan = TRY(plan_for(document, workplace));
    std::vector<std::string> there;
    for (const auto& [kind, name, is_there] : plan.records)
        if (is_there)
            there.push_back(std::string(kind) + " " + name);
    if (!there.empty() && !options.replace)
        return refuse_existing(there);
    if (!document.pairwise_salt.empty())
        if (const auto ids = TRY(clients_with_another_salt(document, workplace)); !ids.empty())
            return complain(exists, "the pairwise_salt differs from that of the clients " + join(ids, ", ")
                                        + ", which are not in the document; nothing was written");

    if (!options.dry_run) {
        const auto found = TRY(write(document, options.replace, workplace));
        if (!found.empty() && !options.replace) // somebody was quicker
            return refuse_existing(found);
        TRY(follow_up(document, plan, workplace));
    }
    std::vector<Row> rows;
    rows.reserve(plan.records.size());
    for (const auto& [kind, name, is_there] : plan.records) {
        const std::string action = is_there ? "replace" : "add", verb = is_there ? "replaced" : "added";
        rows.push_back({(options.dry_run ? "would " + action : verb) + " " + kind + " " + name,
                        {{"action", action}, {"kind", std::string(kind)}, {"name", name}, {"done", !options.dry_run}}});
    }
    workplace.print.list(rows);
    return done;
}

} // namespace

void add_move_commands(Command& app, CommandLine& line)
{
    auto* exporting = app.add_subcommand(
        "export",
        "Writes clients and users, with the hashes of their secrets and the salt of pairwise subs, as one JSON\n"
        "document. Signing keys, grants and sessions are not included.");
    const auto file = std::make_shared<std::string>();
    exporting->add_option("file", *file, "New file, created with mode 600; - for standard output")->required();
    exporting->callback([&line, file] { line.run([&](Workplace& workplace) { return export_to(*file, workplace); }); });

    auto* importing = app.add_subcommand(
        "import",
        "Adds the clients and users of an exported document: all in one step, or none if something is wrong or\n"
        "a name is taken. (Refused on a Redis Cluster, where the keys are distributed.)");
    const auto options = std::make_shared<ImportOptions>();
    importing->add_option("file", options->file, "The document; - for standard input")->required();
    importing->add_flag("--replace", options->replace,
                        "Replace existing clients and users. Users with another password or sub lose their sessions "
                        "and grants, clients with other subs lose their grants");
    importing->add_flag("--dry-run", options->dry_run,
                        "Check everything and print what would be done, without doing it");
    importing->callback(
        [&line, options] { line.run([&](Workplace& workplace) { return import_from(*options, workplace); }); });
}

} // namespace stile::admin
