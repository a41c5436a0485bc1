#include "shared/endpoint/secret_checks.h"

#include "tests/support/catch.h"

#include <stdexcept>
#include <vector>

using namespace stile;
using Caller = HashQueue::Caller;

namespace {

// Requests that present secrets, each on a fiber. A hash is "computed" when the test says so.
struct Requests {
    ~Requests()
    {
        hash.open();
        loop.stop();
        loop.run();
    }

    using Outcome = std::function<Result<bool>()>;

    void present(
        const std::string& client_id, const std::string& fingerprint, Caller caller = Caller::stranger,
        const Outcome& outcome = [] { return true; })
    {
        loop.spawn([=, this] {
            try {
                answers.push_back(checks.check({client_id, fingerprint, caller}, [&] {
                    ++computed;
                    hash.wait();
                    return outcome();
                }));
            } catch (const std::runtime_error&) {
                ++failed;
            }
        });
        loop.look();
    }

    void compute()
    {
        hash.open();
        loop.look();
    }

    std::size_t count(bool right) const
    {
        return static_cast<std::size_t>(
            std::ranges::count_if(answers, [&](const auto& answer) { return answer && *answer == right; }));
    }
    std::size_t refused() const { return answers.size() - count(true) - count(false); }

    Loop loop;
    HashQueue queue{loop, 2, 64};
    SecretChecks checks{loop, queue};
    Gate hash{loop};
    std::vector<Result<bool>> answers;
    int computed = 0;
    int failed = 0;
};

Result<bool> throttled()
{
    return too_many_attempts(7);
}

} // namespace

TEST_CASE("STILE-secret-checks-1 requests with the same secret at the same time cost one hash and get its result")
{
    const bool right = GENERATE(true, false);
    Requests requests;
    for (int i = 0; i < 48; ++i)
        requests.present("shop", "secret", Caller::stranger, [=] { return right; });
    CHECK(requests.answers.empty());
    requests.compute();
    CHECK(requests.count(right) == 48);
    CHECK(requests.computed == 1);
    requests.present("shop", "secret"); // the result is kept by others (verified_secrets.h), not here
    CHECK(requests.computed == 2);
}

TEST_CASE("STILE-secret-checks-2 a stranger's other secret for the same client is refused at once, and not computed")
{
    Requests requests;
    requests.present("shop", "guess 1");
    requests.present("shop", "guess 2");
    REQUIRE(requests.answers.size() == 1);
    REQUIRE_FALSE(requests.answers[0]);
    CHECK(requests.answers[0].error().code == ErrorCode::temporarily_unavailable);
    CHECK(requests.answers[0].error().wait == 0); // 503, no 429: it was no guess
    CHECK(requests.computed == 1);
    requests.present("another shop", "guess 3");
    CHECK(requests.computed == 2);
    requests.compute();
    requests.present("shop", "guess 2"); // it is free again
    CHECK(requests.computed == 3);
    CHECK(requests.refused() == 1);
}

TEST_CASE("STILE-secret-checks-3 a secret that was right lately is checked beside a stranger's guess")
{
    Requests requests;
    requests.present("shop", "guess");
    requests.present("shop", "right", Caller::known);
    CHECK(requests.computed == 2);
    requests.present("shop", "right", Caller::known);
    CHECK(requests.computed == 2);
    requests.compute();
    CHECK(requests.count(true) == 3);
    requests.present("shop", "right", Caller::known);
    requests.present("shop", "guess");
    CHECK(requests.refused() == 0);
}

TEST_CASE("STILE-secret-checks-4 the throttling of one address is not the answer to a request from another")
{
    Requests requests;
    Gate second(requests.loop);
    requests.present("shop", "secret", Caller::stranger, throttled);
    for (int i = 0; i < 2; ++i)
        requests.present("shop", "secret", Caller::stranger, [&] { return second.wait(); });
    requests.compute();
    second.open();
    requests.loop.look();
    CHECK(requests.refused() == 1);
    CHECK(requests.count(true) == 2);
    CHECK(requests.computed == 2);
}

TEST_CASE("STILE-secret-checks-4 a failure of Redis is the answer to all that wait")
{
    Requests requests;
    for (int i = 0; i < 3; ++i)
        requests.present("shop", "secret", Caller::stranger,
                         []() -> Result<bool> { return fail(ErrorCode::temporarily_unavailable, "no Redis"); });
    requests.compute();
    CHECK(requests.refused() == 3);
    CHECK(requests.computed == 1);
}

TEST_CASE("STILE-secret-checks-5 an exception fails its own request; those that wait try for themselves")
{
    Requests requests;
    requests.present("shop", "secret", Caller::stranger, []() -> Result<bool> { throw std::runtime_error("memory"); });
    requests.present("shop", "secret");
    requests.compute();
    CHECK(requests.failed == 1);
    CHECK(requests.count(true) == 1);
    requests.present("shop", "another"); // nothing is left behind
    CHECK(requests.refused() == 0);
}

TEST_CASE(
    "STILE-secret-checks-6 those that wait for a result take places in the queue, and the rest is refused at once")
{
    Requests requests;
    for (int i = 0; i < 60; ++i)
        requests.present("shop", "secret");
    CHECK(requests.refused() == 60 - 1 - 48); // 64 places, 48 of them for strangers
    requests.compute();
    CHECK(requests.count(true) == 49);
}
