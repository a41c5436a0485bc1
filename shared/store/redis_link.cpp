// hiredis asks for a notice when its socket can be written (its `ev` hooks) each time that a command is added. Its own
// adapter for libuv passes that on to epoll: two system calls and a turn of the loop for what can be written at once. Here
// the buffer is written before the loop waits, and epoll is asked only if the socket took less than all.
#include "shared/store/redis_link.h"

#include "shared/engine/handle.h"

#include <hiredis/async.h>
#include <hiredis/hiredis.h>

namespace stile {

class RedisLink::State final : public Loop::Flusher {
public:
    State(Loop& loop, const RedisAddress& address) : m_loop(loop)
    {
        m_context = address.socket.empty() ? ::redisAsyncConnect(address.host.c_str(), address.port)
                                           : ::redisAsyncConnectUnix(address.socket.c_str());
        if (m_context == nullptr) {
            m_problem = "out of memory";
        } else if (m_context->err != 0) {
            m_problem = m_context->errstr;
            ::redisAsyncFree(std::exchange(m_context, nullptr));
        } else {
            attach();
        }
    }

    ~State() override
    {
        if (is_open())
            ::redisAsyncFree(m_context);
        m_loop.remove(*this);
    }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    bool is_open() const { return m_context != nullptr; }
    const std::string& problem() const { return m_problem; }

    void send(const Arguments& command, Receiver& receiver)
    {
        m_texts.clear();
        m_lengths.clear();
        for (const auto argument : command) {
            m_texts.push_back(argument.data() != nullptr ? argument.data() : "");
            m_lengths.push_back(argument.size());
        }
        const auto pass_on = [](redisAsyncContext*, void* reply, void* to) {
            static_cast<Receiver*>(to)->take(static_cast<const redisReply*>(reply));
        };
        if (!is_open()
            || ::redisAsyncCommandArgv(m_context, pass_on, &receiver, static_cast<int>(m_texts.size()), m_texts.data(),
                                       m_lengths.data())
                   != REDIS_OK)
            receiver.take(nullptr);
    }

    void flush() override
    {
        if (!m_wants_to_write || m_waits_for_room || !is_open())
            return;
        ::redisAsyncHandleWrite(m_context);
        if (m_wants_to_write && is_open()) {
            m_waits_for_room = true;
            watch();
        }
    }

private:
    static State& of(void* data) { return *static_cast<State*>(data); }

    void attach()
    {
        auto poll = std::make_unique<uv_poll_t>();
        if (const int status = ::uv_poll_init(m_loop.handle(), poll.get(), m_context->c.fd); status != 0) {
            m_problem = ::uv_strerror(status);
            return ::redisAsyncFree(std::exchange(m_context, nullptr));
        }
        m_poll.reset(poll.release());
        m_poll->data = this;
        auto& hooks = m_context->ev;
        hooks.data = this;
        hooks.addWrite = [](void* data) { of(data).m_wants_to_write = true; };
        hooks.delWrite = [](void* data) { of(data).m_wants_to_write = false; };
        hooks.cleanup = [](void* data) { of(data).let_go(); };
        m_loop.add(*this);
        watch();
    }

    void watch()
    {
        ::uv_poll_start(m_poll.get(), m_waits_for_room ? UV_READABLE | UV_WRITABLE : UV_READABLE,
                        [](uv_poll_t* poll, int status, int events) { of(poll->data).go_on(status, events); });
    }

    // An error is told by the attempt to read.
    void go_on(int status, int events)
    {
        if (is_open() && (events & UV_WRITABLE) != 0)
            ::redisAsyncHandleWrite(m_context);
        if (is_open() && (status != 0 || (events & UV_READABLE) != 0))
            ::redisAsyncHandleRead(m_context);
        if (is_open() && m_waits_for_room && !m_wants_to_write) {
            m_waits_for_room = false;
            watch();
        }
    }

    // hiredis frees its context and closes the socket after this. The handle must end before: when it is closed, libuv takes
    // the number of its descriptor out of epoll, even after uv_poll_stop(). If another connection had the number by then, it
    // would never be heard again (findings/libuv-poll-closed-descriptor.sh).
    void let_go()
    {
        m_problem = m_context->errstr[0] != '\0' ? m_context->errstr : "the connection was closed";
        m_context = nullptr;
        m_poll.reset();
    }

    Loop& m_loop;
    redisAsyncContext* m_context; // null after the connection has ended
    std::string m_problem;
    Handle<uv_poll_t> m_poll;
    bool m_wants_to_write = false;
    bool m_waits_for_room = true; // in the socket, and before that until it is connected
    std::vector<const char*> m_texts; // of the command that is being added
    std::vector<std::size_t> m_lengths;
};

RedisLink::RedisLink(Loop& loop, const RedisAddress& address) : m_state(std::make_unique<State>(loop, address)) {}

RedisLink::~RedisLink() = default;

bool RedisLink::is_open() const
{
    return m_state->is_open();
}

const std::string& RedisLink::problem() const
{
    return m_state->problem();
}

void RedisLink::send(const Arguments& command, Receiver& receiver)
{
    m_state->send(command, receiver);
}

} // namespace stile
