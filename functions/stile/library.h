// The function libraries of Stile in Redis: one for each version of redis/.
#pragma once

#include "shared/store/connection.h"

#include <string>
#include <vector>

namespace stile::admin {

struct Library {
    std::string name; // stile_5d0f…
    bool is_ours; // of this version
    bool is_in_use; // a connected client calls it
    bool writes_indices; // older versions do not (store/indices.h)
};

Result<std::vector<Library>> loaded_libraries(Connection& connection);

} // namespace stile::admin
