#include "shared/base/clock.h"

#include <chrono>

namespace stile {

namespace {

template <typename Unit, typename Point>
std::int64_t since_epoch(Point point)
{
    return std::chrono::duration_cast<Unit>(point.time_since_epoch()).count();
}

} // namespace

Seconds SystemClock::now() const
{
    return since_epoch<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::int64_t SystemClock::monotonic_milliseconds() const
{
    return since_epoch<std::chrono::milliseconds>(std::chrono::steady_clock::now());
}

} // namespace stile
