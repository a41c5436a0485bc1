#include "shared/endpoint/event_stream.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace stile {

namespace {

using namespace std::chrono_literals;

// How long events are collected before they are written: Redis flushes its file for each round trip of writes, and
// should have time for the token requests.
constexpr auto gathering = 100ms;
constexpr auto pause_after_failure = 200ms;
constexpr std::int64_t last_writes = 2000; // milliseconds, when the loop stops

} // namespace

EventStream::EventStream(Loop& loop, Connection& connection, const Clock& clock, const Log& log, std::size_t kept,
                         OnLoss on_loss)
    : m_loop(loop),
      m_clock(clock),
      m_log(log),
      m_kept(kept),
      m_on_loss(std::move(on_loss)),
      m_events(connection)
{
}

void EventStream::push(EventRecord event)
{
    const std::lock_guard lock(m_mutex);
    if (m_waiting.size() >= max_queued) {
        ++m_dropped;
        return;
    }
    m_waiting.push_back(std::move(event));
    if (!std::exchange(m_is_writing, true))
        m_loop.post([this] { write_all(); });
}

void EventStream::write_all()
{
    std::int64_t end = 0; // monotonic milliseconds; set when the loop stops
    auto& stopping = m_loop.stopping();
    stopping.wait(gathering);
    for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
        while (!append(batch)) {
            if (stopping.is_open())
                return give_up(batch.size());
            stopping.wait(pause_after_failure);
        }
        if (stopping.wait(gathering) && end == 0)
            end = m_clock.monotonic_milliseconds() + last_writes;
        if (end != 0 && m_clock.monotonic_milliseconds() > end)
            return give_up(0);
    }
}

// Empty if none is left: then this fiber writes no more.
std::vector<EventRecord> EventStream::next_batch()
{
    tell_loss();
    const std::lock_guard lock(m_mutex);
    const auto count = static_cast<std::ptrdiff_t>(std::min(m_waiting.size(), max_per_round_trip));
    std::vector<EventRecord> batch(std::make_move_iterator(m_waiting.begin()),
                                   std::make_move_iterator(m_waiting.begin() + count));
    m_waiting.erase(m_waiting.begin(), m_waiting.begin() + count);
    m_is_writing = !batch.empty();
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

// The stream lacks these events; the log has them.
void EventStream::give_up(std::size_t in_hand)
{
    const std::lock_guard lock(m_mutex);
    const auto lost = in_hand + m_waiting.size() + m_dropped;
    if (lost > 0)
        m_log.warning("events were not written to the stream", {{"count", std::to_string(lost)}});
}

// All queued events came before those that were dropped, so they are written first.
void EventStream::tell_loss()
{
    std::size_t lost = 0;
    {
        const std::lock_guard lock(m_mutex);
        if (m_waiting.empty())
            lost = std::exchange(m_dropped, 0);
    }
    if (lost > 0)
        m_on_loss(lost);
}

} // namespace stile
