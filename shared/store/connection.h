// One connection to Redis for all that runs on a loop: the commands of many fibers travel together, and each gets its own
// replies. Outside of fibers (a command line, a thread of its own) a call blocks; then the Connection has its own loop.
//
// Any failure, from a refused connection to an error reply such as LOADING, OOM or READONLY, is the error
// temporarily_unavailable: a Redis failure must never look like success or like an invalid grant. A command without a
// reply is not sent again (it may have been executed). A reply that is late fails the call that waits for it, and no other;
// until Redis answers again further calls fail at once. When the connection has ended, the next command opens a new one,
// after a pause that grows while Redis does not answer.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/metrics.h"
#include "shared/oauth/error.h"
#include "shared/store/address.h"
#include "shared/store/redis_link.h"
#include "shared/store/reply.h"
#include "shared/store/step.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

Arguments views_of(const Command& command);
Arguments views_of(Command&&) = delete; // would dangle

// The schema version of the records, in the key `schema`: a Redis with a higher one is refused (redis/README.md).
inline constexpr int known_schema = 1;

class Connection {
public:
    // Connects at the first command. `clock`, `metrics`, which counts round trips, and `loop` must outlive the connection.
    // Without a loop it makes one, and belongs to the thread that calls it.
    Connection(RedisAddress address, const Clock& clock, Metrics* metrics = nullptr, Loop* loop = nullptr);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // One command, one round trip.
    Result<Reply> command(const Arguments& arguments);

    // Several commands in one round trip; an error reply to any of them is the error of all.
    Result<std::vector<Reply>> pipeline(const std::vector<Arguments>& commands);

    // The same with prepared commands, which may be steps. If the library has to be loaded first, all of them are sent
    // again, so repeating them must be harmless.
    Result<std::vector<Reply>> run(const std::vector<Command>& commands);

    // The time, in milliseconds of the clock of Redis, until which the reply to a command sent now is awaited: steps
    // that use something up take it as an argument and do nothing after it.
    Result<std::string> deadline();

    // Calls a step of redis/steps; its reply. If Redis lacks this version of the library it is loaded first, if this
    // Redis user has the right: the admin command's has it, those of the functions do not.
    Result<Record> call(const Step& step);

    // Loads this version of the library unless Redis has it, and records the schema version.
    Result<void> load_library();

private:
    class Exchange;

    Result<std::vector<Reply>> exchange(const std::vector<Arguments>& commands);
    Result<void> ensure_connected();
    Result<void> connect();
    Result<void> greet();
    Result<void> check_schema(const Reply& schema) const;
    Result<void> read_clock(const Reply& time);
    Result<void> ensure_library();
    bool is_silent_for_long() const;
    void heard();
    void wait_before_next_attempt();

    RedisAddress m_address;
    const Clock& m_clock;
    Metrics* m_metrics;
    std::unique_ptr<Loop> m_own_loop;
    Loop& m_loop;
    std::unique_ptr<RedisLink> m_link;
    std::shared_ptr<Gate> m_attempt; // to connect, under way
    std::int64_t m_clock_offset = 0; // the clock of Redis minus the monotonic clock, milliseconds
    bool m_is_clock_wrong = false; // a step came too late by it
    std::int64_t m_silent_since = 0; // monotonic milliseconds; 0 unless a reply is late
    std::int64_t m_closed_until = 0; // no connection attempt before this time
    std::int64_t m_pause = 0; // milliseconds, doubled by each failed attempt
};

} // namespace stile
