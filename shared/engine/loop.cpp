#include "shared/engine/loop.h"

#include "shared/base/wipe.h"
#include "shared/engine/fiber.h"

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

namespace stile {

namespace {

// libuv fails only for lack of descriptors or memory, before anything is served.
void require(int status, const char* what)
{
    if (status != 0)
        throw std::runtime_error(std::string(what) + ": " + ::uv_strerror(status));
}

template <typename Handle>
uv_handle_t* as_handle(Handle* handle)
{
    return reinterpret_cast<uv_handle_t*>(handle);
}

thread_local Fiber* running = nullptr;

} // namespace

// Fibers ----------------------------------------------------------------------------------------------------------------

Fiber::Fiber(Loop& loop)
    : m_loop(loop),
      m_stack(m_allocator.allocate()),
      m_fiber(std::allocator_arg, boost::context::preallocated(m_stack.sp, m_stack.size, m_stack), m_allocator,
              [this](boost::context::fiber&& back) { return run(std::move(back)); }),
      m_sanitized(static_cast<const char*>(m_stack.sp) - m_stack.size, m_stack.size),
      m_timer(new uv_timer_t)
{
    ::uv_timer_init(loop.handle(), m_timer.get());
    m_timer->data = this;
}

Fiber::~Fiber()
{
    m_is_ending = true;
    resume();
}

Fiber* Fiber::current()
{
    return running;
}

boost::context::fiber Fiber::run(boost::context::fiber&& back)
{
    m_sanitized.enter(m_sanitized_back);
    m_back = std::move(back);
    while (!m_is_ending) {
        m_task();
        m_task = nullptr;
        suspend();
    }
    m_sanitized.leave(m_sanitized_back);
    return std::move(m_back);
}

void Fiber::resume()
{
    auto* outer = std::exchange(running, this);
    auto* log_batch = LogBatch::exchange(m_log_batch);
    m_sanitized_back.leave(m_sanitized);
    m_fiber = std::move(m_fiber).resume();
    m_sanitized_back.enter(m_sanitized);
    m_log_batch = LogBatch::exchange(log_batch);
    running = outer;
}

void Fiber::suspend()
{
    m_sanitized.leave(m_sanitized_back);
    m_back = std::move(m_back).resume();
    m_sanitized.enter(m_sanitized_back);
}

void Fiber::wait(std::optional<std::chrono::milliseconds> limit)
{
    if (limit) {
        ::uv_update_time(m_loop.handle()); // of the last turn: the wait would end early after a long computation
        ::uv_timer_start(
            m_timer.get(),
            [](uv_timer_t* timer) {
                // After a turn that took long, what was awaited may be there, but libuv looks at the time first: once
                // more, after it has looked at the sockets.
                ::uv_timer_start(
                    timer,
                    [](uv_timer_t* again) {
                        auto& fiber = *static_cast<Fiber*>(again->data);
                        fiber.m_loop.make_ready(fiber);
                    },
                    1, 0);
            },
            static_cast<std::uint64_t>(limit->count()), 0);
    }
    suspend();
    if (limit)
        ::uv_timer_stop(m_timer.get());
}

// The loop --------------------------------------------------------------------------------------------------------------

Loop::Loop() : m_stopping(std::make_unique<Gate>(*this))
{
    require(::uv_loop_init(&m_loop), "cannot make an event loop");
    m_loop.data = this;
    require(::uv_prepare_init(&m_loop, &m_before_waiting), "cannot make an event loop");
    require(::uv_async_init(&m_loop, &m_posting,
                            [](uv_async_t* posting) {
                                auto& loop = *static_cast<Loop*>(posting->loop->data);
                                std::vector<Task> tasks;
                                {
                                    const std::lock_guard lock(loop.m_mutex);
                                    tasks.swap(loop.m_posted);
                                }
                                for (auto& task : tasks)
                                    loop.spawn(std::move(task));
                            }),
            "cannot make an event loop");
    require(::uv_timer_init(&m_loop, &m_limit), "cannot make an event loop");
    ::uv_prepare_start(&m_before_waiting,
                       [](uv_prepare_t* prepare) { static_cast<Loop*>(prepare->loop->data)->run_ready(); });
}

Loop::~Loop()
{
    m_fibers.clear();
    ::uv_close(as_handle(&m_before_waiting), nullptr);
    ::uv_close(as_handle(&m_posting), nullptr);
    ::uv_close(as_handle(&m_limit), nullptr);
    while (::uv_loop_close(&m_loop) == UV_EBUSY)
        ::uv_run(&m_loop, UV_RUN_ONCE);
}

void Loop::spawn(Task task)
{
    if (m_idle.empty()) {
        m_fibers.push_back(std::make_unique<Fiber>(*this));
        m_idle.push_back(m_fibers.back().get());
    }
    auto& fiber = *m_idle.back();
    m_idle.pop_back();
    fiber.give(std::move(task));
    make_ready(fiber);
}

void Loop::post(Task task)
{
    const std::lock_guard lock(m_mutex);
    m_posted.push_back(std::move(task));
    ::uv_async_send(&m_posting);
}

void Loop::run()
{
    const auto has_posted = [this] {
        const std::lock_guard lock(m_mutex);
        return !m_posted.empty();
    };
    while (!has_ended() || has_posted()) // the last fiber may have posted something
        ::uv_run(&m_loop, UV_RUN_ONCE);
    // Here, in the thread in which they ran: the address sanitizer wants it so.
    m_idle.clear();
    m_fibers.clear();
}

bool Loop::has_ended() const
{
    return m_stopping->is_open() && m_idle.size() == m_fibers.size();
}

void Loop::stop()
{
    m_stopping->open();
}

void Loop::look()
{
    ::uv_run(&m_loop, UV_RUN_NOWAIT);
    run_ready();
}

void Loop::make_ready(Fiber& fiber)
{
    if (!std::exchange(fiber.is_ready, true))
        m_ready.push_back(&fiber);
}

void Loop::wait_outside(const Gate& gate, std::optional<std::chrono::milliseconds> limit)
{
    bool is_over = false;
    m_limit.data = &is_over;
    if (limit) {
        ::uv_update_time(&m_loop);
        ::uv_timer_start(
            &m_limit,
            [](uv_timer_t* timer) {
                *static_cast<bool*>(timer->data) = true;
                ::uv_stop(timer->loop);
            },
            static_cast<std::uint64_t>(limit->count()), 0);
    }
    m_waits_outside = true;
    run_ready();
    while (!gate.is_open() && !is_over)
        ::uv_run(&m_loop, UV_RUN_ONCE);
    m_waits_outside = false;
    ::uv_timer_stop(&m_limit);
}

// What a fiber or a flusher does may let other fibers go on: until none can.
void Loop::run_ready()
{
    do {
        while (!m_ready.empty()) {
            m_running.swap(m_ready);
            for (auto* fiber : m_running) {
                fiber->is_ready = false;
                fiber->resume();
                if (fiber->is_idle())
                    m_idle.push_back(fiber);
            }
            m_running.clear();
        }
        for (auto* flusher : m_flushers)
            flusher->flush();
    } while (!m_ready.empty());
    if (has_ended())
        ::uv_stop(&m_loop);
}

// Gates -----------------------------------------------------------------------------------------------------------------

bool Gate::wait(std::optional<std::chrono::milliseconds> limit)
{
    if (m_is_open)
        return true;
    if (auto* fiber = Fiber::current()) {
        m_waiting.push_back(fiber);
        fiber->wait(limit);
        std::erase(m_waiting, fiber);
        return m_is_open;
    }
    m_loop.wait_outside(*this, limit);
    return m_is_open;
}

void Gate::open()
{
    m_is_open = true;
    for (auto* fiber : m_waiting)
        m_loop.make_ready(*fiber);
    if (m_loop.m_waits_outside) // the loop shall not wait for anything else
        ::uv_stop(m_loop.handle());
}

// Helper threads --------------------------------------------------------------------------------------------------------

namespace {

struct Work {
    Work(Loop& loop, const std::function<void()>& what) : function(what), done(loop) {}
    uv_work_t request{};
    const std::function<void()>& function;
    Gate done;
    std::exception_ptr thrown;
};

} // namespace

void run_aside(const std::function<void()>& work)
{
    auto* fiber = Fiber::current();
    if (fiber == nullptr)
        return work();
    Work aside(fiber->loop(), work);
    aside.request.data = &aside;
    require(::uv_queue_work(
                fiber->loop().handle(), &aside.request,
                [](uv_work_t* request) {
                    auto& job = *static_cast<Work*>(request->data);
                    try {
                        job.function();
                    } catch (...) {
                        job.thrown = std::current_exception();
                    }
                    wipe_dead_stack(); // the work was on passwords and keys
                },
                [](uv_work_t* request, int) { static_cast<Work*>(request->data)->done.open(); }),
            "cannot run a helper thread");
    aside.done.wait();
    if (aside.thrown)
        std::rethrow_exception(aside.thrown);
}

} // namespace stile
