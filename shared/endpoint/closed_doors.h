// The throttles that are closed at the moment (doors), and how many requests each has refused: so that the audit trail has one
// event when a door refuses its first request and one with the number of the others, however many a stranger sends.
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/event.h"

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// Not thread-safe. Bounded: beyond `max_doors` the refusals of further doors are counted together, by the name of the event.
class ClosedDoors {
public:
    static constexpr std::size_t max_doors = 1024;

    // A request was refused. True if it is the first since the door closed. `opens_at`: seconds since 1970; `about`: the event
    // that tells how many there were, without count and reason.
    bool refuse(const std::string& door, Seconds opens_at, Event about);

    // The events about the doors that have opened by `now`, with their counts. None about a door that refused only one.
    std::vector<Event> opened(Seconds now);
    std::vector<Event> all(); // the same about all, also those that are closed

    bool empty() const { return m_doors.empty(); }

private:
    struct Door {
        Seconds opens_at;
        std::size_t more; // refused after the first
        Event about;
    };
    std::vector<Event> take(Seconds until);

    std::map<std::string, Door> m_doors;
};

} // namespace stile
