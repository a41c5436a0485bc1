#include "shared/endpoint/audit.h"

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

AuditTrail::AuditTrail(const Log& log, const Clock& clock, Loop& loop, Connection& connection, std::size_t kept)
    : m_log(log),
      m_clock(clock),
      m_stream(kept > 0 ? std::make_unique<EventStream>(loop, connection, clock, log, kept) : nullptr)
{
}

void AuditTrail::write(Event event)
{
    EventRecord record = {rfc3339(m_clock.now()), m_log.function(), std::move(event)};
    m_log.line(record.fields());
    if (m_stream)
        m_stream->push(std::move(record));
}

} // namespace stile
