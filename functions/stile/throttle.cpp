#include "functions/stile/command.h"

#include "shared/http/network.h"

#include <algorithm>
#include <memory>

namespace stile::admin {

namespace {

// Failed attempts that are remembered, and for how long the next one is refused.
Result<int> list(Workplace& workplace)
{
    const auto throttles = TRY(workplace.throttles.list());
    const Seconds now = workplace.clock.now();
    std::vector<Row> rows;
    rows.reserve(throttles.size());
    for (const auto& throttle : throttles) {
        Entry entry = {{"throttle", throttle.name},
                       {"failed", throttle.attempts, "failed: " + std::to_string(throttle.attempts)}};
        if (throttle.closed_until > now) {
            const auto left = throttle.closed_until - now;
            entry.push_back({"closed_for", left, "closed for: " + std::to_string(left) + " s"});
        }
        rows.push_back(row_of(std::move(entry)));
    }
    workplace.print.list(rows);
    return done;
}

// Logins from an address and clients at it. An IPv6 address stands for its network, as it does when it is counted.
Result<int> lift_address(const std::string& address, Workplace& workplace)
{
    const auto network = network_of(address);
    return lift_throttles(
        [&](std::string_view name) {
            return name == "login:address:" + network || (name.starts_with("client:") && name.ends_with(":" + network));
        },
        {.address = network}, workplace);
}

} // namespace

Result<int> lift_throttles(const std::function<bool(std::string_view name)>& is_meant, Event about,
                           Workplace& workplace)
{
    const auto throttles = TRY(workplace.throttles.list());
    std::size_t lifted = 0;
    for (const auto& throttle : throttles)
        if (is_meant(throttle.name) && TRY(workplace.throttles.lift(throttle.name)))
            ++lifted;
    if (lifted > 0) {
        about.name = EventName::throttles_lifted;
        about.count = lifted;
        workplace.record(std::move(about));
    }
    workplace.print.report("unlocked; " + std::to_string(lifted) + " throttles lifted",
                           {{"throttles_lifted", static_cast<std::int64_t>(lifted)}});
    return done;
}

void add_throttle_commands(Command& app, CommandLine& line)
{
    auto* throttle = app.add_subcommand("throttle", "Throttles: failed logins and failed client authentications");
    throttle->require_subcommand(1);
    throttle->add_subcommand("list", "Lists failed attempts and current blocks")->callback([&line] { line.run(list); });
    const auto address = std::make_shared<std::string>();
    auto* lift = throttle->add_subcommand("lift", "Deletes the failures from an address");
    lift->add_option("address", *address, "IPv4 or IPv6 address, or a network as listed")->required();
    lift->callback(
        [&line, address] { line.run([&](Workplace& workplace) { return lift_address(*address, workplace); }); });
}

} // namespace stile::admin
