#include "shared/store/records.h"

namespace stile {

namespace {

// field, value, … of the fields that are not empty.
Command filled_fields_of(const StoredRecord& record)
{
    Command filled;
    for (const auto& [name, value] : record.fields)
        if (!value.empty())
            filled.insert(filled.end(), {name, value});
    return filled;
}

} // namespace

Result<bool> add_record(Connection& connection, const StoredRecord& record)
{
    const auto reply =
        TRY(connection.call(Step("add_record").key("record_key", record.key).fields(filled_fields_of(record))));
    return reply["outcome"] == "added";
}

Result<bool> set_field(Connection& connection, std::string_view key, std::string_view field, std::string_view value)
{
    const auto reply =
        TRY(connection.call(Step("set_field").key("record_key", key).with("field", field).with("value", value)));
    return reply["outcome"] == "set";
}

Result<std::vector<std::string>> import_records(Connection& connection, const std::vector<StoredRecord>& records,
                                                bool replace)
{
    std::vector<std::string> keys;
    keys.reserve(records.size());
    for (const auto& record : records)
        keys.push_back(record.key);
    Step step("import_records");
    step.keys(keys).with("replace", replace);
    for (const auto& record : records) {
        const auto fields = filled_fields_of(record);
        step.fields({std::to_string(fields.size() / 2)}).fields(fields);
    }
    const auto reply = TRY(connection.call(step));
    std::vector<std::string> existing;
    existing.reserve(reply.fields().size());
    for (const auto& [name, key] : reply.fields())
        existing.push_back(key);
    return existing;
}

} // namespace stile
