// Writes events to the stream in Redis in the background: they are put into a queue, and one thread with its own
// connection writes what has queued up, many in one round trip.
//
// While Redis is unavailable the queue fills; further events are dropped and counted. When Redis is back, the stream
// gets the queued events, and an event `events_lost` with the count. After a missing reply it is unknown whether the
// events were written. They are written again, so after a failure an event may be in the stream twice.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/oauth/event.h"
#include "shared/store/events.h"

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace stile {

class EventStream {
public:
    static constexpr std::size_t max_queued = 4096; // events, about 2 MB
    static constexpr std::size_t max_per_round_trip = 256;

    // The stream keeps about `kept` entries. Failures are logged to `log`.
    EventStream(RedisAddress redis, const Clock& clock, const Log& log, std::size_t kept);
    // Writes the queued events, for at most two seconds, and gives up at the first failure.
    ~EventStream();

    // Thread-safe; never blocks.
    void push(EventRecord event);

private:
    void run(const std::stop_token& stop);
    std::vector<EventRecord> next_batch(const std::stop_token& stop);
    bool append(const std::vector<EventRecord>& batch);
    void pause(const std::stop_token& stop);
    void give_up(std::size_t in_hand);
    EventRecord loss();

    const Clock& m_clock;
    const Log& m_log;
    std::size_t m_kept;
    Connection m_connection; // used by the thread only
    Events m_events;
    bool m_is_failing = false;

    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<EventRecord> m_waiting;
    std::size_t m_dropped = 0;
    std::jthread m_thread; // started by the first event; the last member, so that it ends before those it uses
};

} // namespace stile
