// Lines of the log and the audit trail (shared/base/log): any bytes in a field give one line of JSON.
#include "shared/base/log.h"
#include "tests/fuzz/support/fuzz.h"

#include <nlohmann/json.hpp>

#include <array>

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    const auto given = lines(input, 3);
    const std::array<LogField, 4> fields = {LogField{"time", "2026-01-01T00:00:00Z"}, LogField{"client", given[0]},
                                            LogField{"user", given[1]}, LogField{"detail", given[2]}};
    const auto line = json_line(fields);
    HOLDS(line.find('\n') == line.size() - 1 && is_utf8(line));
    HOLDS(line.find_first_of(std::string_view("\r\0\x1b", 3)) == std::string::npos); // no terminal sequences
    const auto read = nlohmann::json::parse(line); // throws when it is none, which ends the run
    for (const auto& [name, value] : fields) {
        HOLDS(read.contains(name) == !value.empty());
        if (!value.empty() && value.size() < 500 && is_utf8(value))
            HOLDS(read.at(std::string(name)).get<std::string>() == value);
    }
}

} // namespace stile::fuzz
