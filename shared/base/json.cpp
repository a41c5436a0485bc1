#include "shared/base/json.h"

#include <nlohmann/json.hpp>

namespace stile {

std::string json_object(const JsonMembers& members)
{
    auto object = nlohmann::ordered_json::object();
    for (const auto& [name, value] : members)
        std::visit([&, key = name](const auto& held) { object[std::string(key)] = held; }, value);
    return object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace stile
