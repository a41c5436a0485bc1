#include "shared/endpoint/closed_doors.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace stile {

bool ClosedDoors::refuse(const std::string& door, Seconds opens_at, Event about)
{
    if (const auto known = m_doors.find(door); known != m_doors.end()) {
        known->second.opens_at = std::max(known->second.opens_at, opens_at);
        ++known->second.more;
        return false;
    }
    if (m_doors.size() < max_doors) {
        m_doors.emplace(door, Door{opens_at, 0, std::move(about)});
        return true;
    }
    const auto name = about.name;
    auto& others =
        m_doors.try_emplace(std::string("others ").append(to_string(name)), Door{opens_at, 0, {.name = name}})
            .first->second;
    ++others.more;
    return false;
}

std::vector<Event> ClosedDoors::opened(Seconds now)
{
    return take(now);
}

std::vector<Event> ClosedDoors::all()
{
    return take(std::numeric_limits<Seconds>::max());
}

std::vector<Event> ClosedDoors::take(Seconds until)
{
    std::vector<Event> events;
    for (auto& [name, door] : m_doors) {
        if (door.opens_at > until || door.more == 0)
            continue;
        door.about.count = door.more;
        door.about.reason = "opened";
        events.push_back(std::move(door.about));
    }
    std::erase_if(m_doors, [&](const auto& entry) { return entry.second.opens_at <= until; });
    return events;
}

} // namespace stile
