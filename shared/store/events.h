// events:<function>, events:<function>:routine and events:<function>:refused: the audit trail, as streams that keep their
// newest entries. Each function writes its own streams, and Redis lets it write no other (redis/users.acl): a function
// that was broken into can neither shorten nor rewrite what another has recorded. The kinds of events (oauth/event.h) have
// separate streams, so that refusals and everyday events do not push out the others. In no grant's slot: no step about
// a grant uses them, and they are written after the responses (endpoint/event_stream.h).
#pragma once

#include "shared/oauth/event.h"
#include "shared/store/connection.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// The keys of all streams; the last is `events`, in which older versions wrote all events.
std::span<const std::string> event_streams();
std::string event_stream_of(std::string_view function, EventKind kind);

class Events {
public:
    explicit Events(Connection& connection) : m_connection(connection) {}

    // In one round trip, in their order. About `kept` entries stay in each stream, rather more than fewer. Also works when
    // Redis is out of memory.
    Result<void> append(std::span<const EventRecord> events, std::size_t kept);

    struct Stored {
        std::string id; // assigned by Redis, ascending within its stream
        std::string stream;
        Record fields;
    };

    // Up to `count` entries of one stream, oldest first, newer than the id `after` ("" for all).
    Result<std::vector<Stored>> of_stream(const std::string& stream, std::string_view after, std::size_t count);

    // How many entries a stream has, and how many were ever added to it.
    struct Length {
        std::size_t entries = 0;
        std::size_t ever_added = 0;
    };
    Result<Length> length_of(const std::string& stream);

private:
    Connection& m_connection;
};

// Reads all streams as one, in the order of time.
class EventReader {
public:
    explicit EventReader(Connection& connection);

    // The newest `count` events, newest first; the next call goes on with older ones. One round trip.
    Result<std::vector<Events::Stored>> older(std::size_t count);

    // Those that came after the first call of older(), oldest first, as far as they were not returned yet; waits for the
    // first of them, at most so long. One round trip.
    Result<std::vector<Events::Stored>> newer(std::int64_t milliseconds);

private:
    struct Place {
        const std::string& stream;
        std::string before{}; // the id that older() has come to; empty at first
        std::string after = "0-0"; // likewise of newer()
    };
    Place& place_of(const std::string& stream);

    Connection& m_connection;
    std::vector<Place> m_places;
};

} // namespace stile
