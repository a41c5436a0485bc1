#include "shared/store/restore.h"

#include <algorithm>

namespace stile {

Result<std::vector<std::string>> restore(Connection& connection, const std::vector<StoredRecord>& records, bool replace)
{
    std::vector<std::string> counts; // arguments are views: what they show must not move
    counts.reserve(records.size());
    Arguments keys;
    Arguments arguments = {replace ? "replace" : ""};
    for (const auto& [key, fields] : records) {
        keys.push_back(key);
        const auto filled = std::ranges::count_if(fields, [](const auto& field) { return !field.second.empty(); });
        arguments.push_back(counts.emplace_back(std::to_string(filled)));
        for (const auto& [name, value] : fields)
            if (!value.empty())
                arguments.insert(arguments.end(), {name, value});
    }
    auto reply = TRY(connection.call("restore", keys, arguments));
    std::vector<std::string> there;
    there.reserve(reply.elements.size());
    for (auto& key : reply.elements)
        there.push_back(std::move(key.text));
    return there;
}

} // namespace stile
