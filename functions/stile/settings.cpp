// stile settings: every setting with its meaning and default, as a file for systemd (EnvironmentFile=) and shells.
// /etc/stile/stile.env and the page stile.env(5) are made from it. --markdown prints the table of README.md beside this
// file.
#include "functions/stile/command.h"

#include <memory>

namespace stile::admin {

namespace {

bool must_be_set(const Variable& variable)
{
    return variable.default_value.empty() && !variable.may_be_absent;
}

void settings(const Printer& print)
{
    print.aside(
        "# The settings of Stile, one NAME='value' per line. Commented lines show the defaults. The functions read\n"
        "# this file when they start, and name a setting whose value is invalid.");
    std::vector<Row> rows;
    for (const auto& variable : config_variables()) {
        const std::string name(variable.name), value(variable.default_value), meaning(variable.meaning),
            expects(variable.expects);
        rows.push_back({"\n# " + meaning + "\n# " + (must_be_set(variable) ? "Required: " : "Value: ") + expects
                            + ".\n#" + name + "='" + value + "'",
                        {{"name", name},
                         {"default", value},
                         {"must_be_set", must_be_set(variable)},
                         {"expects", expects},
                         {"meaning", meaning}}});
    }
    print.list(rows);
}

void settings_table()
{
    const Printer print(false);
    print.aside("| setting | default | value | meaning |\n| --- | --- | --- | --- |");
    for (const auto& variable : config_variables()) {
        const std::string value(variable.default_value);
        print.aside("| `" + std::string(variable.name) + "` | "
                    + (must_be_set(variable) ? "**required**"
                       : value.empty()       ? "none"
                                             : "`" + value + "`")
                    + " | " + std::string(variable.expects) + " | " + std::string(variable.meaning) + " |");
    }
}

} // namespace

void add_settings_command(Command& app, CommandLine& line)
{
    auto* command = app.add_subcommand("settings", "Prints every setting with its meaning and default");
    const auto markdown = std::make_shared<bool>(false);
    command->add_flag("--markdown", *markdown, "Print a Markdown table instead of a settings file");
    command->callback([&line, markdown] {
        if (*markdown && !line.json)
            settings_table();
        else
            settings(Printer(line.json));
    });
}

} // namespace stile::admin
