// Records without a lifetime (clients, users, profiles): one that is new, one field of one, and many at once.
#pragma once

#include "shared/store/connection.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

// Of a record: name and value; an empty value is no field.
using Fields = std::vector<std::pair<std::string, std::string>>;

struct StoredRecord {
    std::string key;
    Fields fields;
};

// Writes a new record; false when there is one with this key already.
Result<bool> add_record(Connection& connection, const StoredRecord& record);

// Changes one field; false when there is no record with this key.
Result<bool> set_field(Connection& connection, std::string_view key, std::string_view field, std::string_view value);

// Writes all records in one step, or none when there is one already and `replace` is false. Gives the keys of those that
// there were already.
Result<std::vector<std::string>> import_records(Connection& connection, const std::vector<StoredRecord>& records,
                                                bool replace);

} // namespace stile
