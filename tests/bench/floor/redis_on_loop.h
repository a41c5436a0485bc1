// One connection to Redis on a libuv loop: all that is asked in one turn of the loop is one write, and all that has been
// answered by the next turn is one read. Not thread-safe: of the loop's thread alone.
#pragma once

#include <hiredis/async.h>
#include <uv.h>

#include <string>
#include <string_view>

namespace stile::bench {

class RedisOnLoop {
public:
    // Connects to a unix socket and sends `first` ahead of everything else. The process ends when the connection does.
    RedisOnLoop(uv_loop_t* loop, const char* socket, std::string_view first);
    RedisOnLoop(const RedisOnLoop&) = delete;

    // Sends one formatted command. `done` is called with its reply (a redisReply, of hiredis) and with `caller`.
    void ask(std::string_view command, redisCallbackFn* done, void* caller);

private:
    void attach();

    redisAsyncContext* m_context;
    uv_poll_t m_readable;
    uv_prepare_t m_before_poll;
    bool m_has_output = false;
};

} // namespace stile::bench
