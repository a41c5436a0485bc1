// One fiber of a Loop (loop.h), which alone uses this file.
#pragma once

#include "shared/base/log.h"
#include "shared/engine/handle.h"
#include "shared/engine/loop.h"
#include "shared/engine/sanitizer.h"

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

namespace stile {

// Runs one task after the other; waits in between for the next.
class Fiber {
public:
    explicit Fiber(Loop& loop);
    ~Fiber(); // it must be idle
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    // The one that runs in this thread; null outside of fibers.
    static Fiber* current();

    Loop& loop() const { return m_loop; }
    bool is_idle() const { return !m_task; }
    void give(Loop::Task task) { m_task = std::move(task); }

    // For the loop: lets it run until it waits or its task has ended.
    void resume();

    // For code on this fiber: the others go on. At most for `limit`, or until Loop::make_ready().
    void wait(std::optional<std::chrono::milliseconds> limit);

    bool is_ready = false; // it is among those that the loop lets run next

private:
    static constexpr std::size_t stack_size = 512 * 1024; // bytes of address space; memory is taken as it is used

    boost::context::fiber run(boost::context::fiber&& back);
    void suspend();

    Loop& m_loop;
    Loop::Task m_task;
    boost::context::protected_fixedsize_stack m_allocator{stack_size}; // a page that cannot be touched lies below
    boost::context::stack_context m_stack;
    boost::context::fiber m_fiber;
    boost::context::fiber m_back; // to the loop
    SanitizedStack m_sanitized;
    SanitizedStack m_sanitized_back;
    LogBatch* m_log_batch = nullptr;
    Handle<uv_timer_t> m_timer;
    bool m_is_ending = false;
};

} // namespace stile
