// The chain of the audit trail: each event that a process records has the number of its place and the digest of the event
// before it, so that a missing, changed or inserted one is seen when the events are read (`stile events --verify`). The log
// and the stream have the same numbers and digests.
//
// The digests have no key: who may write a whole stream anew (an operator of Redis, or of the log) can compute them. He
// cannot do so in both places, if these have different operators.
#pragma once

#include "shared/crypto/random.h"
#include "shared/oauth/event.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace stile {

// Of all fields that are not empty, in their order: the first 32 hex digits of a SHA-256 of "name=length:text\n" for each,
// the length in bytes. 128 bits: no one finds another event with the digest of a given one.
std::string event_digest(std::span<const std::pair<std::string_view, std::string_view>> fields);

// One chain a process and kind; they share an id, and each begins with 1. Not thread-safe.
class EventChain {
public:
    explicit EventChain(Random& random);

    void link(EventRecord& record);

private:
    struct End {
        std::size_t number = 0;
        std::string digest; // of the last event; empty before the first
    };
    std::string m_id;
    std::array<End, event_kinds> m_ends; // by kind
};

} // namespace stile
