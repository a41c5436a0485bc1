#include "functions/stile/arguments.h"

#include <CLI/CLI.hpp>

namespace stile::admin {

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

std::optional<int> Command::parse(int argc, char** argv, int misused)
{
    try {
        m_command->parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return m_command->exit(error) == 0 ? 0 : misused;
    }
    return std::nullopt;
}

} // namespace stile::admin
