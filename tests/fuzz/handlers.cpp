// Whole handlers: a request as nginx delivers it, and what Redis says to it. Lines: function and method ("token POST"),
// query, Content-Type, Cookie, Authorization, body, then one reply of Redis a line (support/redis_script.h).
#include "tests/support/handlers.h"
#include "shared/endpoint/context.h"
#include "shared/oauth/counter_labels.h"
#include "tests/fuzz/support/fuzz.h"
#include "tests/fuzz/support/markup.h"
#include "tests/fuzz/support/pages.h"
#include "tests/fuzz/support/redis_script.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"
#include "tests/support/recording_audit.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>

#include <algorithm>
#include <set>

namespace stile::fuzz {

namespace {

// Everything but the connection is new for each input, so that an input does the same whenever it runs.
Response answer(const test::Handler& function, const Request& request, std::string_view replies)
{
    static ScriptedRedis redis;
    static const Log log("fuzz", ::open("/dev/null", O_WRONLY | O_CLOEXEC));
    redis.script(replies);
    Settings settings;
    settings.issuer = "https://id.example";
    settings.issuer_is_https = true;
    settings.grant_types.emplace_back("password");
    const test::FakeClock clock;
    test::FixedRandom random;
    static const Metrics metrics("", "fuzz", counter_labels);
    RecordingAudit audit;
    ClientCache client_cache(5, clock);
    VerifiedSecrets verified_secrets(clock, random);
    static Loop loop;
    HashQueue hashes(loop, 1, 4);
    SecretChecks secret_checks(loop, hashes);
    KeyRing key_ring(5, clock, Secret("master key of at least 32 bytes!!"), Secret("0123456789abcdef0123456789abcdef"));
    const Process process = {settings,         clock,  random,        log,      metrics,     audit, client_cache,
                             verified_secrets, hashes, secret_checks, key_ring, &templates()};
    Connection connection(redis.address(), clock, nullptr, &loop);
    Context context(process, connection);
    return function.handle(request, context);
}

// Every tag that a template has, and no other, with nothing that runs.
void check_page(const std::string& body)
{
    static const std::set<std::string> known = [] {
        std::set<std::string> names;
        for (const auto& page : page_parts())
            for (const auto& tag : tags_of(page.text))
                names.insert(tag.name);
        return names;
    }();
    for (const auto& tag : tags_of(body)) {
        HOLDS(known.contains(tag.name));
        for (const auto& [name, value] : tag.attributes)
            HOLDS(!name.starts_with("on") && name != "srcdoc"
                  && (name == "value" || !value.starts_with("javascript:")));
    }
}

// A page of Stile, or a redirect URI from Redis; a loopback one may differ in its port.
void check_location(std::string_view location, std::string_view replies)
{
    if (location.starts_with('/'))
        return HOLDS(location.starts_with("/login?") || location.starts_with("/approve?") || location == "/oauth/logout"
                     || location.starts_with("/oauth/logout?"));
    if (location.starts_with("http://127.0.0.1") || location.starts_with("http://[::1]"))
        return HOLDS(replies.contains("http://127.0.0.1") || replies.contains("http://[::1]"));
    const auto parameter = std::min({location.find("?error="), location.find("&error="), location.find("?state="),
                                     location.find("&state="), location.find("?code="), location.find("&code=")});
    HOLDS(replies.contains(location.substr(0, std::min(parameter, location.size()))));
}

void check_response(const Response& response, std::string_view replies)
{
    static const std::set<int> statuses = {200, 204, 303, 400, 401, 403, 405, 409, 429, 503};
    HOLDS(statuses.contains(response.status));
    const auto header = [&](std::string_view wanted) {
        for (const auto& [name, value] : response.headers)
            if (name == wanted)
                return value;
        return std::string();
    };
    const auto cache = header("Cache-Control");
    HOLDS(cache == "no-store" || cache.starts_with("public, max-age="));
    HOLDS(header("X-Content-Type-Options") == "nosniff");
    HOLDS((response.status == 303) == !header("Location").empty());
    if (response.status == 303)
        return check_location(header("Location"), replies);
    if (header("Content-Type").starts_with("text/html")) {
        HOLDS(header("Content-Security-Policy").starts_with("default-src 'none'; ")
              && header("X-Frame-Options") == "DENY");
        return check_page(response.body);
    }
    if (response.status == 204) // a browser's question before a script's request
        return HOLDS(response.body.empty() && header("Access-Control-Allow-Origin") == "*");
    if (header("Content-Type") == "application/jwt")
        return HOLDS(std::ranges::count(response.body, '.') == 2);
    if (header("Content-Type").starts_with("text/plain")) // metrics
        return HOLDS(response.body.starts_with("# HELP stile_build_info "));
    HOLDS(header("Content-Type") == "application/json");
    HOLDS(response.body.empty() || nlohmann::json::parse(response.body).is_object()); // throws when it is no JSON
}

} // namespace

void fuzz(std::string_view input)
{
    const auto given = lines(input, 7);
    const auto end = std::min(given[0].find(' '), given[0].size());
    const auto functions = test::handlers();
    const auto function = std::ranges::find(functions, given[0].substr(0, end), &test::Handler::endpoint);
    if (function == functions.end())
        return;
    Request request;
    request.method = given[0].substr(std::min(end + 1, given[0].size()));
    request.query = given[1];
    request.content_type = given[2].empty() ? "application/x-www-form-urlencoded" : given[2];
    request.cookie = given[3];
    if (!given[4].empty())
        request.authorization = given[4];
    request.body = given[5];
    request.remote_address = "192.0.2.1";
    request.required_scope = "read";
    request.endpoints = "authorize token introspect revoke jwks";
    request.path = given[1].contains("jwks")    ? "/.well-known/jwks.json"
                   : given[1].contains("ready") ? "/health/ready"
                                                : "";
    // Argon2id takes a tenth of a second each time: its work is not tested here.
    if (given[6].contains("argon2"))
        return;
    check_response(answer(*function, request, given[6]), given[6]);
}

} // namespace stile::fuzz
