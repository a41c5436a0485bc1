#include "shared/oauth/event_chain.h"

#include "tests/support/catch.h"
#include "tests/support/fixed_random.h"

using namespace stile;

namespace {

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

EventRecord record_of(EventName name)
{
    return {"2026-11-21T08:31:00Z", "token", {.name = name}};
}

} // namespace

TEST_CASE("STILE-audit-54 each event has the number of its place in the chain and the digest of the event before it")
{
    test::FixedRandom random;
    EventChain chain(random);
    auto first = record_of(EventName::refresh_rotated);
    auto second = record_of(EventName::code_redeemed);
    auto other_kind = record_of(EventName::refresh_reused);
    auto third = record_of(EventName::refresh_rotated);
    for (auto* record : {&first, &second, &other_kind, &third})
        chain.link(*record);
    CHECK(first.place.chain.size() == 12);
    CHECK(first.place.number == "1");
    CHECK(first.place.after.empty());
    CHECK(second.place.number == "2");
    CHECK(second.place.after == event_digest(first.fields()));
    CHECK(other_kind.place.number == "1");
    CHECK(other_kind.place.after.empty());
    CHECK(other_kind.place.chain == first.place.chain);
    CHECK(third.place.number == "3");
    CHECK(third.place.after == event_digest(second.fields()));
    EventChain another(random);
    auto of_another = record_of(EventName::refresh_rotated);
    another.link(of_another);
    CHECK(of_another.place.chain != first.place.chain);
}

TEST_CASE("STILE-audit-55 the digest of an event changes with each of its fields, their order and their limits")
{
    const auto digest = event_digest(Fields{{"event", "login_failed"}, {"user", "ann"}});
    // printf 'event=12:login_failed\nuser=3:ann\n' | sha256sum | cut -c 1-32
    CHECK(digest == "611214ae2b58337a8d4839d2ebd40d16");
    CHECK(event_digest(Fields{{"event", "login_failed"}, {"client_id", ""}, {"user", "ann"}}) == digest);
    for (const auto& other :
         {Fields{{"event", "login_failed"}, {"user", "anna"}}, Fields{{"event", "login_failed"}},
          Fields{{"user", "ann"}, {"event", "login_failed"}}, Fields{{"event", "login_failed\nuser=3:ann"}},
          Fields{{"event", "login_failed"}, {"sub", "ann"}}})
        CHECK(event_digest(other) != digest);
}
