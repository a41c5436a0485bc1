// JSON that decides about keys and signatures (shared/base/strict_json): one text, one meaning.
#include "shared/base/strict_json.h"
#include "tests/fuzz/support/fuzz.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace stile::fuzz {

namespace {

int depth_of(const nlohmann::json& value)
{
    int deepest = 0;
    if (value.is_structured())
        for (const auto& member : value)
            deepest = std::max(deepest, depth_of(member));
    return deepest + (value.is_structured() ? 1 : 0);
}

// How many names stand in the finished object; members that were named twice would be missing here.
std::size_t names_in(const nlohmann::json& value)
{
    std::size_t count = value.is_object() ? value.size() : 0;
    if (value.is_structured())
        for (const auto& member : value)
            count += names_in(member);
    return count;
}

std::size_t names_read(std::string_view text)
{
    std::size_t count = 0;
    const auto counting = [&](int, nlohmann::json::parse_event_t event, nlohmann::json&) {
        count += event == nlohmann::json::parse_event_t::key ? 1 : 0;
        return true;
    };
    [[maybe_unused]] const auto parsed = nlohmann::json::parse(text, counting, false);
    return count;
}

} // namespace

void fuzz(std::string_view input)
{
    const auto object = parse_strict_object(input);
    if (!object)
        return;
    HOLDS(input.size() <= strict_json_size_limit && is_utf8(input) && !input.contains('\0'));
    HOLDS(object->is_object() && depth_of(*object) <= 9);
    HOLDS(names_in(*object) == names_read(input));
    // Written again it is accepted and means the same.
    const auto text = object->dump();
    HOLDS(text.size() > strict_json_size_limit || parse_strict_object(text) == *object);
}

} // namespace stile::fuzz
