// Simultaneous calls, each over its own connection: one succeeds, and the others are refused.
#include "shared/store/keys.h"
#include "shared/store/throttles.h"
#include "tests/store/store.h"

#include <algorithm>
#include <atomic>
#include <barrier>
#include <memory>
#include <optional>
#include <thread>

namespace stile {

namespace {

struct Field {
    std::size_t threads;
    int rounds;
};

// Two threads find more than many on a fast path; many find more on a slow one.
Field field()
{
    return GENERATE(Field{2, 20}, Field{64, 4});
}

// The results of `threads` simultaneous calls of `step(store)`.
template <typename Step>
auto race(std::size_t threads, Step step)
{
    std::vector<std::unique_ptr<Store>> stores;
    for (std::size_t i = 0; i < threads; ++i) {
        stores.push_back(std::make_unique<Store>(Store::Shared()));
        stores.back()->ask({"PING"}); // connected before the start
    }
    std::barrier start(static_cast<std::ptrdiff_t>(threads));
    std::vector<std::optional<decltype(step(*stores[0]))>> answers(threads);
    {
        std::vector<std::jthread> runners;
        for (std::size_t i = 0; i < threads; ++i)
            runners.emplace_back([&, i] {
                start.arrive_and_wait();
                answers[i].emplace(step(*stores[i]));
            });
    }
    std::vector<decltype(must(step(*stores[0])))> values;
    for (auto& answer : answers)
        values.push_back(must(std::move(*answer)));
    return values;
}

template <typename Values, typename Outcome>
std::size_t count_of(const Values& values, Outcome outcome)
{
    return static_cast<std::size_t>(
        std::ranges::count_if(values, [&](const auto& value) { return value.outcome == outcome; }));
}

} // namespace

TEST_CASE("RFC6749-4.1.2-6 of simultaneous redemptions of one code one issues tokens, and the replays revoke them")
{
    const auto [threads, rounds] = field();
    Store store;
    for (int round = 0; round < rounds; ++round) {
        const auto code = store.issue_code();
        const auto all = race(threads, [&](Store& own) { return own.try_redeem(code); });
        REQUIRE(count_of(all, Redemption::Outcome::issued) == 1);
        REQUIRE(count_of(all, Redemption::Outcome::replayed) == threads - 1);
        REQUIRE(store.keys("grant:*").empty());
        REQUIRE(store.keys("access:*").empty());
        REQUIRE(live_refresh_tokens(store).empty());
    }
}

TEST_CASE("STILE-store-62 simultaneous wrong redemptions do not disturb the right one")
{
    const auto [threads, rounds] = field();
    Store store;
    for (int round = 0; round < rounds; ++round) {
        const auto code = store.issue_code();
        std::atomic<int> turn = 0;
        const auto all = race(threads, [&](Store& own) {
            return own.try_redeem(code, turn++ == 0 ? Presented{} : Presented{.client_id = "other"});
        });
        REQUIRE(count_of(all, Redemption::Outcome::issued) == 1);
        REQUIRE(count_of(all, Redemption::Outcome::wrong_client) == threads - 1);
        REQUIRE(store.keys("grant:*").size() == 1);
        store.ask({"FLUSHALL"});
    }
}

TEST_CASE("RFC9700-4.14.2-8 of simultaneous uses of one refresh token one rotates it, and no chain stays valid")
{
    const auto [threads, rounds] = field();
    Store store;
    for (int round = 0; round < rounds; ++round) {
        const auto token = *store.tokens().refresh;
        const auto all = race(threads, [&](Store& own) { return own.try_rotate(token); });
        REQUIRE(count_of(all, Rotation::Outcome::rotated) == 1);
        REQUIRE(count_of(all, Rotation::Outcome::reused) == threads - 1);
        REQUIRE(live_refresh_tokens(store).empty());
        REQUIRE(store.keys("grant:*").empty());
    }
}

TEST_CASE("STILE-store-63 within a grace period simultaneous refreshes get one response and leave one valid chain")
{
    const auto [threads, rounds] = field();
    Store store;
    for (int round = 0; round < rounds; ++round) {
        store.ask({"FLUSHALL"});
        const auto token = *store.tokens().refresh;
        std::atomic<int> turn = 0;
        const auto all = race(threads, [&](Store& own) {
            return own.try_rotate(token, {.grace = 10, .sealed = "answer " + std::to_string(turn++)});
        });
        REQUIRE(count_of(all, Rotation::Outcome::rotated) == 1);
        REQUIRE(count_of(all, Rotation::Outcome::repeated) == threads - 1);
        REQUIRE(live_refresh_tokens(store).size() == 1);
        std::vector<std::string> sealed;
        for (const auto& rotation : all)
            if (rotation.outcome == Rotation::Outcome::repeated)
                sealed.push_back(rotation.sealed);
        REQUIRE(std::ranges::count(sealed, sealed.front()) == std::ssize(sealed));
    }
}

TEST_CASE("STILE-store-64 of simultaneous approvals of one request one issues the code")
{
    const auto [threads, rounds] = field();
    Store store;
    for (int round = 0; round < rounds; ++round) {
        store.ask({"FLUSHALL"});
        const auto id = store.park();
        const auto code = store.code_of(id);
        const auto all = race(threads, [&](Store& own) { return own.approve(id, code); });
        REQUIRE(std::ranges::count(all, ApprovalOutcome::approved) == 1);
        REQUIRE(std::ranges::count(all, ApprovalOutcome::repeated) == static_cast<std::ptrdiff_t>(threads) - 1);
        REQUIRE(store.keys("code:*") == std::vector{token_key("code", code)});
    }
}

TEST_CASE("STILE-store-65 of simultaneous attempts only the free ones and the one that starts the wait pass")
{
    const auto [threads, rounds] = field();
    static constexpr ThrottleRule rule = {"login:user", 10, 300, 900};
    Store store;
    for (int round = 0; round < rounds; ++round) {
        store.ask({"FLUSHALL"});
        const auto all =
            race(threads, [](Store& own) { return Throttles(own.connection).count({{rule, "alice"}}, noon); });
        REQUIRE(std::ranges::count(all, 0, &Wait::seconds)
                == static_cast<std::ptrdiff_t>(std::min<std::size_t>(threads, 11)));
    }
}

TEST_CASE("STILE-store-77 a refresh token that is revoked while it is refreshed leaves no valid token")
{
    const auto [threads, rounds] = field();
    Store store;
    for (int i = 0; i < rounds; ++i) {
        const auto tokens = store.tokens();
        std::atomic<int> turn = 0;
        race(threads, [&](Store& own) -> Result<int> {
            if (turn++ % 2 == 0)
                return TRY(own.grants.revoke_token(TokenKind::refresh, *tokens.refresh, "app")).outcome
                       == Revocation::Outcome::revoked;
            return static_cast<int>(TRY(own.try_rotate(*tokens.refresh)).outcome);
        });
        CHECK(live_refresh_tokens(store).empty());
        CHECK(store.keys("grant:*").empty());
    }
}

} // namespace stile
