// events: the audit trail as a stream that keeps the newest entries. One key for all, of no grant's slot: nothing
// atomic depends on it, and it is written behind the requests (endpoint/event_stream.h).
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

    // In one round trip, in their order. About `kept` entries stay, rather some more than fewer.
    Result<void> append(std::span<const EventRecord> events, std::size_t kept);

    struct Stored {
        std::string id; // given by Redis, ascending
        Record fields;
    };

    // The newest first, older than the one with the id `before` when there is one.
    Result<std::vector<Stored>> newest(std::size_t count, std::string_view before = {});

    // The oldest first, newer than the one with the id `after`; waits for the first of them, at most so long.
    Result<std::vector<Stored>> wait_for(std::string_view after, std::int64_t milliseconds);

private:
    Connection& m_connection;
};

} // namespace stile
