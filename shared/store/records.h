// Writes records without a lifetime (clients, users, profiles): a new one, one field of one, and many in one step.
#pragma once

#include "shared/store/connection.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

// Of a record: name and value; an empty value means no field.
using Fields = std::vector<std::pair<std::string, std::string>>;

struct StoredRecord {
    std::string key;
    Fields fields;
};

// Writes a new record; false if the key exists already.
Result<bool> add_record(Connection& connection, const StoredRecord& record);

// Changes one field; false if the key does not exist.
Result<bool> set_field(Connection& connection, std::string_view key, std::string_view field, std::string_view value);

// Writes all records in one step, or none if one of the keys exists and `replace` is false. Returns the keys that
// existed already.
Result<std::vector<std::string>> import_records(Connection& connection, const std::vector<StoredRecord>& records,
                                                bool replace);

} // namespace stile
