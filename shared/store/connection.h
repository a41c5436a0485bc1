// One connection to Redis. Each thread has its own; nothing here is thread-safe.
//
// Whatever goes wrong, from a refused connection to an error reply such as LOADING, OOM or READONLY, is the error
// temporarily_unavailable: a Redis that cannot answer must never look like success or like an invalid grant. A
// command whose answer did not come is not sent again (it may have been carried out); the connection is dropped, and
// the next command opens a new one, after a pause that grows while Redis stays away or silent.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/metrics.h"
#include "shared/oauth/error.h"
#include "shared/store/address.h"
#include "shared/store/reply.h"
#include "shared/store/step.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct redisContext;

namespace stile {

using Arguments = std::vector<std::string_view>; // of a command that is sent before they go

Arguments views_of(const Command& command);
Arguments views_of(Command&&) = delete; // would dangle

// The layout of the records, in the key `schema`: a Redis with a higher one is refused (redis/README.md).
inline constexpr int known_schema = 1;

class Connection {
public:
    // Connects at the first command. `clock` and `metrics`, which counts round trips, must outlive the connection.
    Connection(RedisAddress address, const Clock& clock, Metrics* metrics = nullptr);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // One command, one round trip.
    Result<Reply> command(const Arguments& arguments);

    // Several commands in one round trip; an error reply to any of them is the error of all.
    Result<std::vector<Reply>> pipeline(const std::vector<Arguments>& commands);

    // The same with commands that were made before, steps among them. Where the library has to be loaded first, all are sent
    // again: the others must bear that.
    Result<std::vector<Reply>> run(const std::vector<Command>& commands);

    // Until when, in milliseconds by the clock of Redis, an answer to a command sent now is waited for: steps that use
    // something up take it as an argument and do nothing once it has passed.
    Result<std::string> deadline();

    // A step of redis/steps; its reply. When Redis does not have this version of the library it is loaded first, if this
    // user of Redis may do that: the admin command's may, those of the functions may not.
    Result<Record> call(const Step& step);

    // Loads this version of the library unless it is there, and notes which layout the records have.
    Result<void> load_library();

private:
    struct Close {
        void operator()(redisContext* context) const;
    };

    Result<void> ensure_connected();
    Result<void> connect();
    Result<void> greet();
    Result<void> check_schema(const Reply& schema);
    Result<Reply> read_reply();
    Result<void> bring_library();
    bool has_gone_stale();
    void wait_before_next_attempt();
    std::unexpected<OAuthError> drop(std::string_view why);

    RedisAddress m_address;
    const Clock& m_clock;
    Metrics* m_metrics;
    std::unique_ptr<redisContext, Close> m_context;
    std::int64_t m_clock_offset = 0; // the clock of Redis minus our monotonic one, milliseconds
    std::int64_t m_last_used = 0; // monotonic milliseconds
    std::int64_t m_closed_until = 0; // no attempt to connect before
    std::int64_t m_pause = 0; // milliseconds, doubled by each failed attempt
};

} // namespace stile
