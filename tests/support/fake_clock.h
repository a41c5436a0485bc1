// A clock that changes only when a test sets it.
#pragma once

#include "shared/base/clock.h"

#include <atomic>

namespace stile::test {

class FakeClock final : public Clock {
public:
    Seconds now() const override { return m_milliseconds / 1000; }
    std::int64_t monotonic_milliseconds() const override { return m_milliseconds; }

    void advance(Seconds seconds) { m_milliseconds += seconds * 1000; }
    void advance_milliseconds(std::int64_t milliseconds) { m_milliseconds += milliseconds; }

private:
    std::atomic<std::int64_t> m_milliseconds = 1'700'000'000'000; // 2023-11-14 22:13:20 UTC
};

} // namespace stile::test
