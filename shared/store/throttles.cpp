#include "shared/store/throttles.h"

#include "shared/base/text.h"
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
    const auto reply = TRY(m_connection.call(Step("count_attempt")
                                                 .key("throttle_key", key_of(rule, whose))
                                                 .with("now", now)
                                                 .with("free", rule.free)
                                                 .with("longest", rule.longest)
                                                 .with("window", rule.window)));
    const auto wait = parse_number<Seconds>(reply["wait"]);
    if (!wait) // an attempt that may not have been counted is refused
        return fail(ErrorCode::temporarily_unavailable, "the server cannot use its storage", "count_attempt");
    return *wait;
}

Result<void> Throttles::forgive(const ThrottleRule& rule, std::string_view whose)
{
    TRY(m_connection.call(Step("forgive_attempt").key("throttle_key", key_of(rule, whose))));
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
