// stile library: the atomic steps of redis/steps in Redis. The functions can call them but not load them: the right to
// load is the right to replace them.
#include "functions/stile/library.h"

#include "functions/stile/command.h"
#include "shared/base/text.h"
#include "shared/store/indices.h"
#include "shared/store/library.h"

#include <algorithm>

namespace stile::admin {

namespace {

// Whether a connection in the reply to CLIENT LIST calls the library. Our own has its name, too, and only looks.
bool is_called(std::string_view library, std::string_view connections)
{
    const auto name = " name=" + std::string(library) + " ";
    return std::ranges::any_of(split(connections, '\n'), [&](std::string_view connection) {
        return connection.contains(name) && !connection.contains(" cmd=client|list ");
    });
}

} // namespace

Result<std::vector<Library>> loaded_libraries(Connection& connection)
{
    const auto replies = TRY(connection.pipeline({{"FUNCTION", "LIST", "LIBRARYNAME", "stile_*"}, {"CLIENT", "LIST"}}));
    std::vector<Library> libraries;
    for (const auto& entry : replies[0].elements) {
        const auto& name = entry.elements.at(1).text; // [library_name, …]
        libraries.push_back({name, name == "stile" + std::string(library_version()), is_called(name, replies[1].text),
                             writes_indices(entry)});
    }
    return libraries;
}

namespace {

Result<int> load(AdminContext& context)
{
    TRY(context.connection.load_library());
    TRY(context.subjects.record_all()); // of users that an older version wrote
    const auto name = "stile" + std::string(library_version());
    context.print.report("Redis has the library " + name, {{"library", name}});
    return done;
}

std::string state_of(const Library& library)
{
    if (library.is_ours)
        return library.is_in_use ? "  of this version, in use" : "  of this version";
    return library.is_in_use ? "  in use" : "";
}

Result<int> list(AdminContext& context)
{
    std::vector<Row> rows;
    for (const auto& library : TRY(loaded_libraries(context.connection)))
        rows.push_back({library.name + state_of(library),
                        {{"library", library.name}, {"is_ours", library.is_ours}, {"is_in_use", library.is_in_use}}});
    context.print.list(rows);
    return done;
}

Result<int> clean(AdminContext& context)
{
    std::vector<Row> rows;
    for (const auto& library : TRY(loaded_libraries(context.connection))) {
        if (library.is_ours)
            continue;
        if (!library.is_in_use && !library.writes_indices)
            TRY(doubt_indices(context.connection)); // first: what it has written is not there
        if (!library.is_in_use)
            TRY(context.connection.command({"FUNCTION", "DELETE", library.name}));
        rows.push_back({library.name + (library.is_in_use ? " kept: a connection uses it" : " removed"),
                        {{"library", library.name}, {"removed", !library.is_in_use}}});
    }
    context.print.list(rows);
    return done;
}

} // namespace

void add_library_commands(Command& app, CommandLine& line)
{
    auto* library = app.add_subcommand("library", "The library of atomic steps in Redis");
    library->require_subcommand(1);
    library->add_subcommand("load", "Loads this version beside others")->callback([&line] { line.run(load); });
    library->add_subcommand("list", "Lists the versions in Redis and whether they are in use")->callback([&line] {
        line.run(list);
    });
    library->add_subcommand("clean", "Removes other versions that are not in use")->callback([&line] {
        line.run(clean);
    });
}

} // namespace stile::admin
