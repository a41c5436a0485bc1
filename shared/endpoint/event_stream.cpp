#include "shared/endpoint/event_stream.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace stile {

namespace {

using namespace std::chrono_literals;

// Events gather for so long before they are written: Redis flushes its file for each round trip of writes, and the token
// requests are to have it for themselves.
constexpr auto gathering = 100ms;
constexpr auto pause_after_failure = 200ms;
constexpr std::int64_t farewell = 2000; // milliseconds
constexpr int longest_timeout = 500; // milliseconds; nobody waits for the stream, so it need not be patient

RedisAddress impatient(RedisAddress redis)
{
    redis.timeout_milliseconds = std::min(redis.timeout_milliseconds, longest_timeout);
    return redis;
}

} // namespace

EventStream::EventStream(RedisAddress redis, const Clock& clock, const Log& log, std::size_t kept)
    : m_clock(clock),
      m_log(log),
      m_kept(kept),
      m_connection(impatient(std::move(redis)), clock),
      m_events(m_connection)
{
}

EventStream::~EventStream() = default;

void EventStream::push(EventRecord event)
{
    const std::lock_guard lock(m_mutex);
    // Begun by a thread that serves requests, it inherits that signals are left to the main thread.
    if (!m_thread.joinable())
        m_thread = std::jthread([this](const std::stop_token& stop) { run(stop); });
    if (m_waiting.size() >= most_waiting) {
        ++m_dropped;
        return;
    }
    m_waiting.push_back(std::move(event));
    if (m_waiting.size() == 1 || m_waiting.size() == most_at_once) // in between the thread has no question
        m_changed.notify_one();
}

void EventStream::run(const std::stop_token& stop)
{
    std::int64_t end = 0; // once told to stop: monotonic milliseconds
    for (auto batch = next_batch(stop); !batch.empty(); batch = next_batch(stop)) {
        while (!append(batch)) {
            if (stop.stop_requested())
                return give_up(batch.size());
            pause(stop);
        }
        if (stop.stop_requested() && end == 0)
            end = m_clock.monotonic_milliseconds() + farewell;
        if (end != 0 && m_clock.monotonic_milliseconds() > end)
            return give_up(0);
    }
}

// Waits for events, and a little longer for more of them. Empty at the end, when none is left.
std::vector<EventRecord> EventStream::next_batch(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, stop, [this] { return !m_waiting.empty(); });
    m_changed.wait_for(lock, stop, gathering, [this] { return m_waiting.size() >= most_at_once; });
    const auto count = static_cast<std::ptrdiff_t>(std::min(m_waiting.size(), most_at_once));
    std::vector<EventRecord> batch(std::make_move_iterator(m_waiting.begin()),
                                   std::make_move_iterator(m_waiting.begin() + count));
    m_waiting.erase(m_waiting.begin(), m_waiting.begin() + count);
    // All that was kept came before what was dropped.
    if (m_dropped > 0 && m_waiting.empty())
        batch.push_back(loss());
    return batch;
}

bool EventStream::append(const std::vector<EventRecord>& batch)
{
    const auto written = m_events.append(batch, m_kept);
    if (!written && !m_is_failing)
        m_log.warning("cannot write events to the stream", {{"detail", written.error().detail}});
    if (written && m_is_failing)
        m_log.info("events are written to the stream again", {});
    m_is_failing = !written;
    return written.has_value();
}

void EventStream::pause(const std::stop_token& stop)
{
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, stop, pause_after_failure, [] { return false; });
}

// The stream misses them; the log has them all.
void EventStream::give_up(std::size_t in_hand)
{
    const std::lock_guard lock(m_mutex);
    const auto lost = in_hand + m_waiting.size() + m_dropped;
    if (lost > 0)
        m_log.warning("events were not written to the stream", {{"count", std::to_string(lost)}});
}

// To be called with the queue locked. It stands in the log as well.
EventRecord EventStream::loss()
{
    EventRecord record = {rfc3339(m_clock.now()), m_log.function(),
                          Event{.name = EventName::events_lost, .count = std::exchange(m_dropped, 0)}};
    m_log.line(record.fields());
    return record;
}

} // namespace stile
