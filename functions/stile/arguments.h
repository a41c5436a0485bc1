// Commands, options and flags of `stile`, parsed by CLI11. Its headers take seconds to compile, so only arguments.cpp
// includes them.
#pragma once

#include "shared/base/clock.h"

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
} // namespace CLI

namespace stile::admin {

// An option of a command, or a positional argument.
class Option {
public:
    explicit Option(CLI::Option* option) : m_option(option) {}

    Option* required();
    Option* excludes(const Option* other);
    Option* type_name(const std::string& name); // what --help shows for its value
    Option* allow_extra_args(bool allowed); // false: the option takes one value each time it is given
    // Other values are refused.
    Option* one_of(const std::vector<std::string>& values);
    Option* between(std::size_t least, std::size_t most);

private:
    CLI::Option* m_option;
};

// A command or subcommand. It owns the pointers that its functions return. What `value` refers to must live until the
// command line has been parsed.
class Command {
public:
    explicit Command(const std::string& description); // the program itself
    explicit Command(CLI::App* command);
    ~Command();
    Command(const Command&) = delete;
    Command& operator=(const Command&) = delete;

    Command* add_subcommand(const std::string& word, const std::string& description);
    // `name` begins with -- for an option; else it is a positional argument.
    Option* add_option(const std::string& name, std::string& value, const std::string& description = "");
    Option* add_option(const std::string& name, std::optional<std::string>& value, const std::string& description = "");
    Option* add_option(const std::string& name, std::vector<std::string>& value, const std::string& description = "");
    Option* add_option(const std::string& name, std::size_t& value, const std::string& description = "");
    Option* add_option(const std::string& name, std::optional<Seconds>& value, const std::string& description = "");
    Option* add_flag(const std::string& name, bool& value, const std::string& description);
    void set_version_flag(const std::string& name, const std::string& version);
    void require_subcommand(int count);
    // Runs when the command has been given and all its options are right.
    void callback(std::function<void()> action);
    // Adds a flag to each command without subcommands.
    void add_flag_to_verbs(const std::string& name, bool& value, const std::string& description);

    // Parses the command line and runs the callback. Gives an exit status if that did not happen: `misused` after one line
    // that says what is wrong, 0 after --help or --version.
    std::optional<int> parse(int argc, char** argv);

private:
    Option* keep(CLI::Option* option);

    std::unique_ptr<CLI::App> m_program; // of the program itself
    CLI::App* m_command = nullptr;
    std::list<Command> m_subcommands;
    std::list<Option> m_options;
};

} // namespace stile::admin
