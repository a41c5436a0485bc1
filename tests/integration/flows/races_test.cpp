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

} // namespace

TEST_CASE("STILE-flow-41 200 simultaneous browsers all complete the flow")
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

TEST_CASE("STILE-flow-42 256 clients with kept-alive connections are all served")
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
