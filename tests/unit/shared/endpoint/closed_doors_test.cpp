#include "shared/endpoint/closed_doors.h"

#include "tests/support/catch.h"

using namespace stile;

namespace {

const Event throttled = {.name = EventName::login_throttled};

std::vector<std::string> counts_of(const std::vector<Event>& events)
{
    std::vector<std::string> counts;
    for (const auto& event : events)
        counts.push_back(event.count.text());
    return counts;
}

} // namespace

TEST_CASE("STILE-audit-56 the first refusal of a closed throttle is told, the others are counted until it opens")
{
    ClosedDoors doors;
    CHECK(doors.refuse("a", 100, throttled));
    CHECK_FALSE(doors.refuse("a", 100, throttled));
    CHECK_FALSE(doors.refuse("a", 100, throttled));
    CHECK(doors.refuse("b", 120, throttled));
    CHECK(doors.opened(99).empty());
    CHECK(counts_of(doors.opened(100)) == std::vector<std::string>{"2"});
    CHECK(doors.opened(100).empty());
    CHECK(doors.refuse("a", 200, throttled)); // closed again
    CHECK(doors.opened(150).empty()); // "b" has refused only one
    CHECK_FALSE(doors.refuse("a", 300, throttled)); // closed for longer meanwhile
    CHECK(doors.opened(200).empty());
    CHECK(counts_of(doors.all()) == std::vector<std::string>{"1"});
    CHECK(doors.empty());
}

TEST_CASE("STILE-audit-57 memory is bounded: the refusals of too many closed throttles are counted together")
{
    ClosedDoors doors;
    for (std::size_t i = 0; i < ClosedDoors::max_doors; ++i)
        REQUIRE(doors.refuse(std::to_string(i), 100, throttled));
    for (int i = 0; i < 500; ++i)
        CHECK_FALSE(doors.refuse("further " + std::to_string(i), 100, throttled));
    CHECK_FALSE(doors.refuse("1", 100, throttled));
    CHECK(counts_of(doors.opened(100)) == std::vector<std::string>{"1", "500"});
}
