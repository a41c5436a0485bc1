// The counters of failed attempts from an address.
#pragma once

#include "shared/http/network.h"
#include "shared/store/throttles.h"

#include <string>
#include <string_view>
#include <vector>

namespace stile {

// One for each network that has the address (http/network.h), wider ones with as many more free attempts. `whose` stands
// before the network in its name.
inline std::vector<AttemptCounter> counters_of(const ThrottleRule& rule, const std::string& whose,
                                               std::string_view address)
{
    std::vector<AttemptCounter> counters;
    for (const auto& [network, share] : networks_of(address)) {
        auto& counter = counters.emplace_back(rule, whose + network);
        counter.rule.free *= share;
    }
    return counters;
}

} // namespace stile
