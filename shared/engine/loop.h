// The event loop of a thread, and the fibers that it runs: functions with a stack each, which wait before a Gate while the
// others go on. So a handler is written as if it blocked, and one thread serves many requests.
//
// A Loop and all that belongs to it is used by one thread, except post(). Code that waits must not do so within a catch
// block or while it holds a mutex: C++ keeps the caught exceptions by thread, and a fiber that waits leaves the thread to
// others.
#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <uv.h>

namespace stile {

class Gate;
class Fiber;

class Loop {
public:
    using Task = std::function<void()>;

    // Called each time before the loop waits, when no fiber can go on: the place to send what has been collected.
    class Flusher {
    public:
        virtual ~Flusher() = default;
        virtual void flush() = 0;
    };

    Loop();
    ~Loop(); // no fiber may be waiting
    Loop(const Loop&) = delete;
    Loop& operator=(const Loop&) = delete;

    // Runs `task` on a fiber, soon. An exception that leaves it ends the process.
    void spawn(Task task);
    // The same; may be called from any thread.
    void post(Task task);

    // Until stop() was called and the fibers have ended.
    void run();
    void stop();
    // Opened by stop(): for fibers that would wait long.
    Gate& stopping() { return *m_stopping; }

    // Takes up what has happened, without waiting for more. Only outside of fibers.
    void look();

    void add(Flusher& flusher) { m_flushers.push_back(&flusher); }
    void remove(Flusher& flusher) { std::erase(m_flushers, &flusher); }

    uv_loop_t* handle() { return &m_loop; }

private:
    friend class Fiber;
    friend class Gate;

    bool has_ended() const;
    void wait_outside(const Gate& gate, std::optional<std::chrono::milliseconds> limit);
    void run_ready();
    void make_ready(Fiber& fiber);

    uv_loop_t m_loop;
    uv_prepare_t m_before_waiting;
    uv_async_t m_posting;
    uv_timer_t m_limit; // of a wait outside of fibers
    bool m_waits_outside = false;
    std::unique_ptr<Gate> m_stopping;
    std::vector<std::unique_ptr<Fiber>> m_fibers;
    std::vector<Fiber*> m_idle; // the one used last is used first: its stack is warm
    std::vector<Fiber*> m_ready;
    std::vector<Fiber*> m_running; // those that are ready at the moment; swapped with m_ready
    std::vector<Flusher*> m_flushers;

    std::mutex m_mutex;
    std::vector<Task> m_posted;
};

// Opens once, when something has happened; fibers wait before it.
class Gate {
public:
    explicit Gate(Loop& loop) : m_loop(loop) {}
    Gate(const Gate&) = delete;
    Gate& operator=(const Gate&) = delete;

    // Waits until it is open: on a fiber of the loop the others go on, elsewhere the loop runs meanwhile. False if it did not
    // open within `limit`.
    bool wait(std::optional<std::chrono::milliseconds> limit = std::nullopt);

    // All that wait go on.
    void open();
    bool is_open() const { return m_is_open; }

private:
    Loop& m_loop;
    bool m_is_open = false;
    std::vector<Fiber*> m_waiting;
};

// Runs `work` on a helper thread (helper_threads.h) while this fiber waits; outside of fibers it runs here. For what computes
// for long. What it throws is thrown here. What it leaves on the thread's stack is overwritten.
void run_aside(const std::function<void()>& work);

} // namespace stile
