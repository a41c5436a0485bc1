// Which deliveries of logout tokens may begin.
#include "functions/logout/host_limits.h"
#include "tests/support/catch.h"

namespace stile::logout {

namespace {

using Admission = HostLimits::Admission;
using Outcome = HostLimits::Outcome;

constexpr std::int64_t now = 1'000'000; // monotonic milliseconds

// Suspends the host.
void let_time_out(HostLimits& limits, const std::string& host, int times = HostLimits::timeouts_to_suspend)
{
    for (int i = 0; i < times; ++i) {
        REQUIRE(limits.begin("app", host, now) == Admission::now);
        limits.end(host, Outcome::timed_out, now);
    }
}

} // namespace

TEST_CASE("STILE-backchannel-14 at most four deliveries are under way to a host, and its clients are then busy")
{
    HostLimits limits;
    for (int i = 0; i < 4; ++i) {
        CHECK(limits.busy_clients().empty());
        CHECK(limits.begin("app", "a.example", now) == Admission::now);
    }
    CHECK(limits.busy_clients() == std::vector<std::string>{"app"});
    CHECK(limits.begin("other", "a.example", now) == Admission::later); // another client of the same host
    CHECK(limits.busy_clients() == std::vector<std::string>{"app", "other"});
    CHECK(limits.begin("third", "b.example", now) == Admission::now);
    limits.end("a.example", Outcome::answered, now);
    CHECK(limits.busy_clients().empty());
    CHECK(limits.begin("other", "a.example", now) == Admission::now);
}

TEST_CASE("STILE-backchannel-15 the room is full with 64 deliveries, of which one host has at most four")
{
    HostLimits limits;
    for (int i = 0; i < 64; ++i) {
        CHECK(limits.has_room());
        const auto host = std::to_string(i / 4) + ".example";
        REQUIRE(limits.begin(host, host, now) == Admission::now);
    }
    CHECK_FALSE(limits.has_room());
    limits.end("0.example", Outcome::failed, now);
    CHECK(limits.has_room());
    static_assert(HostLimits::most_per_host <= HostLimits::most / 4);
}

TEST_CASE("STILE-backchannel-16 after three time-outs in a row a host gets one delivery a minute, until it answers")
{
    HostLimits limits;
    let_time_out(limits, "a.example", 2);
    CHECK(limits.begin("app", "a.example", now) == Admission::now);
    SECTION("an answer in between begins the count anew")
    {
        limits.end("a.example", Outcome::answered, now);
        let_time_out(limits, "a.example", 2);
        CHECK(limits.begin("app", "a.example", now) == Admission::now);
    }
    SECTION("a refused connection is no answer, and no time-out")
    {
        limits.end("a.example", Outcome::failed, now);
        CHECK(limits.begin("app", "a.example", now) == Admission::now);
        limits.end("a.example", Outcome::timed_out, now);
        CHECK(limits.begin("app", "a.example", now) == Admission::suspended);
    }
    SECTION("probes")
    {
        limits.end("a.example", Outcome::timed_out, now);
        CHECK(limits.begin("app", "a.example", now + 59'999) == Admission::suspended);
        CHECK(limits.begin("app", "b.example", now) == Admission::now); // others are not affected
        CHECK(limits.begin("app", "a.example", now + 60'000) == Admission::now);
        CHECK(limits.begin("app", "a.example", now + 60'001) == Admission::suspended); // one probe
        limits.end("a.example", Outcome::timed_out, now + 65'000);
        CHECK(limits.begin("app", "a.example", now + 124'999) == Admission::suspended);
        CHECK(limits.begin("app", "a.example", now + 125'000) == Admission::now);
        limits.end("a.example", Outcome::answered, now + 125'000);
        for (int i = 0; i < 4; ++i)
            CHECK(limits.begin("app", "a.example", now + 125'000) == Admission::now);
    }
}

TEST_CASE("STILE-backchannel-17 a host is what stands before the path, with its port")
{
    CHECK(HostLimits::host_of("https://a.example/told?x=1") == "a.example");
    CHECK(HostLimits::host_of("https://a.example:8443/told") == "a.example:8443");
    CHECK(HostLimits::host_of("http://[::1]:80?x") == "[::1]:80");
    CHECK(HostLimits::host_of("https://a.example") == "a.example");
}

} // namespace stile::logout
