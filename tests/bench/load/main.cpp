// The load generator: drives one flow over many kept connections and says, as one line of JSON, how it went.
#include "tests/bench/load/engine.h"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <iostream>

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

nlohmann::ordered_json report(Outcome& outcome)
{
    nlohmann::ordered_json failed = nlohmann::ordered_json::object();
    for (const auto& [status, count] : outcome.failed)
        failed[std::to_string(status)] = count;
    nlohmann::ordered_json steps = nlohmann::ordered_json::object();
    for (const auto& [operation, count] : outcome.steps)
        steps[operation] = count;
    return {{"seconds", outcome.seconds},
            {"well", outcome.well},
            {"failed", failed},
            {"stuck", outcome.stuck},
            {"p50_us", percentile(outcome.latencies, 0.5)},
            {"p99_us", percentile(outcome.latencies, 0.99)},
            {"max_us", percentile(outcome.latencies, 1)},
            {"steps", steps}};
}

std::string list_of_flows()
{
    std::string text = "What each client does:";
    for (const auto& kind : flow_kinds())
        text.append("\n  ").append(kind.name).append(": ").append(kind.meaning);
    return text;
}

std::vector<std::string> lines_of(const std::string& path)
{
    std::ifstream file(path);
    std::vector<std::string> lines;
    for (std::string line; std::getline(file, line);)
        lines.push_back(line);
    return lines;
}

} // namespace

int main(int argc, char** argv)
{
    CLI::App app("Drives a running Stile, or a peer of it, with one flow over many kept connections. Prints `begun` "
                 "when all clients are "
                 "at the operation that is measured, and one line of JSON at the end.");
    Target target;
    Identity who;
    Run run;
    std::string flow, use, save;
    app.add_option("--flow", flow, list_of_flows())->required();
    app.add_option("--host", target.host, "IPv4 address")->capture_default_str();
    app.add_option("--port", target.port)->capture_default_str();
    app.add_option("--connections", run.connections)->capture_default_str()->check(CLI::Range(1, 10000));
    app.add_option("--requests", run.requests, "How many, at least");
    app.add_option("--seconds", run.seconds, "How long");
    app.add_option("--use", use, "A file of codes or tokens, one a line, to be used up");
    app.add_option("--save", save, "A file for the codes or tokens that are made, one a line");
    app.add_option("--client-id", who.client_id)->capture_default_str();
    app.add_option("--client-secret", who.client_secret)->capture_default_str();
    app.add_option("--redirect-uri", who.redirect_uri)->capture_default_str();
    app.add_option("--scope", who.scope)->capture_default_str();
    app.add_option("--username", who.username)->capture_default_str();
    app.add_option("--password", who.password)->capture_default_str();
    app.add_option("--resource", who.resource)->capture_default_str();
    app.add_option("--session-cookie", who.session_cookie, "name=value of a live session, instead of logging in");
    // Named as in RFC 8414 §2, without the host.
    app.add_option("--authorization-endpoint", who.endpoints.authorization)->capture_default_str();
    app.add_option("--token-endpoint", who.endpoints.token)->capture_default_str();
    app.add_option("--introspection-endpoint", who.endpoints.introspection)->capture_default_str();
    app.add_option("--revocation-endpoint", who.endpoints.revocation)->capture_default_str();
    app.add_option("--login-page", who.endpoints.login_page,
                   "Where it lies, if the authorization endpoint need not be asked");
    app.add_option("--metadata", who.endpoints.metadata)->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    const auto kind = std::ranges::find(flow_kinds(), flow, &FlowKind::name);
    if (kind == flow_kinds().end() || (run.requests <= 0 && run.seconds <= 0 && use.empty())) {
        std::cerr << "load: name a flow that exists, and --requests, --seconds or --use\n";
        return 2;
    }
    try {
        Stock stock(use.empty() ? std::vector<std::string>() : lines_of(use));
        std::ofstream saved;
        if (!save.empty()) {
            saved.open(save);
            run.on_product = [&](const std::string& product) { saved << product << '\n'; };
        }
        run.on_begin = [] { std::cout << "begun" << std::endl; };
        auto outcome = drive(target, *kind, who, stock, run);
        std::cout << report(outcome).dump() << '\n';
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "load: " << error.what() << '\n';
        return 1;
    }
}
