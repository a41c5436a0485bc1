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

class Throttles {
public:
    explicit Throttles(Connection& connection) : m_connection(connection) {}

    // 0: check the attempt. Otherwise the seconds until the next attempt is allowed; this one must be refused
    // unchecked.
    Result<Seconds> count(const ThrottleRule& rule, std::string_view whose, Seconds now);

    // The attempt succeeded: it is no longer counted.
    Result<void> forgive(const ThrottleRule& rule, std::string_view whose);

    // For the admin command: all current counters, and the reset of one of them. `name` as listed; returns whether it
    // existed.
    Result<std::vector<Throttle>> list();
    Result<bool> lift(std::string_view name);

private:
    Connection& m_connection;
};

} // namespace stile
