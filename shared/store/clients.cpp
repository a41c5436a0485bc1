#include "shared/store/clients.h"

#include "shared/base/text.h"
#include "shared/store/scan.h"

namespace stile {

namespace {

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> result;
    for (const auto word : split(text, ' '))
        result.emplace_back(word);
    return result;
}

// Written only by add(): what does not parse was changed by hand and counts as the strictest reading.
Client from_record(std::string_view id, const Record& record)
{
    Client client;
    client.id = id;
    client.name = record["name"].empty() ? client.id : record["name"];
    client.secret_hash = record["secret_hash"];
    client.auth_method =
        parse_auth_method(record["token_endpoint_auth_method"]).value_or(AuthMethod::client_secret_basic);
    client.redirect_uris = words(record["redirect_uris"]);
    if (auto scope = Scope::parse(record["scope"]))
        client.scope = scope.take();
    client.grant_types = words(record["grant_types"]);
    client.require_pkce = record["require_pkce"] == "1";
    client.introspects_any = record["introspect"] == "any";
    client.refresh_grace = record.number("refresh_grace");
    client.registered_at = record.number("created_at");
    client.access_token_alg = parse_jws_algorithm(record["access_token_alg"]);
    client.audience = record["audience"];
    client.jwks = record["jwks"];
    return client;
}

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
    if (record["token_endpoint_auth_method"].empty()) // none, or a record that was not written whole
        return nullptr;
    auto client = std::make_shared<const Client>(from_record(id, record));
    m_cache.keep(client);
    return client;
}

Result<bool> Clients::add(const Client& client, Seconds now)
{
    const std::string key = "client:" + client.id;
    const std::string created = std::to_string(now);
    const std::string redirect_uris = join(client.redirect_uris, " ");
    const std::string scope = client.scope.to_string();
    const std::string grant_types = join(client.grant_types, " ");
    const std::string grace = std::to_string(client.refresh_grace);
    Arguments fields = {"created_at",
                        created,
                        "name",
                        client.name,
                        "token_endpoint_auth_method",
                        to_string(client.auth_method),
                        "redirect_uris",
                        redirect_uris,
                        "scope",
                        scope,
                        "grant_types",
                        grant_types,
                        "introspect",
                        client.introspects_any ? "any" : "own"};
    if (!client.secret_hash.empty())
        fields.insert(fields.end(), {"secret_hash", client.secret_hash});
    if (client.require_pkce)
        fields.insert(fields.end(), {"require_pkce", "1"});
    if (client.refresh_grace > 0)
        fields.insert(fields.end(), {"refresh_grace", grace});
    if (client.access_token_alg)
        fields.insert(fields.end(), {"access_token_alg", to_string(*client.access_token_alg)});
    if (!client.audience.empty())
        fields.insert(fields.end(), {"audience", client.audience});
    if (!client.jwks.empty())
        fields.insert(fields.end(), {"jwks", client.jwks});
    return TRY(m_connection.call("add", {key}, fields)).integer == 1;
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
