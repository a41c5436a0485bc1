// stile library: the atomic steps of redis/stile.lua, as Redis has them. The functions may call them and not load them: who
// may load could replace what others call.
#include "functions/stile/command.h"

#include "shared/store/library.h"

#include <iostream>

namespace stile::admin {

namespace {

Result<int> load(Workplace& workplace)
{
    TRY(workplace.connection.load_library());
    std::cout << "Redis has the library stile" << library_version() << '\n';
    return done;
}

} // namespace

void add_library_commands(CLI::App& app, int& status)
{
    auto* library = app.add_subcommand("library", "The atomic steps that the functions call in Redis");
    library->require_subcommand(1);
    library->add_subcommand("load", "Loads the steps of this version, beside those of others")->callback([&status] {
        status = run(load);
    });
}

} // namespace stile::admin
