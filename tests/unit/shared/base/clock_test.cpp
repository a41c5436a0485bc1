#include "shared/base/clock.h"

#include <catch2/catch.hpp>

#include <ctime>

using namespace stile;

TEST_CASE("STILE-clock-1 now() is the time of the system in seconds since 1970")
{
    const auto before = std::time(nullptr);
    const auto now = SystemClock().now();
    const auto after = std::time(nullptr);
    CHECK(now >= before - 1); // time() may read a coarser clock that lags by a tick
    CHECK(now <= after + 1);
}

TEST_CASE("STILE-clock-2 monotonic milliseconds never step back")
{
    const SystemClock clock;
    auto last = clock.monotonic_milliseconds();
    for (int i = 0; i < 1000; ++i) {
        const auto next = clock.monotonic_milliseconds();
        REQUIRE(next >= last);
        last = next;
    }
}
