// count_attempt, forgive_attempt: throttle:<what>:<whose>.
#include "shared/store/throttles.h"
#include "tests/store/store.h"

namespace stile {

namespace {

constexpr ThrottleRule rule = {"login:user", 3, 10, 900};
const std::string key = "throttle:login:user:alice";

// One attempt for alice; 0 if it may be checked, otherwise the seconds to wait.
Seconds attempt(Store& store, Seconds now = noon)
{
    return must(Throttles(store.connection).count({{rule, "alice"}}, now)).seconds;
}

void forgive(Store& store)
{
    must(Throttles(store.connection).forgive({{rule, "alice"}}));
}

} // namespace

TEST_CASE("STILE-store-41 after the free failures each further one blocks attempts for 1, 2, 4 … seconds")
{
    Store store;
    for (int i = 0; i < rule.free; ++i)
        CHECK(attempt(store) == 0);
    Seconds now = noon;
    for (const Seconds wait : {1, 2, 4, 8, 10, 10, 10}) { // at most `longest`
        CHECK(attempt(store, now) == 0);
        CHECK(attempt(store, now) == wait);
        CHECK(attempt(store, now + wait - 1) == 1);
        now += wait;
    }
}

TEST_CASE("STILE-store-42 a refused attempt is not counted and does not lengthen the wait")
{
    Store store;
    for (int i = 0; i <= rule.free; ++i)
        attempt(store);
    const auto before = store.record(key)["attempts"];
    for (int i = 0; i < 50; ++i)
        CHECK(attempt(store) == 1);
    CHECK(store.record(key)["attempts"] == before);
    CHECK(attempt(store, noon + 1) == 0);
}

TEST_CASE("STILE-store-43 after a window without attempts all failures have expired; each attempt restarts it")
{
    Store store;
    attempt(store);
    CHECK(is_about(store.lifetime(key), 900));
    store.ask({"EXPIRE", key, "5"});
    attempt(store);
    CHECK(is_about(store.lifetime(key), 900));
    CHECK(store.fields(key) == std::vector<std::string>{"attempts", "eased_at"});
}

TEST_CASE("STILE-store-44 a success removes its own attempt and no other")
{
    Store store;
    for (int i = 0; i < rule.free; ++i)
        attempt(store);
    forgive(store);
    CHECK(store.record(key)["attempts"] == "2");
    CHECK(attempt(store) == 0);
    CHECK(attempt(store) == 0); // starts the wait
    CHECK(attempt(store) == 1);
}

TEST_CASE("STILE-store-44 successful logins never cause a wait")
{
    Store store;
    for (int i = 0; i < 50; ++i) {
        CHECK(attempt(store) == 0);
        forgive(store);
    }
    CHECK_FALSE(store.exists(key));
    forgive(store); // nothing to take back is no error
    CHECK_FALSE(store.exists(key));
}

TEST_CASE("STILE-store-44 a success removes the wait that its own attempt caused")
{
    Store store;
    for (int i = 0; i <= rule.free; ++i)
        CHECK(attempt(store) == 0);
    forgive(store);
    CHECK(attempt(store) == 0);
}

TEST_CASE("STILE-store-45 each account and each rule is counted separately")
{
    Store store;
    for (int i = 0; i <= rule.free; ++i)
        attempt(store);
    REQUIRE(attempt(store) == 1);
    const ThrottleRule other = {"login:address", 3, 10, 900};
    CHECK(must(Throttles(store.connection).count({{rule, "bob"}}, noon)).seconds == 0);
    CHECK(must(Throttles(store.connection).count({{other, "alice"}}, noon)).seconds == 0);
    CHECK(store.keys() == std::vector<std::string>{"throttle:login:address:alice", key, "throttle:login:user:bob"});
}

TEST_CASE("STILE-throttle-12 an attempt that must wait for one counter is counted by none, and costs one round trip if "
          "it is checked")
{
    Store store;
    const std::vector<AttemptCounter> narrow_and_wide = {{{"login:address", 1, 10, 900}, "narrow"},
                                                         {{"login:address", 3, 10, 900}, "wide"}};
    const std::vector<AttemptCounter> other_and_wide = {{{"login:address", 1, 10, 900}, "other"}, narrow_and_wide[1]};
    Throttles throttles(store.connection);
    const auto attempts = [&](const std::string& whose) {
        return store.record("throttle:login:address:" + whose)["attempts"];
    };
    CHECK(must(throttles.count(narrow_and_wide, noon)).seconds == 0);
    CHECK(must(throttles.count(narrow_and_wide, noon)).seconds == 0); // closes the narrow one
    CHECK(must(throttles.count(narrow_and_wide, noon)).seconds == 1);
    CHECK(attempts("narrow") == "2");
    CHECK(attempts("wide") == "2");
    CHECK(must(throttles.count(other_and_wide, noon)).seconds == 0);
    CHECK(must(throttles.count({narrow_and_wide[1]}, noon)).seconds == 0); // closes the wide one
    const auto refused = must(throttles.count(other_and_wide, noon));
    CHECK(refused.seconds == 1);
    CHECK(name_of(refused.by) == "login:address:wide");
    CHECK(attempts("other") == "1");
    must(throttles.forgive(other_and_wide));
    CHECK_FALSE(store.exists("throttle:login:address:other"));
    CHECK(attempts("wide") == "3");
    CHECK(must(throttles.count({}, noon)).seconds == 0);
    must(throttles.forgive({}));
}

TEST_CASE("STILE-store-46 the maximum wait is not exceeded after thousands of failures")
{
    Store store;
    store.ask({"HSET", key, "attempts", "100000"});
    CHECK(attempt(store) == 0);
    CHECK(attempt(store) == rule.longest);
}

TEST_CASE("STILE-store-46 a wait longer than the window does not end early")
{
    Store store;
    const ThrottleRule long_wait = {"login:user", 0, 600, 60};
    store.ask({"HSET", key, "attempts", "20"});
    must(Throttles(store.connection).count({{long_wait, "alice"}}, noon));
    REQUIRE(must(Throttles(store.connection).count({{long_wait, "alice"}}, noon)).seconds == 600);
    CHECK(store.lifetime(key) >= 595); // otherwise the wait ends when the record expires
}

TEST_CASE("STILE-throttle-1 failures expire one by one, so that the mistakes of one office do not add up for days")
{
    Store store; // three failures in 900 seconds: one expires every 300
    for (int i = 0; i < rule.free; ++i)
        attempt(store);
    attempt(store, noon + 299);
    CHECK(store.record(key)["attempts"] == "4");
    // Steady attempts do not keep the older ones: each of these is made before the next one expires.
    Seconds now = noon + 310;
    for (int i = 0; i < 4; ++i, now += 150)
        CHECK(attempt(store, now) == 0);
    CHECK(store.record(key)["attempts"] == "6"); // eight were counted, two have expired at 300 and 600
    CHECK(attempt(store, now + 2000) == 0);
    CHECK(store.record(key)["attempts"] == "1");
    CHECK(attempt(store, now + 2000) == 0);
}

TEST_CASE("STILE-throttle-1 a clock that goes back neither expires failures nor causes a wait")
{
    Store store;
    attempt(store);
    CHECK(attempt(store, noon - 5000) == 0);
    CHECK(store.record(key)["attempts"] == "2");
}

TEST_CASE("STILE-throttle-2 the operator sees the number of failures of each account, and can reset one of them")
{
    Store store;
    Throttles throttles(store.admin);
    CHECK(must(throttles.list()).empty());
    for (int i = 0; i <= rule.free; ++i)
        attempt(store);
    must(throttles.count({{{"login:address", 3, 10, 900}, "2001:db8::/64"}}, noon));
    const auto seen = must(throttles.list());
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].name == "login:address:2001:db8::/64");
    CHECK(seen[0].attempts == 1);
    CHECK(seen[0].closed_until == 0);
    CHECK(seen[1].name == "login:user:alice");
    CHECK(seen[1].attempts == 4);
    CHECK(seen[1].closed_until == noon + 1);
    CHECK(must(throttles.lift("login:user:alice")));
    CHECK_FALSE(must(throttles.lift("login:user:alice")));
    CHECK(store.keys() == std::vector<std::string>{"throttle:login:address:2001:db8::/64"});
}

} // namespace stile
