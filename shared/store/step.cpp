#include "shared/store/step.h"

#include "shared/store/library.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

namespace stile {

namespace {

constexpr std::size_t first_key = 3; // after FCALL, the function name and the number of keys

const StepDeclaration& declaration_of(std::string_view name)
{
    const auto steps = library_steps();
    const auto found = std::ranges::find(steps, name, &StepDeclaration::name);
    if (found == steps.end())
        throw std::logic_error("no step " + std::string(name));
    return *found;
}

// The index of `name` in `names`; their size if it is not there.
std::size_t position_of(std::string_view name, std::span<const std::string_view> names)
{
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

} // namespace

Step::Step(std::string_view name)
    : m_declaration(declaration_of(name)),
      m_words(first_key + m_declaration.keys.size() + m_declaration.arguments.size())
{
    m_words[0] = m_declaration.only_reads ? "FCALL_RO" : "FCALL";
    m_words[1] = std::string(name).append(library_version());
    m_words[2] = std::to_string(m_declaration.keys.size());
}

Step& Step::key(std::string_view name, std::string_view key)
{
    const auto position = position_of(name, m_declaration.keys);
    if (position == m_declaration.keys.size())
        refuse("has no key", name);
    set(position, name, key);
    return *this;
}

Step& Step::keys(const std::vector<std::string>& keys)
{
    if (!m_declaration.keys.empty() || m_given != 0)
        refuse("does not take a list of keys", "");
    m_listed_keys = keys.size();
    m_words[2] = std::to_string(keys.size());
    m_words.insert(m_words.begin() + first_key, keys.begin(), keys.end());
    return *this;
}

Step& Step::with(std::string_view name, std::string_view value)
{
    const auto position = position_of(name, m_declaration.arguments);
    if (position == m_declaration.arguments.size())
        refuse("has no argument", name);
    set(m_declaration.keys.size() + position, name, value);
    return *this;
}

Step& Step::fields(const Command& fields)
{
    if (!m_declaration.takes_fields)
        refuse("takes no fields", "");
    m_words.insert(m_words.end(), fields.begin(), fields.end());
    return *this;
}

const Command& Step::command() const
{
    const auto wanted = m_declaration.keys.size() + m_declaration.arguments.size();
    const auto missing = static_cast<std::size_t>(std::countr_one(m_given));
    if (missing < m_declaration.keys.size())
        refuse("lacks the key", m_declaration.keys[missing]);
    if (missing < wanted)
        refuse("lacks the argument", m_declaration.arguments[missing - m_declaration.keys.size()]);
    return m_words;
}

void Step::set(std::size_t position, std::string_view name, std::string_view value)
{
    const auto bit = std::uint32_t{1} << position;
    if ((m_given & bit) != 0)
        refuse("was given twice", name);
    m_given |= bit;
    m_words[first_key + m_listed_keys + position] = value;
}

void Step::refuse(std::string_view what, std::string_view name) const
{
    throw std::logic_error(
        std::string("step ").append(m_declaration.name).append(" ").append(what).append(" ").append(name));
}

} // namespace stile
