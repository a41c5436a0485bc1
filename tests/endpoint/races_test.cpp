// Many at once: one code, one refresh token, many browsers, many clients.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <set>

using namespace stile;
using namespace stile::test;

namespace {

long count_of(const std::vector<Answer>& answers, long status)
{
    return std::ranges::count(answers, status, &Answer::status);
}

void check_losers(const std::vector<Answer>& answers)
{
    for (const auto& answer : answers) {
        const bool lost = answer.status == 400 && member(answer, "error") == "invalid_grant";
        if (answer.status != 200 && !lost)
            FAIL_CHECK(answer.status << " " << answer.error << answer.body);
    }
}

struct Racing : Instance {
    Caller client{*this};

    // Everybody has a connection to Redis before the race begins, so that the requests arrive together.
    std::vector<Caller> connected(int count)
    {
        std::vector<Caller> callers(static_cast<std::size_t>(count), Caller(*this));
        at_once(count, [&](int i) { return redeem(callers[static_cast<std::size_t>(i)], "x"); });
        return callers;
    }

    std::string new_code()
    {
        Browser browser(*this);
        return browser.obtain_code();
    }

    // How many of the refresh tokens in these answers still work.
    int living_chains(const std::vector<Answer>& answers)
    {
        std::set<std::string> tokens;
        for (const auto& answer : answers)
            tokens.insert(member(answer, "refresh_token"));
        tokens.erase("");
        return static_cast<int>(
            std::ranges::count_if(tokens, [&](const auto& token) { return refresh(client, token).status == 200; }));
    }
};

} // namespace

TEST_CASE_METHOD(Racing, "RFC6749-4.1.2-6 of 64 simultaneous redemptions of a code exactly one gets tokens")
{
    const int racers = GENERATE(64, 2, 64);
    auto callers = connected(racers);
    const auto code = new_code();
    const auto answers = at_once(racers, [&](int i) { return redeem(callers[static_cast<std::size_t>(i)], code); });
    CHECK(count_of(answers, 200) == 1);
    check_losers(answers);
    CHECK(living_chains(answers) == 0); // the others were replays: what it issued is revoked
}

TEST_CASE_METHOD(Racing, "RFC9700-4.14.2-8 of 64 simultaneous uses of a refresh token at most one chain lives on")
{
    const int racers = GENERATE(64, 2, 64);
    auto callers = connected(racers);
    const auto token = member(redeem(callers[0], new_code()), "refresh_token");
    const auto answers = at_once(racers, [&](int i) { return refresh(callers[static_cast<std::size_t>(i)], token); });
    CHECK(count_of(answers, 200) == 1);
    check_losers(answers);
    CHECK(living_chains(answers) <= 1);
}

TEST_CASE_METHOD(Racing, "STILE-flow-40 within the grace period 64 simultaneous refreshes get the same answer")
{
    const auto secret = add_client(
        {.id = "graceful", .redirect_uris = {demo_redirect}, .scope = scope_of("email"), .refresh_grace = 60});
    const Headers as_graceful = {basic("graceful", secret)};
    auto callers = connected(64);
    Browser browser(*this);
    const auto code = browser.obtain_code(demo_request({{"client_id", "graceful"}}));
    const auto token = member(redeem(callers[0], code, {}, as_graceful), "refresh_token");
    const auto answers =
        at_once(64, [&](int i) { return refresh(callers[static_cast<std::size_t>(i)], token, {}, as_graceful); });
    CHECK(count_of(answers, 200) == 64);
    for (const auto& answer : answers) {
        CHECK(member(answer, "access_token") == member(answers[0], "access_token"));
        CHECK(member(answer, "refresh_token") == member(answers[0], "refresh_token"));
    }
    CHECK(refresh(callers[0], member(answers[0], "refresh_token"), {}, as_graceful).status == 200);
}

TEST_CASE_METHOD(Racing, "STILE-flow-65 64 introspections at once, of tokens that come and go, are all answered")
{
    const auto secret = add_client(
        {.id = "busy", .scope = scope_of("read"), .grant_types = {"client_credentials"}, .introspects_any = true});
    const Headers as_busy = {basic("busy", secret)};
    auto callers = connected(64);
    const auto answers = at_once(64, [&](int i) {
        auto& caller = callers[static_cast<std::size_t>(i)];
        Answer answer;
        for (int round = 0; round < 5; ++round) {
            const auto token = member(own_token(caller, as_busy), "access_token");
            answer = introspect(caller, token, as_busy);
            if (member(answer, "active") != "true" || revoke(caller, token, as_busy).status != 200
                || introspect(caller, token, as_busy).body != inactive)
                return Answer{.error = "round " + std::to_string(round) + answer.error + answer.body};
        }
        return answer;
    });
    for (const auto& answer : answers) {
        CAPTURE(answer.error);
        CHECK(answer.status == 200);
    }
}
