// Many connections, one thread: each connection has one request under way at a time, as a client that waits for its
// answer does.
#pragma once

#include "tests/bench/load/flow.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace stile::load {

struct Target {
    std::string host = "127.0.0.1";
    int port = 8000;
};

struct Amount {
    std::int64_t requests = 0; // counted ones; 0: no bound
    double seconds = 0; // 0: no bound
};

struct Tally {
    std::int64_t well = 0;
    std::map<int, std::int64_t> failed; // by status; 0: the connection was refused or ended
    std::vector<std::uint32_t> latencies; // microseconds, of those that went well
};

struct Outcome {
    std::map<std::string, Tally, std::less<>> operations;
    Tally on_the_way; // steps that belong to no operation; without latencies
    std::int64_t stuck = 0; // requests without an answer `patience` seconds after the end
    double seconds = 0;
};

constexpr int patience = 15; // seconds

// Throws std::runtime_error when it cannot begin.
Outcome drive(const Target& target, const FlowKind& kind, const Identity& who, int connections, const Amount& amount);

} // namespace stile::load
