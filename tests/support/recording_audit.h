// An audit trail for tests: keeps events in memory.
#pragma once

#include "shared/endpoint/audit.h"

#include <functional>
#include <mutex>
#include <string>
#include <vector>

namespace stile {

class RecordingAudit final : public Audit {
public:
    std::vector<Event> events;
    // Called at the moment of each event.
    std::function<void(const Event&)> on_event = [](const Event&) {};

    // Their names, in order, a space between.
    std::string names() const
    {
        std::string all;
        for (const auto& event : events)
            all.append(all.empty() ? "" : " ").append(to_string(event.name));
        return all;
    }

private:
    void write(Event event) override
    {
        on_event(event);
        const std::lock_guard lock(m_mutex);
        events.push_back(std::move(event));
    }

    std::mutex m_mutex;
};

} // namespace stile
