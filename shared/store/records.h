// Writes records without a lifetime (clients, users, profiles): one field of one. subjects.h has
// the steps that write new ones.
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

// field, value, … of the fields that are not empty.
Command filled_fields_of(const StoredRecord& record);

// Changes one field; false if the key does not exist.
Result<bool> set_field(Connection& connection, std::string_view key, std::string_view field, std::string_view value);

} // namespace stile
