#include "functions/stile/command.h"

#include "shared/http/network.h"

#include <algorithm>
#include <iostream>
#include <memory>

namespace stile::admin {

namespace {

// Failed attempts that are remembered, and for how long the next one is refused.
Result<int> list(Workplace& workplace)
{
    const auto throttles = TRY(workplace.throttles.list());
    const Seconds now = workplace.clock.now();
    for (const auto& throttle : throttles) {
        std::cout << throttle.name << "  failed: " << throttle.attempts;
        if (throttle.closed_until > now)
            std::cout << "  closed for: " << throttle.closed_until - now << " s";
        std::cout << '\n';
    }
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
    std::cout << "unlocked; " << lifted << " throttles lifted\n";
    return done;
}

void add_throttle_commands(CLI::App& app, int& status)
{
    auto* throttle = app.add_subcommand("throttle", "Throttles: failed logins and failed authentications of clients");
    throttle->require_subcommand(1);
    throttle->add_subcommand("list", "Lists who has failed how often, and who is refused for how long")
        ->callback([&status] { status = run(list); });
    const auto address = std::make_shared<std::string>();
    auto* lift = throttle->add_subcommand("lift", "Forgets the failures from an address");
    lift->add_option("address", *address, "IPv4 or IPv6 address, or a network as listed")->required();
    lift->callback(
        [&status, address] { status = run([&](Workplace& workplace) { return lift_address(*address, workplace); }); });
}

} // namespace stile::admin
