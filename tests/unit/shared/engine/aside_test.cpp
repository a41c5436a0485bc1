// What leaves the loop: it is computed on a helper thread, and other fibers go on meanwhile.
#include "shared/crypto/jwk.h"
#include "shared/crypto/password.h"
#include "shared/engine/loop.h"
#include "tests/support/catch.h"

#include <algorithm>
#include <thread>

using namespace stile;

namespace {

// Whether another fiber got its turn while `work` went on.
bool leaves_the_loop(const std::function<void()>& work)
{
    Loop loop;
    bool other_went_on = false, left = false;
    loop.spawn([&] {
        work();
        left = other_went_on;
    });
    loop.spawn([&] { other_went_on = true; });
    loop.stop();
    loop.run();
    return left;
}

} // namespace

TEST_CASE("STILE-aside-1 a slow hash is computed aside, also for an unknown user; a fast one is not")
{
    SystemRandom random;
    const Secret password("a password");
    const auto slow = hash_password(password, random), fast = hash_generated_secret(password, random);
    bool right = false;
    CHECK(leaves_the_loop([&] { right = verify_password(password, slow); }));
    CHECK(right);
    CHECK(leaves_the_loop([&] { right = verify_password(Secret("another"), slow); }));
    CHECK_FALSE(right);
    CHECK(leaves_the_loop([&] { right = verify_in_vain(password); }));
    CHECK_FALSE(right);
    CHECK_FALSE(leaves_the_loop([&] { right = verify_password(password, fast); }));
    CHECK(right);
}

TEST_CASE("STILE-aside-2 RSA signatures are computed aside, the fast algorithms are not")
{
    const auto [algorithm, is_slow] = GENERATE(table<JwsAlgorithm, bool>({{JwsAlgorithm::rs256, true},
                                                                          {JwsAlgorithm::ps256, true},
                                                                          {JwsAlgorithm::es256, false},
                                                                          {JwsAlgorithm::eddsa, false}}));
    const auto key = SigningKey::generate(algorithm);
    std::string signature;
    CHECK(leaves_the_loop([&] { signature = key.sign("message"); }) == is_slow);
    CHECK(key.public_key().verify("message", signature));
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define STILE_SANITIZED // stacks are not what they seem
#endif
#endif
#ifndef STILE_SANITIZED
TEST_CASE("STILE-aside-3 what work aside leaves on the stack of its thread is overwritten")
{
    volatile const char* left = nullptr;
    constexpr std::size_t length = 64;
    std::thread::id thread;
    Loop loop;
    bool is_gone = false;
    loop.spawn([&] {
        run_aside([&] {
            volatile char secret[length]; // NOLINT(modernize-avoid-c-arrays)
            std::fill_n(secret, length, 'S');
            left = secret;
            thread = std::this_thread::get_id();
        });
        // The thread has gone on since: a byte of what it keeps there now may be the same by chance.
        is_gone = std::count(left, left + length, 'S') < static_cast<std::ptrdiff_t>(length / 4);
    });
    loop.stop();
    loop.run();
    CHECK(thread != std::this_thread::get_id());
    CHECK(is_gone);
}
#endif
