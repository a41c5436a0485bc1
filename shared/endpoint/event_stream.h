// Writes events to the streams in Redis in the background: they are put into a queue, and a fiber writes what has queued up,
// many in one round trip.
//
// While Redis is unavailable the queue fills; further events are dropped and counted. When Redis is back, the streams get
// the queued events, and an event `events_lost` with the count. After a missing reply it is unknown whether the events were
// written. They are written again, so after a failure an event may be in its stream twice.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/oauth/event.h"
#include "shared/store/events.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace stile {

class EventStream {
public:
    static constexpr std::size_t max_queued = 4096; // events, about 2 MB
    static constexpr std::size_t max_per_round_trip = 256;

    // Records how many events were dropped; it may call push().
    using OnLoss = std::function<void(std::size_t lost)>;

    // Each stream keeps about `kept` entries. Failures are logged to `log`. When the loop stops, the queued events are
    // written, for at most two seconds and until the first failure.
    EventStream(Loop& loop, Connection& connection, const Clock& clock, const Log& log, std::size_t kept,
                OnLoss on_loss);

    // Thread-safe; never blocks.
    void push(EventRecord event);

private:
    void write_all();
    std::vector<EventRecord> next_batch();
    bool append(const std::vector<EventRecord>& batch);
    void give_up(std::size_t in_hand);
    void tell_loss();

    Loop& m_loop;
    const Clock& m_clock;
    const Log& m_log;
    std::size_t m_kept;
    OnLoss m_on_loss;
    Events m_events;
    bool m_is_failing = false;

    std::mutex m_mutex;
    std::deque<EventRecord> m_waiting;
    std::size_t m_dropped = 0;
    bool m_is_writing = false; // a fiber is at it, or about to
};

} // namespace stile
