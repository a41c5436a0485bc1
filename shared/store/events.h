// events: the audit trail as a stream that keeps the newest entries. One key for all events, in no grant's slot: no
// atomic step uses it, and it is written after the responses (endpoint/event_stream.h).
#pragma once

#include "shared/oauth/event.h"
#include "shared/store/connection.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

class Events {
public:
    explicit Events(Connection& connection) : m_connection(connection) {}

    // In one round trip, in their order. About `kept` entries stay, rather more than fewer.
    Result<void> append(std::span<const EventRecord> events, std::size_t kept);

    struct Stored {
        std::string id; // assigned by Redis, ascending
        Record fields;
    };

    // Newest first; with `before` only entries older than this id.
    Result<std::vector<Stored>> newest(std::size_t count, std::string_view before = {});

    // Oldest first, newer than the id `after`; waits for the first of them, at most this long.
    Result<std::vector<Stored>> wait_for(std::string_view after, std::int64_t milliseconds);

private:
    Connection& m_connection;
};

} // namespace stile
