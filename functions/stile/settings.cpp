// stile settings: every setting with its meaning and default, as a file that systemd (EnvironmentFile=) and a shell read.
// What is installed as /etc/stile/stile.env, and the page stile.env(5), are made from it.
#include "functions/stile/command.h"

#include <iostream>

namespace stile::admin {

namespace {

int settings()
{
    std::cout << "# The settings of Stile: NAME='value', one a line. What stands behind a # is the default, or an "
                 "example where\n"
                 "# something must be said. The functions read them when they start, and refuse a wrong one by name.\n";
    for (const auto& variable : config_variables()) {
        const bool must_be_set = variable.default_value.empty() && !variable.may_be_absent;
        std::cout << "\n# " << variable.meaning << '\n'
                  << "# " << (must_be_set ? "It must be set, to " : "It takes ") << variable.expects << ".\n"
                  << '#' << variable.name << "='" << variable.default_value << "'\n";
    }
    return done;
}

} // namespace

void add_settings_command(CLI::App& app, int& status)
{
    app.add_subcommand("settings", "Prints every setting with its meaning and default, as a file of settings")
        ->callback([&status] { status = settings(); });
}

} // namespace stile::admin
