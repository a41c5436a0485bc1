// The audit trail: each security event is one line on stderr before its request is answered, and one entry of the
// stream `events` in Redis a moment later. Recording never waits and cannot fail.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/endpoint/event_stream.h"
#include "shared/http/request.h"
#include "shared/oauth/error.h"
#include "shared/oauth/event.h"

#include <cstddef>
#include <memory>
#include <string>

namespace stile {

// Thread-safe. Tests have one that keeps the events in memory.
class Audit {
public:
    virtual ~Audit() = default;

    // Adds the address and the id of the request.
    void record(const Request& request, Event event);

    // Records a refusal and returns the error for the response, which is then not logged a second time.
    std::unexpected<OAuthError> refuse(const Request& request, Event event, ErrorCode code, std::string description);

protected:
    virtual void write(Event event) = 0;
};

class AuditTrail final : public Audit {
public:
    // About `kept` entries stay in the stream; 0 writes none.
    AuditTrail(const Log& log, const Clock& clock, Loop& loop, Connection& connection, std::size_t kept);

private:
    void write(Event event) override;

    const Log& m_log;
    const Clock& m_clock;
    std::unique_ptr<EventStream> m_stream;
};

} // namespace stile
