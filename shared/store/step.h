// A call of an atomic step (redis/steps/): its keys and arguments by the names that the step's Lua file gives them.
//
//   connection.call(Step("deny_request").key("request_key", key).with("browser_sha256", digest))
//
// A name that the step does not have, a repeated name and a missing name are programming errors: they throw
// std::logic_error at the first call, so that every test of the step fails.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

struct StepDeclaration;

using Command = std::vector<std::string>; // the words of a Redis command

class Step {
public:
    explicit Step(std::string_view name);

    Step& key(std::string_view name, std::string_view key);
    // For a step with any number of keys; call it first.
    Step& keys(const std::vector<std::string>& keys);

    Step& with(std::string_view name, std::string_view value);
    template <std::integral Number>
    Step& with(std::string_view name, Number value)
    {
        if constexpr (std::same_as<Number, bool>)
            return with(name, std::string_view(value ? "1" : ""));
        else
            return with(name, std::string_view(std::to_string(value)));
    }

    // field, value, … after the arguments; each call appends.
    Step& fields(const Command& fields);

    // FCALL or FCALL_RO with this version's name of the step. Throws if a key or an argument is missing.
    const Command& command() const;

private:
    void set(std::size_t position, std::string_view name, std::string_view value);
    [[noreturn]] void refuse(std::string_view what, std::string_view name) const;

    const StepDeclaration& m_declaration;
    Command m_words;
    std::size_t m_listed_keys = 0; // set by keys()
    std::uint32_t m_given = 0; // one bit for each named key and argument
};

} // namespace stile
