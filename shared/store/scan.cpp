#include "shared/store/scan.h"

#include <algorithm>

namespace stile {

Result<std::vector<std::string>> names_below(Connection& connection, std::string_view prefix)
{
    std::vector<std::string> names;
    const std::string pattern = std::string(prefix) + "*";
    std::string cursor = "0";
    do {
        auto reply = TRY(connection.command({"SCAN", cursor, "MATCH", pattern, "COUNT", "1000"}));
        for (const auto& key : reply.elements.at(1).elements)
            names.push_back(key.text.substr(prefix.size()));
        cursor = reply.elements.at(0).text;
    } while (cursor != "0");
    std::ranges::sort(names); // SCAN may return a key twice
    const auto repeated = std::ranges::unique(names);
    names.erase(repeated.begin(), repeated.end());
    return names;
}

} // namespace stile
