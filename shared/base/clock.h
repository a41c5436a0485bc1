// The time. It is passed in through Context, so that tests can set it.
#pragma once

#include <cstdint>
#include <string>

namespace stile {

using Seconds = std::int64_t;

// "2026-11-21T08:31:00Z" (RFC 3339 §5.6).
std::string rfc3339(Seconds when);

// Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;

    // Seconds since 1970-01-01 UTC (NumericDate of RFC 7519 §2).
    virtual Seconds now() const = 0;

    // Milliseconds that never decrease; for ages and timeouts inside one process.
    virtual std::int64_t monotonic_milliseconds() const = 0;
};

class SystemClock final : public Clock {
public:
    Seconds now() const override;
    std::int64_t monotonic_milliseconds() const override;
};

} // namespace stile
