// logout_notices.
#include "shared/store/logout_notices.h"
#include "tests/store/store.h"

namespace stile {

namespace {

constexpr std::int64_t now = noon * 1000;
using Taken = LogoutNotices::Taken;
using Next = LogoutNotices::Next;

Taken taken_from(LogoutNotices& notices, std::int64_t when)
{
    const auto answer = must(notices.take(when));
    REQUIRE(std::holds_alternative<Taken>(answer));
    return std::get<Taken>(answer);
}

std::optional<std::int64_t> next_of(LogoutNotices& notices, std::int64_t when)
{
    const auto answer = must(notices.take(when));
    REQUIRE(std::holds_alternative<Next>(answer));
    return std::get<Next>(answer).due;
}

} // namespace

TEST_CASE("STILE-backchannel-8 a notice is taken once, as it was added, and is deleted when it is done")
{
    Store store;
    LogoutNotices notices(store.connection);
    CHECK(next_of(notices, now) == std::nullopt);
    must(notices.add({}, now));
    CHECK_FALSE(store.exists("logout_notices"));
    must(notices.add({{"jti", "app", "alice", "sid"}}, now));
    const auto taken = taken_from(notices, now);
    CHECK(taken.notice.id == "jti");
    CHECK(taken.notice.client_id == "app");
    CHECK(taken.notice.subject == "alice");
    CHECK(taken.notice.sid == "sid");
    CHECK(taken.attempt == 1);
    CHECK_FALSE(taken.is_last);
    CHECK(next_of(notices, now) == now + LogoutNotices::lease);
    must(notices.done(taken));
    CHECK(next_of(notices, now) == std::nullopt);
    CHECK_FALSE(store.exists("logout_notices"));
}

TEST_CASE("STILE-backchannel-3 a notice that was taken, but neither done nor postponed, is taken again after the lease")
{
    Store store;
    LogoutNotices notices(store.connection);
    must(notices.add({{"jti", "app", "alice", "sid"}}, now));
    taken_from(notices, now);
    CHECK(next_of(notices, now + LogoutNotices::lease - 1) == now + LogoutNotices::lease);
    const auto again = taken_from(notices, now + LogoutNotices::lease);
    CHECK(again.notice.id == "jti");
    CHECK(again.attempt == 2);
}

TEST_CASE("STILE-backchannel-9 the pauses between attempts grow, and the last attempt is reported")
{
    Store store;
    LogoutNotices notices(store.connection);
    must(notices.add({{"jti", "app", "alice", "sid"}}, now));
    auto when = now;
    std::int64_t pause = 0;
    for (int attempt = 1; attempt <= 9; ++attempt) {
        const auto taken = taken_from(notices, when);
        CHECK(taken.attempt == attempt);
        CHECK(taken.is_last == (attempt == 9));
        must(notices.postpone(taken, when));
        const auto next = next_of(notices, when).value();
        CHECK((next - when > pause || attempt == 9));
        pause = next - when;
        if (attempt < 9)
            when = next;
    }
    CHECK(when - now > 80 * 60'000);
    CHECK(when - now < 100 * 60'000);
    // Another process has delivered it meanwhile: it is not queued again.
    const auto taken = taken_from(notices, when + 3'600'000);
    must(notices.done(taken));
    must(notices.postpone(taken, when));
    CHECK_FALSE(store.exists("logout_notices"));
}

TEST_CASE("STILE-backchannel-10 undelivered notices are deleted after a day, taken or not")
{
    Store store;
    LogoutNotices notices(store.connection);
    must(notices.add({{"jti", "app", "alice", ""}}, now));
    CHECK(is_about(store.lifetime("logout_notices"), 24 * 3600));
    CHECK(taken_from(notices, now).notice.sid.empty());
    CHECK(is_about(store.lifetime("logout_notices"), 24 * 3600));
}

TEST_CASE("STILE-backchannel-11 notices are taken in the order in which they are due")
{
    Store store;
    LogoutNotices notices(store.connection);
    must(notices.add({{"later", "app", "alice", "sid"}}, now + 1000));
    must(notices.add({{"b", "app", "alice", "sid"}, {"a", "app", "bob", "sid"}}, now));
    CHECK(taken_from(notices, now).notice.id == "a");
    CHECK(taken_from(notices, now).notice.id == "b");
    CHECK(next_of(notices, now) == now + 1000);
    CHECK(taken_from(notices, now + 1000).notice.id == "later");
}

TEST_CASE("STILE-full-redis-7 a Redis that is out of memory still adds, hands out and postpones notices")
{
    Store store;
    LogoutNotices notices(store.connection);
    must(notices.add({{"jti", "app", "alice", "sid"}}, now));
    store.ask({"CONFIG", "SET", "maxmemory", "1"});
    const auto added = notices.add({{"second", "app", "bob", "sid"}}, now + 1);
    const auto answer = notices.take(now);
    const auto postponed = notices.postpone(std::get<Taken>(must(answer)), now);
    store.ask({"CONFIG", "SET", "maxmemory", "0"});
    must(added);
    must(postponed);
    CHECK(taken_from(notices, now + 1).notice.id == "second");
    const auto due = next_of(notices, now + 1);
    CHECK(*due > now + 1);
    CHECK(*due < now + LogoutNotices::lease);
    CHECK(taken_from(notices, *due).attempt == 2);
}

TEST_CASE("STILE-backchannel-12 notices of busy clients are passed over, however many are due before those of others")
{
    Store store;
    LogoutNotices notices(store.connection);
    std::vector<LogoutNotice> many;
    for (int i = 0; i < 2500; ++i)
        many.push_back({std::to_string(i), "slow", "alice", "sid"});
    must(notices.add(many, now));
    must(notices.add({{"hers", "slow2", "alice", "sid"}, {"its", "good", "alice", "sid"}}, now + 1));
    const auto take = [&](const std::vector<std::string>& busy) { return must(notices.take(now + 1, busy)); };
    CHECK(std::get<Taken>(take({"slow", "slow2"})).notice.id == "its");
    CHECK(std::get<Taken>(take({"slow"})).notice.id == "hers"); // the whole id, not its beginning
    CHECK(std::get<Next>(take({"other", "slow"})).due == now + 1);
    CHECK(std::get<Taken>(take({})).notice.client_id == "slow");
}

TEST_CASE("STILE-backchannel-13 a notice that is put back is due again in a second, as the same attempt")
{
    Store store;
    LogoutNotices notices(store.connection);
    must(notices.add({{"jti", "app", "alice", "sid"}}, now));
    const auto first = taken_from(notices, now);
    must(notices.postpone(first, now));
    const auto second = taken_from(notices, now + 2000);
    CHECK(second.attempt == 2);
    must(notices.put_back(second, now + 2000));
    CHECK(next_of(notices, now + 2000) == now + 3000);
    const auto again = taken_from(notices, now + 3000);
    CHECK(again.attempt == 2);
    CHECK(again.notice.id == "jti");
    must(notices.done(again));
    CHECK_FALSE(store.exists("logout_notices"));
}

} // namespace stile
