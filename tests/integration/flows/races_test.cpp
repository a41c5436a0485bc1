// Many at once: one code, one refresh token, many browsers, many clients.
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <set>

using namespace stile::test;

namespace {

long count_of(const std::vector<Answer>& answers, long status)
{
    return std::ranges::count(answers, status, &Answer::status);
}

// Everybody connects before the race begins, so that the requests arrive together.
std::vector<HttpClient> connected_clients(const Stack& stack, int count)
{
    std::vector<HttpClient> clients;
    for (int i = 0; i < count; ++i) {
        clients.emplace_back(stack.base_url());
        clients.back().get("/");
    }
    return clients;
}

std::string new_code()
{
    Browser browser(shared_stack());
    return browser.obtain_code();
}

// How many of the refresh tokens in these answers still work.
int living_chains(const std::vector<Answer>& answers)
{
    HttpClient client(shared_stack().base_url());
    std::set<std::string> tokens;
    for (const auto& answer : answers)
        tokens.insert(member(answer, "refresh_token"));
    tokens.erase("");
    return static_cast<int>(
        std::ranges::count_if(tokens, [&](const auto& token) { return refresh(client, token).status == 200; }));
}

void check_losers(const std::vector<Answer>& answers)
{
    for (const auto& answer : answers) {
        const bool lost = answer.status == 400 && member(answer, "error") == "invalid_grant";
        if (answer.status != 200 && !lost)
            FAIL_CHECK(answer.status << " " << answer.error << answer.body);
    }
}

} // namespace

TEST_CASE("RFC6749-4.1.2-6 of 64 simultaneous redemptions of a code exactly one gets tokens")
{
    const int racers = GENERATE(64, 2, 64);
    auto clients = connected_clients(shared_stack(), racers);
    const auto code = new_code();
    const auto answers = at_once(racers, [&](int i) { return redeem(clients[static_cast<std::size_t>(i)], code); });
    CHECK(count_of(answers, 200) == 1);
    check_losers(answers);
    CHECK(living_chains(answers) == 0); // the others were replays: what it issued is revoked
}

TEST_CASE("RFC9700-4.14.2-8 of 64 simultaneous uses of a refresh token at most one chain lives on")
{
    const int racers = GENERATE(64, 2, 64);
    auto clients = connected_clients(shared_stack(), racers);
    const auto token = member(redeem(clients[0], new_code()), "refresh_token");
    const auto answers = at_once(racers, [&](int i) { return refresh(clients[static_cast<std::size_t>(i)], token); });
    CHECK(count_of(answers, 200) == 1);
    check_losers(answers);
    CHECK(living_chains(answers) <= 1);
}

TEST_CASE("STILE-flow-40 within the grace period 64 simultaneous refreshes get the same answer")
{
    const auto secret = add_client(shared_stack(), {"--id", "graceful", "--redirect-uri", demo_redirect, "--scope",
                                                    "email", "--refresh-grace", "60"});
    const Headers as_graceful = {basic("graceful", secret)};
    auto clients = connected_clients(shared_stack(), 64);
    Browser browser(shared_stack());
    const auto code = browser.obtain_code(demo_request({{"client_id", "graceful"}}));
    const auto token = member(redeem(clients[0], code, {}, as_graceful), "refresh_token");
    const auto answers =
        at_once(64, [&](int i) { return refresh(clients[static_cast<std::size_t>(i)], token, {}, as_graceful); });
    CHECK(count_of(answers, 200) == 64);
    for (const auto& answer : answers) {
        CHECK(member(answer, "access_token") == member(answers[0], "access_token"));
        CHECK(member(answer, "refresh_token") == member(answers[0], "refresh_token"));
    }
    CHECK(refresh(clients[0], member(answers[0], "refresh_token"), {}, as_graceful).status == 200);
}

TEST_CASE("STILE-flow-41 200 browsers at once all come through")
{
    // The default settings, nothing tuned for the test.
    Stack stack;
    const auto answers = at_once(200, [&](int i) {
        try {
            Browser browser(stack);
            const auto state = "state-" + std::to_string(i);
            const auto location = browser.location_after_approval(demo_request({{"state", state}}));
            if (value_of(query_of(location), "state") != state)
                return Answer{.error = "state of another: " + location};
            const auto tokens = redeem(browser, value_of(query_of(location), "code"));
            return refresh(browser, member(tokens, "refresh_token"));
        } catch (const std::exception& failure) {
            return Answer{.error = failure.what()};
        }
    });
    CHECK(count_of(answers, 200) == 200);
    const auto failed = std::ranges::find_if(answers, [](const auto& answer) { return answer.status != 200; });
    if (failed != answers.end())
        FAIL_CHECK(failed->status << " " << failed->error << failed->body);
}

TEST_CASE("STILE-flow-42 256 clients that keep their connections are all served")
{
    Stack stack;
    REQUIRE(read_file(stack.dir() + "/nginx.conf").contains("worker_processes 2;"));
    // A consent that is remembered gives each client a code of its own by one request.
    Browser browser(stack);
    browser.approve(browser.reach_consent(demo_request()), {{"remember", "1"}});
    const auto answers = at_once(256, [&](int) {
        HttpClient client(stack.base_url());
        client.cookies = browser.cookies;
        const auto location = client.get("/oauth/authorize?" + encode(demo_request())).location();
        auto answer = redeem(client, value_of(query_of(location), "code"));
        for (int i = 0; i < 5 && answer.status == 200; ++i)
            answer = refresh(client, member(answer, "refresh_token"));
        return answer;
    });
    CHECK(count_of(answers, 200) == 256); // a stuck one would have run into its timeout
}

TEST_CASE("STILE-flow-65 64 introspections at once, of tokens that come and go, are all answered")
{
    const auto secret = add_client(shared_stack(), {"--id", "busy", "--grant-type", "client_credentials", "--scope",
                                                    "read", "--introspect", "any"});
    const Headers as_busy = {basic("busy", secret)};
    auto clients = connected_clients(shared_stack(), 64);
    const auto answers = at_once(64, [&](int i) {
        auto& client = clients[static_cast<std::size_t>(i)];
        Answer answer;
        for (int round = 0; round < 5; ++round) {
            const auto token = member(own_token(client, as_busy), "access_token");
            answer = introspect(client, token, as_busy);
            if (member(answer, "active") != "true" || revoke(client, token, as_busy).status != 200
                || introspect(client, token, as_busy).body != inactive)
                return Answer{.error = "round " + std::to_string(round) + answer.error + answer.body};
        }
        return answer;
    });
    for (const auto& answer : answers) {
        CAPTURE(answer.error);
        CHECK(answer.status == 200);
    }
}
