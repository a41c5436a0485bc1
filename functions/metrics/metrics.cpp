// The counters are read from memory that the functions share, so they are available without Redis; the number of live
// grants and of waiting logout notices is read from Redis, and left out if Redis does not answer.
#include "functions/metrics/metrics.h"

#include "functions/metrics/exposition.h"
#include "shared/base/json.h"
#include "shared/base/version.h"
#include "shared/endpoint/respond.h"

namespace stile::metrics {

namespace {

Response text_response(std::string body)
{
    auto response = response_of(200);
    response.add_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = std::move(body);
    return response;
}

void add_requests(Exposition& exposition, const CounterLabels& labels, const std::vector<FunctionCounters>& functions)
{
    exposition.begin("stile_requests_total", "counter", "Answered requests by outcome.");
    for (const auto& [function, counters] : functions)
        for (std::size_t type = 0; type < labels.grant_types.size(); ++type)
            for (std::size_t outcome = 0; outcome < labels.outcomes.size(); ++outcome) {
                const bool is_known =
                    !labels.outcomes[outcome].empty() && (type == 0 || !labels.grant_types[type].empty());
                if (const auto count = counters->requests[type][outcome].load(); count > 0 && is_known)
                    exposition.sample({{"function", function},
                                       {"grant_type", labels.grant_types[type]},
                                       {"outcome", labels.outcomes[outcome]}},
                                      count);
            }
}

void add_histogram(Exposition& exposition, std::string_view name, std::string_view help,
                   const std::vector<FunctionCounters>& functions, const Histogram Counters::* which)
{
    exposition.begin(name, "histogram", help);
    for (const auto& [function, counters] : functions)
        exposition.histogram({{"function", function}}, *counters.*which);
}

void add_redis_health(Exposition& exposition, Context& context)
{
    const auto grants = context.redis_health.count_grants();
    exposition.begin("stile_redis_up", "gauge", "1 if Redis answered this scrape.");
    exposition.sample({}, grants.has_value());
    if (!grants)
        return;
    exposition.begin("stile_live_grants", "gauge",
                     "Live grants: counted up to 20,000 keys, above that estimated within about 3 %.");
    exposition.sample({}, static_cast<std::uint64_t>(grants->grants));
    if (!grants->logout_notices)
        return;
    exposition.begin("stile_logout_notices", "gauge", "Clients that are still to be notified of a logout.");
    exposition.sample({}, static_cast<std::uint64_t>(*grants->logout_notices));
}

std::string describe(Context& context)
{
    const auto functions = read_counters(context.metrics.folder());
    Exposition exposition;
    exposition.begin("stile_build_info", "gauge", "Always 1; the label is the version.");
    exposition.sample({{"version", version()}}, 1);
    add_requests(exposition, context.metrics.labels(), functions);
    add_histogram(exposition, "stile_request_duration_seconds",
                  "Time from reading a request to its answer, without nginx.", functions, &Counters::request_durations);
    add_histogram(exposition, "stile_redis_round_trip_seconds", "Time of each wait for Redis.", functions,
                  &Counters::round_trips);
    exposition.begin("stile_starts_total", "counter", "Started processes.");
    for (const auto& [function, counters] : functions)
        exposition.sample({{"function", function}}, counters->starts.load());
    add_redis_health(exposition, context);
    return exposition.take();
}

Response health(std::string_view problem)
{
    if (problem.empty())
        return json_response(200, json_object({{"status", std::string_view("ok")}}));
    auto response = json_response(503, json_object({{"status", std::string_view("unavailable")}, {"reason", problem}}));
    response.outcome = "temporarily_unavailable";
    response.add_header("Retry-After", std::to_string(retry_after));
    return response;
}

// Requests can be served if this process runs and Redis is reachable and accepts writes.
Response readiness(Context& context)
{
    const auto problem = context.redis_health.problem();
    return health(problem ? *problem : "Redis does not answer");
}

} // namespace

Response handle(const Request& request, Context& context)
{
    if (request.method != "GET" && request.method != "HEAD") // RFC 9110 §9.1
        return json_method_not_allowed("GET, HEAD");
    if (request.path.ends_with("/health/live"))
        return health("");
    if (request.path.ends_with("/health/ready"))
        return readiness(context);
    return text_response(describe(context));
}

} // namespace stile::metrics
