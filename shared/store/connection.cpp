#include "shared/store/connection.h"

#include "shared/base/text.h"
#include "shared/store/library.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <tuple>

namespace stile {

namespace {

constexpr std::int64_t first_pause = 20; // milliseconds
constexpr std::int64_t longest_pause = 500; // short, so that a restarted Redis is used soon

std::unexpected<OAuthError> unavailable(std::string detail)
{
    return fail(ErrorCode::temporarily_unavailable, "the server cannot reach its storage; try again shortly",
                std::move(detail));
}

Reply copy(const redisReply& reply)
{
    Reply result;
    result.is_nil = reply.type == REDIS_REPLY_NIL;
    if (reply.type == REDIS_REPLY_INTEGER)
        result.integer = reply.integer;
    if (reply.type == REDIS_REPLY_STRING || reply.type == REDIS_REPLY_STATUS)
        result.text.assign(reply.str, reply.len);
    if (reply.type == REDIS_REPLY_ARRAY) {
        result.elements.reserve(reply.elements);
        for (std::size_t i = 0; i < reply.elements; ++i)
            result.elements.push_back(copy(*reply.element[i]));
    }
    return result;
}

// Redis quotes the arguments of an unknown command, and they may contain a state or a sealed response: they must not be
// logged.
std::string without_arguments(std::string_view error)
{
    return std::string(error.substr(0, error.find(", with args")));
}

// "ERR Function not found": nothing was executed, so it may be sent again.
bool lacks_library(const OAuthError& error)
{
    return error.detail.contains("Function not found");
}

} // namespace

Arguments views_of(const Command& command)
{
    return {command.begin(), command.end()};
}

// The commands of one call, until the last of their replies has come. It outlives a call that gave up.
class Connection::Exchange final : public RedisLink::Receiver {
public:
    Exchange(Connection& connection, std::size_t count)
        : answered(connection.m_loop),
          m_connection(connection),
          m_missing(count)
    {
        replies.reserve(count);
    }

    void take(const redisReply* reply) override
    {
        if (reply == nullptr)
            is_cut = true;
        else
            add(*reply);
        if (--m_missing > 0)
            return;
        if (m_is_abandoned)
            delete this;
        else
            answered.open();
    }

    // Nobody waits any longer: the replies that come are dropped.
    static void abandon(std::unique_ptr<Exchange> exchange)
    {
        exchange->m_is_abandoned = true;
        if (exchange->m_missing > 0)
            std::ignore = exchange.release(); // take() deletes it
    }

    Gate answered;
    std::vector<Reply> replies;
    std::optional<OAuthError> error; // the first; the other commands were executed nevertheless
    bool is_cut = false; // the connection ended before all replies came

private:
    void add(const redisReply& reply)
    {
        m_connection.heard();
        if (m_is_abandoned)
            return;
        const std::string_view text(reply.str, reply.str != nullptr ? reply.len : 0);
        if (reply.type != REDIS_REPLY_ERROR)
            return replies.push_back(copy(reply));
        if (text.starts_with("LATE")) // the clock's offset is wrong, or Redis was slow
            m_connection.m_is_clock_wrong = true;
        if (!error)
            error = unavailable("Redis: " + without_arguments(text)).error();
    }

    Connection& m_connection;
    std::size_t m_missing;
    bool m_is_abandoned = false;
};

Connection::Connection(RedisAddress address, const Clock& clock, Metrics* metrics, Loop* loop)
    : m_address(std::move(address)),
      m_clock(clock),
      m_metrics(metrics),
      m_own_loop(loop == nullptr ? std::make_unique<Loop>() : nullptr),
      m_loop(loop == nullptr ? *m_own_loop : *loop)
{
}

Connection::~Connection() = default;

Result<Reply> Connection::command(const Arguments& arguments)
{
    auto replies = TRY(pipeline({arguments}));
    return std::move(replies.front());
}

Result<std::vector<Reply>> Connection::pipeline(const std::vector<Arguments>& commands)
{
    TRY(ensure_connected());
    const Stopwatch stopwatch;
    auto replies = exchange(commands);
    if (m_metrics != nullptr && m_link)
        m_metrics->count_round_trip(stopwatch.passed());
    return replies;
}

Result<std::vector<Reply>> Connection::exchange(const std::vector<Arguments>& commands)
{
    if (commands.empty())
        return std::vector<Reply>();
    auto exchange = std::make_unique<Exchange>(*this, commands.size());
    for (const auto& command : commands)
        m_link->send(command, *exchange);
    if (!exchange->answered.wait(std::chrono::milliseconds(m_address.timeout_milliseconds))) {
        Exchange::abandon(std::move(exchange));
        if (m_silent_since == 0)
            m_silent_since = m_clock.monotonic_milliseconds();
        return unavailable("Redis: no reply in time");
    }
    if (exchange->is_cut)
        return unavailable("Redis: " + (m_link ? m_link->problem() : std::string("the connection was closed")));
    if (exchange->error)
        return std::unexpected(std::move(*exchange->error));
    return std::move(exchange->replies);
}

Result<std::vector<Reply>> Connection::run(const std::vector<Command>& commands)
{
    std::vector<Arguments> views;
    views.reserve(commands.size());
    for (const auto& command : commands)
        views.push_back(views_of(command));
    auto replies = pipeline(views);
    if (!replies && lacks_library(replies.error())) {
        TRY(ensure_library());
        replies = pipeline(views);
    }
    return replies;
}

Result<std::string> Connection::deadline()
{
    TRY(ensure_connected());
    if (m_is_clock_wrong) {
        const auto time = TRY(command({"TIME"}));
        TRY(read_clock(time));
    }
    return std::to_string(m_clock.monotonic_milliseconds() + m_clock_offset + m_address.timeout_milliseconds);
}

Result<Record> Connection::call(const Step& step)
{
    const auto words = views_of(step.command());
    auto reply = command(words);
    if (!reply && lacks_library(reply.error())) {
        TRY(ensure_library());
        reply = command(words);
    }
    if (!reply)
        return std::unexpected(std::move(reply).error());
    return Record(reply.take());
}

Result<void> Connection::ensure_library()
{
    if (const auto loaded = load_library(); !loaded)
        return unavailable("Redis does not have this version of the function library; run `stile library load`; "
                           + loaded.error().detail);
    return {};
}

Result<void> Connection::load_library()
{
    auto loaded = command({"FUNCTION", "LOAD", library_code()});
    // Redis has it already, or another process has just loaded the same version.
    if (!loaded && !loaded.error().detail.contains("already exists"))
        return std::unexpected(std::move(loaded).error());
    TRY(command({"SET", "schema", std::to_string(known_schema), "NX"}));
    return {};
}

Result<void> Connection::ensure_connected()
{
    if (m_own_loop)
        m_loop.look(); // what happened since the last call: late replies, an end of the connection
    if (m_attempt && m_pause == 0) { // another fiber connects
        const auto attempt = m_attempt;
        attempt->wait(std::chrono::milliseconds(m_address.timeout_milliseconds));
    }
    if (m_attempt)
        return unavailable("waiting for the connection to Redis");
    if (m_link && is_silent_for_long()) {
        m_pause = std::max(m_pause, first_pause); // this call alone waits for the new connection
        m_link.reset();
    }
    if (m_link && m_link->is_open())
        return m_silent_since == 0 ? Result<void>() : unavailable("Redis does not answer");
    if (m_clock.monotonic_milliseconds() < m_closed_until)
        return unavailable("waiting before the next attempt to reach Redis");
    return connect();
}

// A Redis that was slow answers late; one that is gone, without an end of the connection, never does.
bool Connection::is_silent_for_long() const
{
    return m_silent_since != 0 && m_clock.monotonic_milliseconds() - m_silent_since >= m_address.timeout_milliseconds;
}

Result<void> Connection::connect()
{
    const auto attempt = std::make_shared<Gate>(m_loop);
    m_attempt = attempt;
    m_silent_since = 0;
    m_link = std::make_unique<RedisLink>(m_loop, m_address);
    auto greeted = greet();
    if (!greeted) {
        wait_before_next_attempt();
        m_link.reset();
        m_silent_since = 0;
    }
    m_attempt = nullptr;
    attempt->open();
    return greeted;
}

Result<void> Connection::greet()
{
    std::vector<Arguments> commands;
    if (!m_address.user.empty())
        commands.push_back({"AUTH", m_address.user, m_address.password.reveal()});
    else if (!m_address.password.empty())
        commands.push_back({"AUTH", m_address.password.reveal()});
    const auto database = std::to_string(m_address.database);
    if (m_address.database != 0)
        commands.push_back({"SELECT", database});
    commands.push_back({"GET", "schema"});
    commands.push_back({"TIME"});
    const auto replies = TRY(exchange(commands));
    // `stile library list` finds by this name which libraries are in use; it has no other effect, so a refusal has none.
    const auto name = "stile" + std::string(library_version());
    auto naming = std::make_unique<Exchange>(*this, 1);
    m_link->send({"CLIENT", "SETNAME", name}, *naming);
    Exchange::abandon(std::move(naming));
    TRY(check_schema(replies[replies.size() - 2]));
    return read_clock(replies.back());
}

// No key: no schema version has been recorded.
Result<void> Connection::check_schema(const Reply& schema) const
{
    if (schema.is_nil)
        return {};
    const auto layout = parse_number<int>(schema.text);
    if (!layout || *layout < 1 || *layout > known_schema)
        return unavailable("Redis: the records have layout " + schema.text.substr(0, 20)
                           + " of a newer version; this program knows up to " + std::to_string(known_schema));
    return {};
}

Result<void> Connection::read_clock(const Reply& time)
{
    const auto answered_at = m_clock.monotonic_milliseconds() + 1; // rounds up to the next millisecond
    if (time.elements.size() != 2)
        return unavailable("Redis: no answer to TIME");
    const auto part = [&](std::size_t i) { return parse_number<std::int64_t>(time.elements[i].text).value_or(0); };
    // At most a round trip too early: rather refuse a step as late than execute it after its caller gave up.
    m_clock_offset = part(0) * 1000 + part(1) / 1000 - answered_at;
    m_is_clock_wrong = false;
    return {};
}

// A reply came: Redis is there.
void Connection::heard()
{
    m_pause = 0;
    m_silent_since = 0;
}

// Refuses further commands at once for a short time, which grows until Redis answers again: while Redis is unavailable
// or stopped, requests fail rather than queue.
void Connection::wait_before_next_attempt()
{
    m_pause = std::clamp(m_pause * 2, first_pause, longest_pause);
    m_closed_until = m_clock.monotonic_milliseconds() + m_pause;
}

} // namespace stile
