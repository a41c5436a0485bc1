#include "shared/store/throttles.h"

#include "shared/base/text.h"
#include "shared/store/scan.h"

#include <algorithm>
#include <utility>

namespace stile {

namespace {

constexpr std::string_view family = "throttle:";

std::string key_of(const AttemptCounter& counter)
{
    return std::string(family) + name_of(counter);
}

Command counting(const AttemptCounter& counter, Seconds now)
{
    return Step("count_attempt")
        .key("throttle_key", key_of(counter))
        .with("now", now)
        .with("free", counter.rule.free)
        .with("longest", counter.rule.longest)
        .with("window", counter.rule.window)
        .command();
}

} // namespace

std::string name_of(const AttemptCounter& counter)
{
    return std::string(counter.rule.what).append(":").append(counter.whose);
}

Result<Wait> Throttles::count(const std::vector<AttemptCounter>& counters, Seconds now)
{
    std::vector<Command> commands;
    commands.reserve(counters.size());
    for (const auto& counter : counters)
        commands.push_back(counting(counter, now));
    auto replies = commands.empty() ? std::vector<Reply>() : TRY(m_connection.run(commands));
    Wait longest;
    std::vector<AttemptCounter> counted;
    for (std::size_t i = 0; i < replies.size(); ++i) {
        const auto wait = parse_number<Seconds>(Record(std::move(replies[i]))["wait"]);
        if (!wait) // an attempt that may not have been counted is refused
            return fail(ErrorCode::temporarily_unavailable, "the server cannot use its storage", "count_attempt");
        if (*wait == 0)
            counted.push_back(counters[i]);
        else if (*wait > longest.seconds)
            longest = {*wait, counters[i]};
    }
    if (longest.seconds > 0)
        TRY(forgive(counted));
    return longest;
}

Result<void> Throttles::forgive(const std::vector<AttemptCounter>& counters)
{
    std::vector<Command> commands;
    commands.reserve(counters.size());
    for (const auto& counter : counters)
        commands.push_back(Step("forgive_attempt").key("throttle_key", key_of(counter)).command());
    if (!commands.empty())
        TRY(m_connection.run(commands));
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
