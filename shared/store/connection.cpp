#include "shared/store/connection.h"

#include "shared/base/text.h"
#include "shared/store/library.h"

#include <hiredis/hiredis.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace stile {

namespace {

constexpr std::int64_t first_pause = 20; // milliseconds
constexpr std::int64_t longest_pause = 500; // short, so that a restarted Redis is used soon
constexpr std::int64_t idle_before_probe = 50;

std::unexpected<OAuthError> unavailable(std::string detail)
{
    return fail(ErrorCode::temporarily_unavailable, "the server cannot reach its storage; try again shortly",
                std::move(detail));
}

struct FreeReply {
    void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using OwnedReply = std::unique_ptr<redisReply, FreeReply>;

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

void append(redisContext* context, const Arguments& arguments)
{
    std::vector<const char*> texts;
    std::vector<std::size_t> lengths;
    texts.reserve(arguments.size());
    lengths.reserve(arguments.size());
    for (const auto argument : arguments) {
        texts.push_back(argument.data() != nullptr ? argument.data() : "");
        lengths.push_back(argument.size());
    }
    redisAppendCommandArgv(context, static_cast<int>(texts.size()), texts.data(), lengths.data());
}

} // namespace

Arguments views_of(const Command& command)
{
    return {command.begin(), command.end()};
}

void Connection::Close::operator()(redisContext* context) const
{
    redisFree(context);
}

Connection::Connection(RedisAddress address, const Clock& clock, Metrics* metrics)
    : m_address(std::move(address)),
      m_clock(clock),
      m_metrics(metrics)
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
    for (const auto& arguments : commands)
        append(m_context.get(), arguments);
    std::vector<Reply> replies;
    std::optional<OAuthError> error;
    for (std::size_t i = 0; i < commands.size(); ++i) {
        auto reply = read_reply();
        if (!m_context) // closed: no further replies will come
            return std::unexpected(std::move(reply).error());
        if (reply)
            replies.push_back(reply.take());
        else
            error = std::move(reply).error(); // read on: the following replies belong to these commands
    }
    m_last_used = m_clock.monotonic_milliseconds();
    if (m_metrics != nullptr)
        m_metrics->count_round_trip(stopwatch.passed());
    if (error)
        return std::unexpected(std::move(*error));
    return replies;
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
    if (m_context && is_stale())
        m_context.reset();
    if (m_context)
        return {};
    const auto now = m_clock.monotonic_milliseconds();
    if (now < m_closed_until)
        return unavailable("waiting before the next attempt to reach Redis");
    return connect();
}

// Detects a connection that Redis closed while it was idle (a restart), before a command is sent on it.
bool Connection::is_stale()
{
    if (m_clock.monotonic_milliseconds() - m_last_used < idle_before_probe)
        return false;
    pollfd descriptor = {m_context->fd, POLLIN | POLLRDHUP, 0};
    return ::poll(&descriptor, 1, 0) != 0; // Redis sends nothing unasked: data, an end or an error all mean stale
}

Result<void> Connection::connect()
{
    const timeval timeout = {m_address.timeout_milliseconds / 1000, m_address.timeout_milliseconds % 1000 * 1000};
    m_context.reset(m_address.socket.empty() ? redisConnectWithTimeout(m_address.host.c_str(), m_address.port, timeout)
                                             : redisConnectUnixWithTimeout(m_address.socket.c_str(), timeout));
    if (!m_context)
        return unavailable("out of memory");
    if (m_context->err != 0) {
        wait_before_next_attempt();
        return drop(m_context->errstr);
    }
    redisSetTimeout(m_context.get(), timeout);
    m_last_used = m_clock.monotonic_milliseconds();
    return greet();
}

Result<void> Connection::greet()
{
    const auto ask = [this](const Arguments& arguments) -> Result<Reply> {
        append(m_context.get(), arguments);
        auto reply = read_reply();
        if (!reply && m_context)
            return drop(reply.error().detail);
        return reply;
    };
    if (!m_address.user.empty())
        TRY(ask({"AUTH", m_address.user, m_address.password.reveal()}));
    else if (!m_address.password.empty())
        TRY(ask({"AUTH", m_address.password.reveal()}));
    if (m_address.database != 0)
        TRY(ask({"SELECT", std::to_string(m_address.database)}));
    // `stile library list` finds by this name which libraries are in use; it has no other effect.
    append(m_context.get(), {"CLIENT", "SETNAME", "stile" + std::string(library_version())});
    if (auto named = read_reply(); !named && !m_context)
        return std::unexpected(std::move(named).error());
    const auto schema = TRY(ask({"GET", "schema"}));
    TRY(check_schema(schema));
    const auto time = TRY(ask({"TIME"}));
    const auto answered_at = m_clock.monotonic_milliseconds() + 1; // rounds up to the next millisecond
    if (time.elements.size() != 2)
        return drop("no answer to TIME");
    const auto part = [&](std::size_t i) { return parse_number<std::int64_t>(time.elements[i].text).value_or(0); };
    // At most a round trip too early: rather refuse a step as late than execute it after its caller gave up.
    m_clock_offset = part(0) * 1000 + part(1) / 1000 - answered_at;
    return {};
}

// No key: no schema version has been recorded.
Result<void> Connection::check_schema(const Reply& schema)
{
    if (schema.is_nil)
        return {};
    const auto layout = parse_number<int>(schema.text);
    if (!layout || *layout < 1 || *layout > known_schema)
        return drop("the records have layout " + schema.text.substr(0, 20)
                    + " of a newer version; this program knows up to " + std::to_string(known_schema));
    return {};
}

Result<Reply> Connection::read_reply()
{
    void* raw = nullptr;
    if (redisGetReply(m_context.get(), &raw) != REDIS_OK) {
        // No reply means slow or stopped, and further attempts would wait as long; a closed connection means a restart.
        if (m_context->err == REDIS_ERR_IO && errno == EAGAIN)
            wait_before_next_attempt();
        return drop(m_context->errstr);
    }
    const OwnedReply reply(static_cast<redisReply*>(raw));
    m_pause = 0;
    // The clock offset is wrong, or Redis was slow: reconnect and read its clock again.
    if (reply->type == REDIS_REPLY_ERROR && std::string_view(reply->str, reply->len).starts_with("LATE"))
        return drop({reply->str, reply->len});
    if (reply->type == REDIS_REPLY_ERROR)
        return unavailable("Redis: " + without_arguments({reply->str, reply->len}));
    return copy(*reply);
}

// Refuses further commands at once for a short time, which grows until Redis answers again: while Redis is unavailable
// or stopped, requests fail rather than queue.
void Connection::wait_before_next_attempt()
{
    m_pause = std::clamp(m_pause * 2, first_pause, longest_pause);
    m_closed_until = m_clock.monotonic_milliseconds() + m_pause;
}

std::unexpected<OAuthError> Connection::drop(std::string_view why)
{
    std::string detail = "Redis: " + std::string(why);
    m_context.reset();
    return unavailable(std::move(detail));
}

} // namespace stile
