// A connection to Redis on an event loop, by hiredis: commands are sent together before the loop waits, and the replies
// come in their order.
#pragma once

#include "shared/engine/loop.h"
#include "shared/store/address.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct redisAsyncContext;
struct redisReply;

namespace stile {

using Arguments = std::vector<std::string_view>; // of a command

// One connection from its beginning to its end; it is not opened again. To be used on the thread of its loop.
class RedisLink {
public:
    // Gets the replies to the commands that it was given with.
    class Receiver {
    public:
        virtual ~Receiver() = default;
        // Once for each command; null if the connection ended before the reply came. The reply lives until the return.
        virtual void take(const redisReply* reply) = 0;
    };

    // Begins to connect.
    RedisLink(Loop& loop, const RedisAddress& address);
    ~RedisLink(); // what has no reply yet gets none
    RedisLink(const RedisLink&) = delete;
    RedisLink& operator=(const RedisLink&) = delete;

    // False after the connection has ended: `problem()` tells why.
    bool is_open() const;
    const std::string& problem() const;

    // Sends a command; `receiver` must live until it has got what it waits for. Not for commands that turn the connection
    // into a stream of messages (MONITOR, SUBSCRIBE).
    void send(const Arguments& command, Receiver& receiver);

private:
    class State;
    std::unique_ptr<State> m_state;
};

} // namespace stile
