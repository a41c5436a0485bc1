#include "shared/store/throttles.h"

namespace stile {

namespace {

std::string key_of(const ThrottleRule& rule, std::string_view whose)
{
    return std::string("throttle:").append(rule.what).append(":").append(whose);
}

} // namespace

Result<Seconds> Throttles::count(const ThrottleRule& rule, std::string_view whose, Seconds now)
{
    const auto key = key_of(rule, whose);
    const auto wait = TRY(m_connection.call(
        "count_attempt", {key},
        {std::to_string(now), std::to_string(rule.free), std::to_string(rule.longest), std::to_string(rule.window)}));
    return wait.integer;
}

Result<void> Throttles::forgive(const ThrottleRule& rule, std::string_view whose)
{
    const auto key = key_of(rule, whose);
    TRY(m_connection.call("forgive_attempt", {key}, {}));
    return {};
}

} // namespace stile
