// throttle:<what>:<whose>: the number of failed attempts. An attempt is counted before the check, so that simultaneous
// attempts cannot bypass the limit.
#pragma once

#include "shared/base/clock.h"
#include "shared/oauth/settings.h"
#include "shared/store/connection.h"

#include <string>
#include <string_view>
#include <vector>

namespace stile {

struct Throttle {
    std::string name; // what and whose: "login:user:alice", "client:shop:192.0.2.7"
    int attempts = 0;
    Seconds closed_until = 0;
};

// The failed attempts of one account, address or client, by a rule.
struct AttemptCounter {
    ThrottleRule rule;
    std::string whose;
};

// Whether an attempt may be checked.
struct Wait {
    Seconds seconds = 0; // until the next attempt is allowed; 0: check this one
    AttemptCounter by{}; // the counter that refuses it, for the longest time
};

// The name of a counter, as it is listed.
std::string name_of(const AttemptCounter& counter);

class Throttles {
public:
    explicit Throttles(Connection& connection) : m_connection(connection) {}

    // One attempt for all of the counters, in one round trip. If it must be refused unchecked none of the counters has it
    // (which takes a second round trip if some had counted it).
    Result<Wait> count(const std::vector<AttemptCounter>& counters, Seconds now);

    // The attempt succeeded: none of the counters has it any longer. One round trip.
    Result<void> forgive(const std::vector<AttemptCounter>& counters);

    // For the admin command: all current counters, and the reset of one of them. `name` as listed; returns whether it
    // existed.
    Result<std::vector<Throttle>> list();
    Result<bool> lift(std::string_view name);

private:
    Connection& m_connection;
};

} // namespace stile
