// throttle:<what>:<whose>: how often somebody has guessed. Counted before the guess is checked, so that many guesses
// at the same instant cannot slip past the count.
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

    // 0: go on and check. Else the seconds until the next attempt may be made; this one must be refused unchecked.
    Result<Seconds> count(const ThrottleRule& rule, std::string_view whose, Seconds now);

    // The attempt succeeded and counts no longer.
    Result<void> forgive(const ThrottleRule& rule, std::string_view whose);

    // For the admin command: all that is counted now, and an end to one of them. `name` as listed; gives whether there
    // was one.
    Result<std::vector<Throttle>> list();
    Result<bool> lift(std::string_view name);

private:
    Connection& m_connection;
};

} // namespace stile
