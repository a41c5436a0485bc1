#include "shared/endpoint/verified_secrets.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fixed_random.h"

using namespace stile;
using namespace stile::test;
using namespace std::string_literals;

namespace {

const Secret secret("correct horse"s);
constexpr std::string_view hash = "$argon2id$v=19$m=19456,t=2,p=1$salt$hash";

struct Remembering {
    FakeClock clock;
    FixedRandom random;
    VerifiedSecrets verified{clock, random};

    Remembering() { verified.remember(secret, hash); }
};

} // namespace

TEST_CASE("STILE-verified-secrets-1 a verified secret is cached for a minute")
{
    Remembering remembering;
    remembering.clock.advance_milliseconds(60'000);
    CHECK_FALSE(remembering.verified.knows(secret, hash));
}

TEST_CASE("STILE-verified-secrets-2 each use restarts the minute, so that the secret of a busy client stays cached")
{
    Remembering remembering;
    remembering.clock.advance_milliseconds(59'999);
    CHECK(remembering.verified.knows(secret, hash));
    remembering.clock.advance_milliseconds(59'999);
    CHECK(remembering.verified.knows(secret, hash));
    remembering.clock.advance_milliseconds(60'000);
    CHECK_FALSE(remembering.verified.knows(secret, hash));
}

TEST_CASE("STILE-verified-secrets-3 another secret or another hash is not in the cache")
{
    const auto [name, presented, stored] = GENERATE(table<std::string, std::string, std::string>({
        {"wrong secret", "Correct horse", std::string(hash)},
        {"prefix", "correct", std::string(hash)},
        {"empty", "", std::string(hash)},
        {"longer behind a NUL", "correct horse\0"s, std::string(hash)},
        {"the client has a new secret", "correct horse", "$argon2id$v=19$m=19456,t=2,p=1$other$hash"},
        {"no hash any more", "correct horse", ""},
        {"a byte moved from secret to hash, without the NUL", "orrect horse", std::string(hash) + "c"},
        {"bytes moved from secret to hash", "orrect horse", std::string(hash) + "\0c"s},
        {"bytes moved from hash to secret", "h\0correct horse"s, std::string(hash.substr(0, hash.size() - 1))},
    }));
    CAPTURE(name);
    Remembering remembering;
    CHECK_FALSE(remembering.verified.knows(Secret(presented), stored));
    CHECK(remembering.verified.knows(secret, hash)); // and asking spoils nothing
}

TEST_CASE("STILE-verified-secrets-4 a secret is not in the cache before it was verified")
{
    FakeClock clock;
    FixedRandom random;
    VerifiedSecrets verified(clock, random);
    CHECK_FALSE(verified.knows(secret, hash));
    CHECK_FALSE(verified.knows(Secret(), ""));
}

TEST_CASE("STILE-verified-secrets-5 memory is bounded: a full table is emptied")
{
    Remembering remembering;
    for (int i = 1; i < 10'000; ++i)
        remembering.verified.remember(Secret(std::to_string(i)), hash);
    CHECK(remembering.verified.knows(secret, hash));
    remembering.verified.remember(Secret("one more"s), hash);
    CHECK(remembering.verified.knows(Secret("one more"s), hash));
    CHECK_FALSE(remembering.verified.knows(secret, hash));
}

TEST_CASE("STILE-verified-secrets-6 a secret counts as right lately for a day after its last use")
{
    Remembering remembering;
    constexpr std::int64_t day = 24 * 3600 * 1000; // milliseconds
    remembering.clock.advance_milliseconds(59'999);
    CHECK(remembering.verified.knows(secret, hash));
    remembering.clock.advance_milliseconds(day - 1);
    CHECK_FALSE(remembering.verified.knows(secret, hash)); // a hash is computed again
    CHECK(remembering.verified.was_right_lately(secret, hash)); // and asking prolongs nothing
    CHECK_FALSE(remembering.verified.was_right_lately(Secret("another"s), hash));
    CHECK_FALSE(remembering.verified.was_right_lately(secret, "$argon2id$v=19$m=19456,t=2,p=1$other$hash"));
    remembering.clock.advance_milliseconds(1);
    CHECK_FALSE(remembering.verified.was_right_lately(secret, hash));
}

TEST_CASE("STILE-verified-secrets-7 the fingerprint of a secret is its own, and another in each process")
{
    Remembering remembering;
    const auto own = remembering.verified.fingerprint(secret, hash);
    CHECK(own == remembering.verified.fingerprint(secret, hash));
    CHECK(own != remembering.verified.fingerprint(Secret("another"s), hash));
    CHECK(own != remembering.verified.fingerprint(secret, "another"));
    CHECK(own != VerifiedSecrets(remembering.clock, remembering.random).fingerprint(secret, hash));
}
