// Carries events to the stream in Redis behind the requests: whoever has one puts it into a queue, and one thread with
// a connection of its own writes what has queued up, many in one round trip.
//
// While Redis is away the queue fills, and what comes when it is full is dropped and counted; when Redis is back the
// stream gets what was kept, and an event `events_lost` with the count. An answer that did not come leaves it open
// whether the events were written: they are written again, so after a failure an event may stand twice.
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
    static constexpr std::size_t most_waiting = 4096; // events, about 2 MB
    static constexpr std::size_t most_at_once = 256; // in one round trip

    // About `kept` entries stay in the stream. `log` tells of failures.
    EventStream(RedisAddress redis, const Clock& clock, const Log& log, std::size_t kept);
    // Writes what waits, for two seconds at most, and no more once that fails.
    ~EventStream();

    // Thread-safe; waits for nothing.
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
    Connection m_connection; // of the thread alone
    Events m_events;
    bool m_is_failing = false;

    std::mutex m_mutex;
    std::condition_variable_any m_changed;
    std::deque<EventRecord> m_waiting;
    std::size_t m_dropped = 0;
    std::jthread m_thread; // begins with the first event; last, so that it ends before what it uses
};

} // namespace stile
