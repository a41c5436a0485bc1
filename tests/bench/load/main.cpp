// The load generator: drives one flow over many kept connections and says, as one line of JSON, how it went.
#include "tests/bench/load/engine.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <numeric>

namespace {

using namespace stile::load;

// The latency that `share` of the requests stayed within, microseconds.
std::uint32_t percentile(std::vector<std::uint32_t>& latencies, double share)
{
    if (latencies.empty())
        return 0;
    const auto rank = static_cast<std::ptrdiff_t>(share * static_cast<double>(latencies.size() - 1));
    std::nth_element(latencies.begin(), latencies.begin() + rank, latencies.end());
    return latencies[static_cast<std::size_t>(rank)];
}

nlohmann::ordered_json report(Tally& tally)
{
    nlohmann::ordered_json failed = nlohmann::ordered_json::object();
    for (const auto& [status, count] : tally.failed)
        failed[std::to_string(status)] = count;
    nlohmann::ordered_json result = {{"well", tally.well}, {"failed", failed}};
    if (!tally.latencies.empty())
        result.update({{"p50_us", percentile(tally.latencies, 0.5)},
                       {"p99_us", percentile(tally.latencies, 0.99)},
                       {"max_us", percentile(tally.latencies, 1)}});
    return result;
}

nlohmann::ordered_json report(Outcome& outcome)
{
    nlohmann::ordered_json operations;
    for (auto& [name, tally] : outcome.operations)
        operations[name] = report(tally);
    return {{"seconds", outcome.seconds},
            {"operations", operations},
            {"on_the_way", report(outcome.on_the_way)},
            {"stuck", outcome.stuck}};
}

std::string list_of_flows()
{
    std::string text = "What each client does:";
    for (const auto& kind : flow_kinds())
        text.append("\n  ").append(kind.name).append(": ").append(kind.meaning);
    return text;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Drives a running Stile with one flow over many kept connections.");
    Target target;
    Identity who;
    Amount amount;
    int connections = 8;
    std::string flow;
    app.add_option("--flow", flow, list_of_flows())->required();
    app.add_option("--host", target.host, "IPv4 address")->capture_default_str();
    app.add_option("--port", target.port)->capture_default_str();
    app.add_option("--connections", connections)->capture_default_str()->check(CLI::Range(1, 10000));
    app.add_option("--requests", amount.requests, "How many, at least");
    app.add_option("--seconds", amount.seconds, "How long");
    app.add_option("--client-id", who.client_id)->capture_default_str();
    app.add_option("--client-secret", who.client_secret)->capture_default_str();
    app.add_option("--redirect-uri", who.redirect_uri)->capture_default_str();
    app.add_option("--scope", who.scope)->capture_default_str();
    app.add_option("--username", who.username)->capture_default_str();
    app.add_option("--password", who.password)->capture_default_str();
    app.add_option("--resource", who.resource)->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    const auto kind = std::ranges::find(flow_kinds(), flow, &FlowKind::name);
    if (kind == flow_kinds().end() || (amount.requests <= 0 && amount.seconds <= 0)) {
        std::cerr << "load: name a flow that exists, and --requests or --seconds\n";
        return 2;
    }
    try {
        auto outcome = drive(target, *kind, who, connections, amount);
        std::cout << report(outcome).dump() << '\n';
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "load: " << error.what() << '\n';
        return 1;
    }
}
