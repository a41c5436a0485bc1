// hiredis tells an event library by its hooks (ac->ev) when it wants to read and to write. The usual adapters wait for
// each in epoll, which is two system calls to add and to remove the wish to write, and a turn of the loop, for each burst
// of commands. Here reading is always waited for, and the wish to write is a flag that is looked at before each poll.
//
// What the socket does not take stays in hiredis's buffer until the next turn. There is one: the socket is full only
// while Redis has commands to answer, and its answers make the socket readable.
#include "tests/bench/floor/redis_on_loop.h"

#include <cstdlib>
#include <iostream>

namespace stile::bench {

namespace {

redisAsyncContext* context_of(void* context)
{
    return static_cast<redisAsyncContext*>(context);
}

void end(const redisAsyncContext* context, int)
{
    std::cerr << "floor: Redis is gone: " << context->errstr << '\n';
    std::_Exit(1);
}

} // namespace

RedisOnLoop::RedisOnLoop(uv_loop_t* loop, const char* socket, std::string_view first)
    : m_context(redisAsyncConnectUnix(socket))
{
    if (m_context == nullptr || m_context->err != 0) {
        std::cerr << "floor: cannot connect to " << socket << '\n';
        std::_Exit(1);
    }
    uv_poll_init(loop, &m_readable, m_context->c.fd);
    uv_prepare_init(loop, &m_before_poll);
    attach();
    ask(first, nullptr, nullptr);
}

void RedisOnLoop::attach()
{
    redisAsyncSetDisconnectCallback(m_context, end);
    m_context->ev.data = &m_has_output;
    m_context->ev.addWrite = [](void* has_output) { *static_cast<bool*>(has_output) = true; };
    m_context->ev.delWrite = [](void* has_output) { *static_cast<bool*>(has_output) = false; };

    m_readable.data = m_context;
    uv_poll_start(&m_readable, UV_READABLE,
                  [](uv_poll_t* poll, int, int) { redisAsyncHandleRead(context_of(poll->data)); });

    m_before_poll.data = this;
    uv_prepare_start(&m_before_poll, [](uv_prepare_t* prepare) {
        const auto* self = static_cast<RedisOnLoop*>(prepare->data);
        if (self->m_has_output)
            redisAsyncHandleWrite(self->m_context);
    });
}

void RedisOnLoop::ask(std::string_view command, redisCallbackFn* done, void* caller)
{
    redisAsyncFormattedCommand(m_context, done, caller, command.data(), command.size());
}

} // namespace stile::bench
