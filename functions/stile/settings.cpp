// stile settings: every setting with its meaning and default, as a file that systemd (EnvironmentFile=) and a shell read.
// What is installed as /etc/stile/stile.env, and the page stile.env(5), are made from it.
#include "functions/stile/command.h"

namespace stile::admin {

namespace {

void settings(const Printer& print)
{
    print.aside(
        "# The settings of Stile: NAME='value', one a line. What stands behind a # is the default, or an example "
        "where\n# something must be said. The functions read them when they start, and refuse a wrong one by name.");
    std::vector<Row> rows;
    for (const auto& variable : config_variables()) {
        const bool must_be_set = variable.default_value.empty() && !variable.may_be_absent;
        const std::string name(variable.name), value(variable.default_value), meaning(variable.meaning),
            expects(variable.expects);
        rows.push_back({"\n# " + meaning + "\n# " + (must_be_set ? "It must be set, to " : "It takes ") + expects
                            + ".\n#" + name + "='" + value + "'",
                        {{"name", name},
                         {"default", value},
                         {"must_be_set", must_be_set},
                         {"expects", expects},
                         {"meaning", meaning}}});
    }
    print.list(rows);
}

} // namespace

void add_settings_command(Command& app, CommandLine& line)
{
    app.add_subcommand("settings", "Prints every setting with its meaning and default, as a file of settings")
        ->callback([&line] { settings(Printer(line.json)); });
}

} // namespace stile::admin
