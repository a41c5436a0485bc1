// stile client settings: every setting of a client. --markdown prints the table of functions/stile/README.md.
#include "functions/stile/client/verbs.h"

#include "shared/oauth/client_settings.h"

#include <memory>

namespace stile::admin {

namespace {

struct Described {
    std::string name, option, values, otherwise, meaning;
};

Described describe(const ClientSetting& setting)
{
    const auto value = setting.value(default_client(""));
    Described text = {.name = std::string(setting.name),
                      .option = "--" + std::string(setting.option),
                      .values = expected_values(setting),
                      .otherwise = default_in_words(setting),
                      .meaning = std::string(setting.meaning) + "."};
    if (std::holds_alternative<bool>(value))
        text.values = "a flag without a value";
    if (std::holds_alternative<std::vector<std::string>>(value))
        text.meaning += " Can be repeated.";
    return text;
}

void print_table()
{
    const Printer print(false);
    print.aside("| setting | option | value | default | meaning |\n| --- | --- | --- | --- | --- |");
    for (const auto& setting : client_settings()) {
        const auto [name, option, values, otherwise, meaning] = describe(setting);
        print.aside("| `" + name + "` | `" + option + "` | " + values + " | " + (otherwise.empty() ? "none" : otherwise)
                    + " | " + meaning + " |");
    }
}

void print_list(const Printer& print)
{
    std::vector<Row> rows;
    for (const auto& setting : client_settings()) {
        const auto [name, option, values, otherwise, meaning] = describe(setting);
        rows.push_back(
            {option + "  " + meaning + " Value: " + values + "."
                 + (otherwise.empty() ? "" : " Default: " + otherwise + "."),
             {{"name", name}, {"option", option}, {"expects", values}, {"default", otherwise}, {"meaning", meaning}}});
    }
    print.list(rows);
}

} // namespace

void add_client_settings_command(Command& client, CommandLine& line)
{
    auto* command = client.add_subcommand("settings", "Prints every setting of a client with its default");
    const auto markdown = std::make_shared<bool>(false);
    command->add_flag("--markdown", *markdown, "Print a Markdown table");
    command->callback([&line, markdown] {
        if (*markdown && !line.json)
            print_table();
        else
            print_list(Printer(line.json));
    });
}

} // namespace stile::admin
