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

// Only this file writes these fields: a value that cannot be parsed was changed by hand, and is read as the strictest
// one.
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
    client.id_token_signed_response_alg =
        parse_jws_algorithm(record["id_token_signed_response_alg"]).value_or(JwsAlgorithm::rs256);
    client.userinfo_signed_response_alg = parse_jws_algorithm(record["userinfo_signed_response_alg"]);
    client.pairwise_salt = record["pairwise_salt"];
    client.post_logout_redirect_uris = words(record["post_logout_redirect_uris"]);
    client.backchannel_logout_uri = record["backchannel_logout_uri"];
    return client;
}

// And the field is present.
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
    const auto named = [](const std::optional<JwsAlgorithm>& algorithm) {
        return algorithm ? std::string(to_string(*algorithm)) : std::string();
    };
    const bool signs_as_all = client.id_token_signed_response_alg == JwsAlgorithm::rs256;
    return {"client:" + client.id,
            {{"created_at", std::to_string(client.registered_at)},
             {"name", client.name},
             {"secret_hash", client.secret_hash},
             {"token_endpoint_auth_method", std::string(to_string(client.auth_method))},
             {"redirect_uris", join(client.redirect_uris, " ")},
             {"scope", client.scope.to_string()},
             {"grant_types", join(client.grant_types, " ")},
             {"introspect", client.introspects_any ? "any" : "own"},
             {"require_pkce", client.require_pkce ? "1" : ""},
             {"refresh_grace", client.refresh_grace > 0 ? std::to_string(client.refresh_grace) : ""},
             {"access_token_alg", named(client.access_token_alg)},
             {"audience", client.audience},
             {"jwks", client.jwks},
             {"id_token_signed_response_alg", signs_as_all ? "" : named(client.id_token_signed_response_alg)},
             {"userinfo_signed_response_alg", named(client.userinfo_signed_response_alg)},
             {"pairwise_salt", client.pairwise_salt},
             {"post_logout_redirect_uris", join(client.post_logout_redirect_uris, " ")},
             {"backchannel_logout_uri", client.backchannel_logout_uri}}};
}

Result<bool> Clients::add(const Client& client, Seconds now)
{
    auto registered = client;
    registered.registered_at = now;
    return add_record(m_connection, stored(registered));
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
