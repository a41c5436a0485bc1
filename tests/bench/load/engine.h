// Many connections, one thread: each connection has one request under way at a time, as a client that waits for its
// answer does.
#pragma once

#include "tests/bench/load/flow.h"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace stile::load {

struct Target {
    std::string host = "127.0.0.1";
    int port = 8000;
};

struct Run {
    int connections = 8;
    std::int64_t requests = 0; // of the measured operation; 0: no bound
    double seconds = 0; // 0: no bound
    std::function<void()> on_begin = [] {
    }; // called when all clients are at the measured operation, and counting begins
    std::function<void(const std::string&)> on_product = [](const std::string&) {};
};

struct Outcome {
    std::int64_t well = 0; // of the measured operation
    std::map<int, std::int64_t> failed; // of all, by status; 0: the connection was refused or ended
    std::map<std::string, std::int64_t, std::less<>> steps; // the others, on the way, by operation
    std::vector<std::uint32_t> latencies; // microseconds, of the measured ones that went well
    std::int64_t stuck = 0; // requests without an answer `patience` seconds after the end
    double seconds = 0; // from the begin of counting
};

constexpr int patience = 15; // seconds

// Throws std::runtime_error when it cannot begin.
Outcome drive(const Target& target, const FlowKind& kind, const Identity& who, Stock& stock, const Run& run);

} // namespace stile::load
