// An audit trail for tests: it remembers.
#pragma once

#include "shared/endpoint/audit.h"

#include <mutex>
#include <string>
#include <vector>

namespace stile {

class RecordingAudit final : public Audit {
public:
    std::vector<Event> events;

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
        const std::lock_guard lock(m_mutex);
        events.push_back(std::move(event));
    }

    std::mutex m_mutex;
};

} // namespace stile
