// stile export: clients and users as one document, for another Redis.
#include "functions/stile/command.h"
#include "functions/stile/transfer/document.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <iostream>
#include <memory>

namespace stile::admin {

namespace {

Result<Document> read_all(AdminContext& context)
{
    Document document;
    const auto ids = TRY(context.clients.list());
    for (const auto& id : ids)
        if (const auto client = TRY(context.clients.find(id))) // or it was removed in the meantime
            document.clients.push_back(*client);
    const auto names = TRY(context.users.list());
    for (const auto& name : names)
        if (const auto user = TRY(context.users.find(name)))
            document.users.push_back({*user, TRY(context.profiles.find(user->subject))});
    document.pairwise_salt = TRY(context.pairwise_salt.find());
    return document;
}

// Into a new file that only its owner can read. Gives the exit status.
int write_file(const std::string& path, std::string_view text)
{
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return print_error(errno == EEXIST ? exists : failed,
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
    return print_error(failed, path + ": " + why);
}

Result<int> export_to(const std::string& path, AdminContext& context)
{
    const auto document = TRY(read_all(context));
    const auto text = to_json(document) + "\n";
    const auto clients = document.clients.size(), users = document.users.size();
    if (path == "-")
        std::cout << text;
    else if (const int status = write_file(path, text); status != done)
        return status;
    context.record({.name = EventName::records_exported, .count = clients + users});
    if (path != "-")
        context.print.report(
            "exported " + std::to_string(clients) + " clients and " + std::to_string(users)
                + " users, with the hashes of their secrets",
            {{"clients", static_cast<std::int64_t>(clients)}, {"users", static_cast<std::int64_t>(users)}});
    return done;
}

} // namespace

void add_export_command(Command& app, CommandLine& line)
{
    auto* command = app.add_subcommand(
        "export",
        "Writes clients and users, with the hashes of their secrets and the salt of pairwise subs, as one JSON\n"
        "document. Signing keys, grants and sessions are not included.");
    const auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file, "New file, created with mode 600; - for standard output")->required();
    command->callback([&line, file] { line.run([&](AdminContext& context) { return export_to(*file, context); }); });
}

} // namespace stile::admin
