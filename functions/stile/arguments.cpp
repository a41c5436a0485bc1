#include "functions/stile/arguments.h"

#include "functions/stile/suggest.h"

#include <CLI/CLI.hpp>

namespace stile::admin {

namespace {

// The innermost command that the command line names, or the outermost with words that it does not know.
const CLI::App& command_at_fault(const CLI::App& command)
{
    const auto named = command.get_subcommands();
    return named.empty() || command.remaining_size() > 0 ? command : command_at_fault(*named.front());
}

// "stile client add"
std::string words_of(const CLI::App& command)
{
    return command.get_parent() == nullptr ? "stile" : words_of(*command.get_parent()) + " " + command.get_name();
}

std::vector<std::string> subcommands_of(const CLI::App& command)
{
    std::vector<std::string> words;
    for (const auto* subcommand : command.get_subcommands({}))
        words.push_back(subcommand->get_name());
    return words;
}

std::vector<std::string> options_of(const CLI::App& command)
{
    std::vector<std::string> names;
    for (const auto* option : command.get_options())
        for (const auto& name : option->get_lnames())
            names.push_back("--" + name);
    return names;
}

// "no command clent; did you mean client?", of a word that the command does not know. Without the value of --NAME=VALUE,
// which may be a secret.
std::string refusal_of(const std::string& word, const CLI::App& command)
{
    const auto name = word.substr(0, word.starts_with('-') ? word.find('=') : word.size());
    if (name.starts_with('-'))
        return "no option " + name + did_you_mean(name, options_of(command));
    const auto subcommands = subcommands_of(command);
    return subcommands.empty() ? "unexpected argument " + name : "no command " + name + did_you_mean(name, subcommands);
}

// A sentence of CLI11 as ours: "A subcommand is required", but "NAME is required".
std::string uncapitalized(std::string sentence)
{
    if (sentence.starts_with("A "))
        sentence.front() = 'a';
    return sentence;
}

// A misspelt word comes first: what CLI11 misses ("--id is required") may be what it stands for.
std::string what_is_wrong(const CLI::ParseError& error, const CLI::App& program)
{
    const auto& command = command_at_fault(program);
    const auto unknown = command.remaining();
    const auto sentence = unknown.empty() ? uncapitalized(error.what()) : refusal_of(unknown.front(), command);
    return sentence + " (see " + words_of(command) + " --help)";
}

} // namespace

Option* Option::required()
{
    m_option->required();
    return this;
}

Option* Option::excludes(const Option* other)
{
    m_option->excludes(other->m_option);
    return this;
}

Option* Option::type_name(const std::string& name)
{
    m_option->type_name(name);
    return this;
}

Option* Option::allow_extra_args(bool allowed)
{
    m_option->allow_extra_args(allowed);
    return this;
}

Option* Option::one_of(const std::vector<std::string>& values)
{
    m_option->check(CLI::IsMember(values));
    return this;
}

Option* Option::between(std::size_t least, std::size_t most)
{
    m_option->check(CLI::Range(least, most));
    return this;
}

Command::Command(const std::string& description)
    : m_program(std::make_unique<CLI::App>(description)),
      m_command(m_program.get())
{
}

Command::Command(CLI::App* command) : m_command(command) {}

Command::~Command() = default;

Option* Command::keep(CLI::Option* option)
{
    return &m_options.emplace_back(option);
}

Command* Command::add_subcommand(const std::string& word, const std::string& description)
{
    return &m_subcommands.emplace_back(m_command->add_subcommand(word, description));
}

Option* Command::add_option(const std::string& name, std::string& value, const std::string& description)
{
    return keep(m_command->add_option(name, value, description));
}

Option* Command::add_option(const std::string& name, std::optional<std::string>& value, const std::string& description)
{
    return keep(m_command->add_option(name, value, description));
}

Option* Command::add_option(const std::string& name, std::vector<std::string>& value, const std::string& description)
{
    return keep(m_command->add_option(name, value, description));
}

Option* Command::add_option(const std::string& name, std::size_t& value, const std::string& description)
{
    return keep(m_command->add_option(name, value, description));
}

Option* Command::add_option(const std::string& name, std::optional<Seconds>& value, const std::string& description)
{
    return keep(m_command->add_option(name, value, description));
}

Option* Command::add_flag(const std::string& name, bool& value, const std::string& description)
{
    return keep(m_command->add_flag(name, value, description));
}

void Command::set_version_flag(const std::string& name, const std::string& version)
{
    m_command->set_version_flag(name, version);
}

void Command::require_subcommand(int count)
{
    m_command->require_subcommand(count);
}

void Command::callback(std::function<void()> action)
{
    m_command->callback(std::move(action));
}

void Command::add_flag_to_verbs(const std::string& name, bool& value, const std::string& description)
{
    for (auto& command : m_subcommands)
        command.add_flag_to_verbs(name, value, description);
    if (m_subcommands.empty())
        add_flag(name, value, description);
}

std::optional<int> Command::parse(int argc, char** argv)
{
    try {
        m_command->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) // --help or --version
            return m_command->exit(error);
        return print_error(misused, what_is_wrong(error, *m_command));
    }
    return std::nullopt;
}

} // namespace stile::admin
