// stile library: the atomic steps of redis/stile.lua, as Redis has them. The functions may call them and not load them: who
// may load could replace what others call.
#include "functions/stile/command.h"

#include "shared/store/library.h"

namespace stile::admin {

namespace {

Result<int> load(Workplace& workplace)
{
    TRY(workplace.connection.load_library());
    const auto name = "stile" + std::string(library_version());
    workplace.print.report("Redis has the library " + name, {{"library", name}});
    return done;
}

} // namespace

void add_library_commands(CLI::App& app, CommandLine& line)
{
    auto* library = app.add_subcommand("library", "The atomic steps that the functions call in Redis");
    library->require_subcommand(1);
    library->add_subcommand("load", "Loads the steps of this version, beside those of others")->callback([&line] {
        line.run(load);
    });
}

} // namespace stile::admin
