#include "shared/base/clock.h"

#include "tests/support/catch.h"

#include <ctime>

using namespace stile;

TEST_CASE("STILE-clock-1 now() is the system time in seconds since 1970")
{
    const auto before = std::time(nullptr);
    const auto now = SystemClock().now();
    const auto after = std::time(nullptr);
    CHECK(now >= before - 1); // time() may read a coarser clock that lags by a tick
    CHECK(now <= after + 1);
}

TEST_CASE("STILE-clock-3 a time is written in RFC 3339 format, in UTC")
{
    CHECK(rfc3339(0) == "1970-01-01T00:00:00Z");
    CHECK(rfc3339(1'795'243'275) == "2026-11-21T06:41:15Z");
}

TEST_CASE("STILE-clock-2 monotonic milliseconds never decrease")
{
    const SystemClock clock;
    auto last = clock.monotonic_milliseconds();
    for (int i = 0; i < 1000; ++i) {
        const auto next = clock.monotonic_milliseconds();
        REQUIRE(next >= last);
        last = next;
    }
}
