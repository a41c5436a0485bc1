// What the serving threads are doing, for the thread that watches them (watch.h). Thread-safe except makes_progress().
#pragma once

#include "shared/base/clock.h"

#include <atomic>

namespace stile {

class Activity {
public:
    Activity(const Clock& clock, int threads)
        : m_clock(clock),
          m_threads(threads),
          m_last_request(clock.monotonic_milliseconds())
    {
    }

    void begin_request() { ++m_busy; }
    void end_request()
    {
        m_last_request = m_clock.monotonic_milliseconds();
        ++m_finished;
        --m_busy;
    }

    // A background task has work to do: restarts the idle time.
    void keep_awake() { m_last_request = m_clock.monotonic_milliseconds(); }

    // A thread is free, or one has finished a request since the last call.
    bool makes_progress()
    {
        const auto finished = m_finished.load();
        const bool is_moving = finished != m_finished_before;
        m_finished_before = finished;
        return is_moving || m_busy < m_threads;
    }

    // Milliseconds since the last request ended, or since the start; 0 while one is being served.
    std::int64_t idle_for() const { return m_busy > 0 ? 0 : m_clock.monotonic_milliseconds() - m_last_request; }

private:
    const Clock& m_clock;
    const int m_threads;
    std::atomic<std::int64_t> m_last_request;
    std::atomic<int> m_busy = 0;
    std::atomic<std::uint64_t> m_finished = 0;
    std::uint64_t m_finished_before = 0; // used by the watching thread only
};

} // namespace stile
