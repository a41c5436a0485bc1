#include "shared/endpoint/audit.h"

#include <chrono>
#include <utility>

namespace stile {

void Audit::record(const Request& request, Event event)
{
    event.request_id = request.request_id;
    event.address = request.remote_address;
    write(std::move(event));
}

std::unexpected<OAuthError> Audit::refuse(const Request& request, Event event, ErrorCode code, std::string description)
{
    record(request, std::move(event));
    return fail_audited(code, std::move(description));
}

void Audit::refuse_at_door(const Request& request, Event event, Door door)
{
    if (!m_doors.refuse(door.name, door.opens_at, std::move(door.of_all)))
        return door_closed();
    event.reason = "closed";
    record(request, std::move(event));
    door_closed();
}

void Audit::tell_opened(Seconds now)
{
    for (auto& event : m_doors.opened(now))
        write(std::move(event));
}

AuditTrail::AuditTrail(const Log& log, const Clock& clock, Random& random, Loop& loop, Connection& connection,
                       std::size_t kept)
    : m_log(log),
      m_clock(clock),
      m_loop(loop),
      m_chain(random)
{
    if (kept > 0)
        m_stream = std::make_unique<EventStream>(loop, connection, clock, log, kept, [this](std::size_t lost) {
            write({.name = EventName::events_lost, .count = lost});
        });
}

void AuditTrail::write(Event event)
{
    const std::lock_guard lock(m_mutex);
    EventRecord record = {rfc3339(m_clock.now()), m_log.function(), std::move(event)};
    m_chain.link(record);
    m_log.line(record.fields());
    if (m_stream)
        m_stream->push(std::move(record));
}

void AuditTrail::door_closed()
{
    if (!std::exchange(m_watches_doors, true))
        m_loop.spawn([this] { watch_doors(); });
}

// Where no further attempt comes, the number is told all the same, and what has been counted so far when the process ends.
void AuditTrail::watch_doors()
{
    constexpr std::chrono::seconds pause(1);
    while (!m_doors.empty()) {
        if (m_loop.stopping().wait(pause)) {
            for (auto& event : m_doors.all())
                write(std::move(event));
            break;
        }
        tell_opened(m_clock.now());
    }
    m_watches_doors = false;
}

} // namespace stile
