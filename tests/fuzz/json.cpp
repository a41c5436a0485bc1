// The JSON of responses (shared/base/json): any bytes give valid JSON. Lines: names and values in turn.
#include "shared/base/json.h"
#include "tests/fuzz/support/fuzz.h"

#include <nlohmann/json.hpp>

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    const auto given = lines(input, 5);
    const JsonMembers members = {{"error", given[0]},
                                 {"scope", given[1]},
                                 {"expires_in", static_cast<std::int64_t>(input.size())},
                                 {"active", input.size() % 2 == 0},
                                 {"state", given[2]},
                                 {"rest", given[4]}};
    const auto text = json_object(members);
    HOLDS(is_utf8(text));
    HOLDS(text.find_first_of(std::string_view("\0\r\n", 3)) == std::string::npos);
    const auto read = nlohmann::ordered_json::parse(text); // throws when it is none, which ends the run
    HOLDS(read.is_object() && read.size() == members.size());
    for (const auto& [name, value] : members)
        if (const auto* held = std::get_if<std::string_view>(&value); held != nullptr && is_utf8(*held))
            HOLDS(read.at(std::string(name)).get<std::string>() == *held);
    HOLDS(read.at("expires_in") == input.size());
}

} // namespace stile::fuzz
