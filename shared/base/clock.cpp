#include "shared/base/clock.h"

#include <chrono>
#include <ctime>

namespace stile {

namespace {

template <typename Unit, typename Point>
std::int64_t since_epoch(Point point)
{
    return std::chrono::duration_cast<Unit>(point.time_since_epoch()).count();
}

} // namespace

std::string rfc3339(Seconds when)
{
    const std::time_t time = when;
    std::tm utc{};
    ::gmtime_r(&time, &utc);
    char text[32] = "";
    return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

Seconds SystemClock::now() const
{
    return since_epoch<std::chrono::seconds>(std::chrono::system_clock::now());
}

std::int64_t SystemClock::monotonic_milliseconds() const
{
    return since_epoch<std::chrono::milliseconds>(std::chrono::steady_clock::now());
}

} // namespace stile
