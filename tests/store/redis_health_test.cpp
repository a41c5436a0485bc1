#include "shared/store/redis_health.h"

#include "tests/store/store.h"

namespace stile {

namespace {

// A separate Redis, and the object under test.
struct Watched {
    RedisServer redis;
    SystemClock clock;
    Connection operators{redis.address(), clock};
    Connection connection{redis.address("stile-metrics"), clock};
    RedisHealth redis_health{connection};
};

} // namespace

TEST_CASE("STILE-storage-1 a Redis that refuses writes is reported as not ready, with the reason")
{
    Watched watched;
    auto& redis_health = watched.redis_health;
    CHECK(must(redis_health.problem()).empty());
    must(watched.operators.command({"REPLICAOF", "127.0.0.1", "1"}));
    CHECK(must(redis_health.problem()) == "Redis is a read-only replica");
    must(watched.operators.command({"REPLICAOF", "NO", "ONE"}));
    CHECK(must(redis_health.problem()).empty());
}

TEST_CASE("STILE-storage-2 grants are counted exactly among few keys, and estimated among many")
{
    Watched watched;
    auto& redis_health = watched.redis_health;
    const auto add = [&](const std::string& family, int count) {
        std::vector<std::string> keys;
        for (int i = 0; i < count; ++i)
            keys.push_back(family + ":{" + std::to_string(i) + "}");
        std::vector<Arguments> commands;
        for (const auto& key : keys)
            commands.push_back({"SET", key, "x"});
        must(watched.operators.pipeline(commands));
    };
    add("grant", 100);
    add("access", 300);
    const auto few = must(redis_health.count_grants());
    CHECK(few.grants == 100);
    CHECK_FALSE(few.is_estimate);

    add("grant", 10'000);
    add("access", 20'000);
    const auto many = must(redis_health.count_grants());
    CHECK(many.is_estimate);
    CHECK(many.grants > 7'300); // 10,000, with six times the spread of a sample of 1,000 to each side
    CHECK(many.grants < 12'700);
}

TEST_CASE("STILE-storage-3 waiting logout notices are counted beside the grants, where the rights allow it")
{
    Watched watched;
    CHECK(must(watched.redis_health.count_grants()).logout_notices == 0);
    must(watched.operators.command({"ZADD", "logout_notices", "1", "1 a app alice sid", "2", "1 b app alice sid"}));
    CHECK(must(watched.redis_health.count_grants()).logout_notices == 2);
    // An upgraded program with the rights of the version before.
    must(watched.operators.command({"ACL", "SETUSER", "stile-metrics", "clearselectors"}));
    const auto count = must(watched.redis_health.count_grants());
    CHECK(count.grants == 0);
    CHECK_FALSE(count.logout_notices);
}

} // namespace stile
