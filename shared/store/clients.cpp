#include "shared/store/clients.h"

#include "shared/oauth/client_settings.h"
#include "shared/store/scan.h"

namespace stile {

namespace {

// Fields that Stile does not write were changed by hand; they count as the strictest value.
Client from_record(std::string_view id, const Record& record)
{
    Client client;
    client.id = id;
    client.secret_hash = record["secret_hash"];
    client.registered_at = record.number("created_at");
    client.pairwise_salt = record["pairwise_salt"];
    for (const auto& setting : client_settings())
        if (setting.is_stored)
            setting.restore(client, record[setting.name]);
    client.is_pairwise = !client.pairwise_salt.empty();
    if (client.name.empty())
        client.name = client.id;
    return client;
}

// False for a client that does not exist, or whose registration was interrupted.
bool is_whole(const Record& record)
{
    return !record["token_endpoint_auth_method"].empty();
}

constexpr int patience = 100; // attempts at a record that others change at the same time

} // namespace

std::shared_ptr<const Client> ClientCache::find(std::string_view id)
{
    const std::lock_guard lock(m_mutex);
    const auto entry = m_entries.find(id);
    if (entry == m_entries.end())
        return nullptr;
    if (m_clock.monotonic_milliseconds() - entry->second.fetched >= m_lifetime * 1000) {
        m_entries.erase(entry);
        return nullptr;
    }
    return entry->second.client;
}

void ClientCache::keep(std::shared_ptr<const Client> client)
{
    if (m_lifetime == 0)
        return;
    const std::lock_guard lock(m_mutex);
    const auto id = client->id;
    m_entries[id] = {std::move(client), m_clock.monotonic_milliseconds()};
}

Result<std::shared_ptr<const Client>> Clients::find(std::string_view id)
{
    if (!is_client_id(id))
        return nullptr;
    if (auto known = m_cache.find(id))
        return known;
    const std::string key = "client:" + std::string(id);
    const Record record(TRY(m_connection.command({"HGETALL", key})));
    if (!is_whole(record))
        return nullptr;
    auto client = std::make_shared<const Client>(from_record(id, record));
    m_cache.keep(client);
    return client;
}

StoredRecord Clients::stored(const Client& client)
{
    Fields fields = {{"created_at", std::to_string(client.registered_at)},
                     {"secret_hash", client.secret_hash},
                     {"pairwise_salt", client.pairwise_salt}};
    for (const auto& setting : client_settings())
        if (setting.is_stored)
            fields.emplace_back(setting.name, setting.stored(client));
    return {"client:" + client.id, std::move(fields)};
}

Result<Registration> Clients::add(const Client& client, Seconds now)
{
    auto registered = client;
    registered.registered_at = now;
    const auto record = stored(registered);
    const auto reply = TRY(call_recorded(m_connection, Step("add_client")
                                                           .key("client_key", record.key)
                                                           .key("subject_key", Subjects::key_of(client.id))
                                                           .key("mark_key", subjects_are_recorded)
                                                           .fields(filled_fields_of(record))));
    if (reply["outcome"] == "added")
        return Registration::done;
    return reply["outcome"] == "taken" ? Registration::sub_taken : Registration::exists;
}

Result<bool> Clients::update(std::string_view id, const Change& change)
{
    const std::string key = "client:" + std::string(id);
    for (int attempt = 0; attempt < patience; ++attempt) {
        const Record record(TRY(m_connection.command({"HGETALL", key})));
        if (!is_client_id(id) || !is_whole(record))
            return false;
        const auto wanted = stored(TRY(change(from_record(id, record))));
        Step replace("replace_if_unchanged");
        replace.key("record_key", key).with("read_count", record.fields().size());
        for (const auto& [name, value] : record.fields())
            replace.fields({name, value});
        for (const auto& [name, value] : wanted.fields)
            if (record[name] != value)
                replace.fields({name, value});
        const auto reply = TRY(m_connection.call(replace));
        if (reply["outcome"] != "changed")
            return reply["outcome"] == "replaced";
    }
    return fail(ErrorCode::temporarily_unavailable, "the client was changed at the same time; try again",
                "client update");
}

Result<bool> Clients::remove(std::string_view id)
{
    const std::string key = "client:" + std::string(id);
    return TRY(m_connection.command({"DEL", key})).integer == 1;
}

Result<std::vector<std::string>> Clients::list()
{
    return names_below(m_connection, "client:");
}

} // namespace stile
