#include "shared/store/records.h"

namespace stile {

Command filled_fields_of(const StoredRecord& record)
{
    Command filled;
    for (const auto& [name, value] : record.fields)
        if (!value.empty())
            filled.insert(filled.end(), {name, value});
    return filled;
}

Result<bool> set_field(Connection& connection, std::string_view key, std::string_view field, std::string_view value)
{
    const auto reply =
        TRY(connection.call(Step("set_field").key("record_key", key).with("field", field).with("value", value)));
    return reply["outcome"] == "set";
}

} // namespace stile
