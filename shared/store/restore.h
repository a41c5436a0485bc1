// Clients and users as they lie in Redis, and many of them written at once: for the admin command.
#pragma once

#include "shared/store/connection.h"

#include <string>
#include <utility>
#include <vector>

namespace stile {

// Of a record: name and value; an empty value is no field.
using Fields = std::vector<std::pair<std::string, std::string>>;

struct StoredRecord {
    std::string key;
    Fields fields;
};

// Writes all records in one step, or none when one is there already and they may not replace. Gives the keys that were
// there already.
Result<std::vector<std::string>> restore(Connection& connection, const std::vector<StoredRecord>& records,
                                         bool replace);

} // namespace stile
