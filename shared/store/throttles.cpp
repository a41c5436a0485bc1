#include "shared/store/throttles.h"

#include "shared/store/scan.h"

namespace stile {

namespace {

constexpr std::string_view family = "throttle:";

std::string key_of(const ThrottleRule& rule, std::string_view whose)
{
    return std::string(family).append(rule.what).append(":").append(whose);
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

Result<std::vector<Throttle>> Throttles::list()
{
    std::vector<Throttle> throttles;
    auto names = TRY(names_below(m_connection, family));
    for (auto& name : names) {
        const auto key = std::string(family) + name;
        const Record record(TRY(m_connection.command({"HGETALL", key})));
        if (record.exists())
            throttles.push_back(
                {std::move(name), static_cast<int>(record.number("attempts")), record.number("closed_until")});
    }
    return throttles;
}

Result<bool> Throttles::lift(std::string_view name)
{
    const auto key = std::string(family).append(name);
    return TRY(m_connection.command({"DEL", key})).integer == 1;
}

} // namespace stile
