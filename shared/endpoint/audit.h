// The audit trail: each security event is one line on stderr before its request is answered, and one entry of a stream in
// Redis (store/events.h) a moment later. Recording never waits and cannot fail.
#pragma once

#include "shared/base/clock.h"
#include "shared/base/log.h"
#include "shared/endpoint/closed_doors.h"
#include "shared/endpoint/event_stream.h"
#include "shared/http/request.h"
#include "shared/oauth/error.h"
#include "shared/oauth/event.h"
#include "shared/oauth/event_chain.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>

namespace stile {

// Thread-safe, except what is about closed throttles: that is for the loop's thread. Tests have one that keeps the events in
// memory.
class Audit {
public:
    virtual ~Audit() = default;

    // Adds the address and the id of the request.
    void record(const Request& request, Event event);

    // Records a refusal and returns the error for the response, which is then not logged a second time.
    std::unexpected<OAuthError> refuse(const Request& request, Event event, ErrorCode code, std::string description);

    // Records that a throttle refuses this request, if it is the first since the throttle closed; the others are counted, and
    // their number is recorded when it has opened, with what is the same for all of them.
    struct Door {
        std::string name; // of the throttle
        Seconds opens_at; // since 1970
        Event of_all; // without request, count and reason
    };
    void refuse_at_door(const Request& request, Event event, Door door);
    // Call it before an attempt is counted: records how many requests the throttles have refused that have opened by `now`.
    void tell_opened(Seconds now);

protected:
    virtual void write(Event event) = 0;
    virtual void door_closed() {} // there are doors of which something is to be told later

    ClosedDoors m_doors;
};

class AuditTrail final : public Audit {
public:
    // About `kept` entries stay in each stream; 0 writes none. `random` is used only here.
    AuditTrail(const Log& log, const Clock& clock, Random& random, Loop& loop, Connection& connection,
               std::size_t kept);

private:
    void write(Event event) override;
    void door_closed() override;
    void watch_doors();

    const Log& m_log;
    const Clock& m_clock;
    Loop& m_loop;
    bool m_watches_doors = false; // a fiber does, or is about to
    std::mutex m_mutex; // of the chain: log and stream have its order
    EventChain m_chain;
    std::unique_ptr<EventStream> m_stream;
};

} // namespace stile
