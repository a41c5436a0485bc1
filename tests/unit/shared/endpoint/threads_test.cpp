// What all threads of a process share, used by several at once. The answers are the same with and without a race most
// of the time: make test SANITIZE=thread sees it.
#include "shared/endpoint/key_ring.h"
#include "shared/endpoint/verified_secrets.h"
#include "shared/store/clients.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"

#include <latch>
#include <thread>

using namespace stile;
using namespace stile::test;

namespace {

constexpr int threads = 4;
constexpr int rounds = 1000;

// All begin in the same moment. `use` gets the number of its thread and of its round; Catch2's assertions are not for it.
template <typename Use>
void at_once(Use use)
{
    std::latch begin(threads);
    std::vector<std::jthread> running;
    for (int thread = 0; thread < threads; ++thread)
        running.emplace_back([&, thread] {
            begin.arrive_and_wait();
            for (int round = 0; round < rounds; ++round)
                use(thread, round);
        });
}

struct NoKeys : SigningKeySource {
    Result<std::vector<SigningKeyRecord>> list() override { return std::vector<SigningKeyRecord>(); }
};

} // namespace

TEST_CASE("STILE-threads-1 several threads can store and find clients at the same time")
{
    FakeClock clock;
    ClientCache cache(5, clock);
    std::atomic<int> wrong = 0;
    at_once([&](int thread, int round) {
        Client client;
        client.id = "app" + std::to_string(round % 3);
        cache.keep(std::make_shared<const Client>(client));
        const auto found = cache.find(client.id);
        wrong += found == nullptr || found->id != client.id ? 1 : 0;
        if (thread == 0)
            clock.advance_milliseconds(1);
    });
    CHECK(wrong == 0);
}

TEST_CASE("STILE-threads-2 several threads can store and check secrets at the same time")
{
    FakeClock clock;
    FixedRandom random;
    VerifiedSecrets verified(clock, random);
    std::atomic<int> wrong = 0;
    at_once([&](int thread, int round) {
        const Secret secret(std::to_string(thread) + "." + std::to_string(round));
        verified.remember(secret, "hash");
        wrong += verified.knows(secret, "hash") ? 0 : 1;
    });
    CHECK(wrong == 0);
}

TEST_CASE("STILE-threads-3 several threads can reload and use the keys at the same time")
{
    FakeClock clock;
    KeyRing ring(1, clock, {}, Secret("thirty-two bytes of shared secret"));
    std::atomic<int> wrong = 0;
    at_once([&](int, int) {
        NoKeys source; // each thread has its connection
        wrong += ring.current(source) && ring.signer(JwsAlgorithm::hs256, source) ? 0 : 1;
        clock.advance(1);
    });
    CHECK(wrong == 0);
}
