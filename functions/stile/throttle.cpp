#include "functions/stile/throttle.h"

#include "shared/http/network.h"

#include <algorithm>
#include <memory>

namespace stile::admin {

namespace {

// Failed attempts that still count, and for how long further attempts are blocked.
Result<int> list(AdminContext& context)
{
    const auto throttles = TRY(context.throttles.list());
    const Seconds now = context.clock.now();
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
    context.print.list(rows);
    return done;
}

// Failed logins and client authentications from an address. An IPv6 address stands for all networks that count it; a
// network as listed for itself.
Result<int> lift_address(const std::string& address, AdminContext& context)
{
    const auto networks = networks_of(address);
    return lift_throttles(
        [&](std::string_view name) {
            return std::ranges::any_of(networks, [&](const CountedNetwork& network) {
                return name == "login:address:" + network.name
                       || (name.starts_with("client:") && name.ends_with(":" + network.name));
            });
        },
        {.address = networks.front().name}, context);
}

} // namespace

Result<int> lift_throttles(const std::function<bool(std::string_view name)>& is_meant, Event about,
                           AdminContext& context)
{
    const auto throttles = TRY(context.throttles.list());
    std::size_t lifted = 0;
    for (const auto& throttle : throttles)
        if (is_meant(throttle.name) && TRY(context.throttles.lift(throttle.name)))
            ++lifted;
    if (lifted > 0) {
        about.name = EventName::throttles_lifted;
        about.count = lifted;
        context.record(std::move(about));
    }
    context.print.report("unlocked; " + counted(lifted, "throttle") + " lifted",
                         {{"throttles_lifted", static_cast<std::int64_t>(lifted)}});
    return done;
}

void add_throttle_commands(Command& app, CommandLine& line)
{
    auto* throttle = app.add_subcommand("throttle", "Throttles: failed logins and failed client authentications");
    throttle->require_subcommand(1);
    throttle->add_subcommand("list", "Lists failed attempts and current blocks")->callback([&line] { line.run(list); });
    const auto address = std::make_shared<std::string>();
    auto* lift = throttle->add_subcommand("lift", "Lifts the blocks of an address and deletes its failed attempts");
    lift->add_option("ADDRESS", *address, "IPv4 or IPv6 address, or a network as listed")->required();
    lift->callback(
        [&line, address] { line.run([&](AdminContext& context) { return lift_address(*address, context); }); });
}

} // namespace stile::admin
