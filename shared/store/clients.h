// client:<id>: registered clients, and a cache of them in the process for a few seconds.
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/client.h"
#include "shared/store/subjects.h"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// Shared by the threads of a process; thread-safe. A lifetime of 0 caches nothing. Unknown ids are not cached.
class ClientCache {
public:
    ClientCache(Seconds lifetime, const Clock& clock) : m_lifetime(lifetime), m_clock(clock) {}

    std::shared_ptr<const Client> find(std::string_view id);
    void keep(std::shared_ptr<const Client> client);

private:
    struct Entry {
        std::shared_ptr<const Client> client;
        std::int64_t fetched; // monotonic milliseconds
    };

    Seconds m_lifetime;
    const Clock& m_clock;
    std::mutex m_mutex;
    std::map<std::string, Entry, std::less<>> m_entries;
};

class Clients {
public:
    Clients(Connection& connection, ClientCache& cache) : m_connection(connection), m_cache(cache) {}

    // From the cache or in one round trip; a null pointer if there is no such client.
    Result<std::shared_ptr<const Client>> find(std::string_view id);

    // For the admin command, like all that follow. Not done if the id exists, or is or was the sub of a user.
    Result<Registration> add(const Client& client, Seconds now);

    // Calls `change` with the current client and writes what differs in its result; if the record was changed
    // meanwhile, calls `change` again. False if there is no such client.
    using Change = std::function<Result<Client>(const Client& client)>;
    Result<bool> update(std::string_view id, const Change& change);

    Result<bool> remove(std::string_view id);
    Result<std::vector<std::string>> list();

    // The record as stored in Redis.
    static StoredRecord stored(const Client& client);

private:
    Connection& m_connection;
    ClientCache& m_cache;
};

} // namespace stile
