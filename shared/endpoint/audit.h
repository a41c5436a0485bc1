// The audit trail: each security event is one line on stderr before its request is answered, and one entry of the stream
// `events` in Redis a moment later. Recording waits for nobody and cannot fail.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/endpoint/event_stream.h"
#include "shared/http/request.h"
#include "shared/oauth/error.h"
#include "shared/oauth/event.h"
#include "shared/store/address.h"

#include <cstddef>
#include <memory>
#include <string>

namespace stile {

// Thread-safe. Tests have one that remembers.
class Audit {
public:
    virtual ~Audit() = default;

    // Where from and in which request is added here.
    void record(const Request& request, Event event);

    // For a refusal: records it, and gives the error to return, which respond() then does not log a second time.
    std::unexpected<OAuthError> refuse(const Request& request, Event event, ErrorCode code, std::string description);

protected:
    virtual void write(Event event) = 0;
};

class AuditTrail final : public Audit {
public:
    // About `kept` entries stay in the stream; 0 writes none.
    AuditTrail(const Log& log, const Clock& clock, const RedisAddress& redis, std::size_t kept);

private:
    void write(Event event) override;

    const Log& m_log;
    const Clock& m_clock;
    std::unique_ptr<EventStream> m_stream;
};

} // namespace stile
