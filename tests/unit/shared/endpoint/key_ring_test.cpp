#include "shared/endpoint/key_ring.h"

#include "shared/crypto/seal.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

using namespace stile;
using namespace stile::test;

namespace {

const Secret master_key("a master key of more than 32 bytes");

struct FakeSource : SigningKeySource {
    Result<std::vector<SigningKeyRecord>> list() override
    {
        ++readings;
        if (is_away)
            return fail(ErrorCode::temporarily_unavailable, "away");
        return keys;
    }
    std::string add(const Clock& clock, Seconds ahead = 0)
    {
        SystemRandom random;
        const auto key = SigningKey::generate(JwsAlgorithm::es256);
        keys.insert(keys.begin(), {key.kid(), "ES256", *key.public_key().to_json(),
                                   seal(key.to_json().reveal(), master_key, seal_purpose_of_key(key.kid()), random),
                                   clock.now(), clock.now() + ahead});
        return key.kid();
    }

    std::vector<SigningKeyRecord> keys;
    int readings = 0;
    bool is_away = false;
};

} // namespace

TEST_CASE("STILE-keys-1 keys are read every five seconds, and kept while Redis is unavailable")
{
    FakeClock clock;
    FakeSource source;
    KeyRing ring(60, clock, master_key, {});
    source.add(clock);
    const auto first = ring.current(source);
    REQUIRE(first);
    clock.advance_milliseconds(4999);
    CHECK(*ring.current(source) == *first);
    CHECK(source.readings == 1);
    clock.advance_milliseconds(1);
    const auto second = ring.current(source);
    CHECK(source.readings == 2);
    CHECK((*second)->keys[0].signs == (*first)->keys[0].signs); // imported once
    source.is_away = true;
    clock.advance(5);
    CHECK(*ring.current(source) == *second);
    CHECK(source.readings == 3);
    CHECK(ring.current(source)); // it is not asked again at once
    CHECK(source.readings == 3);
    CHECK_FALSE(ring.renewed(source));
    KeyRing fresh(60, clock, master_key, {});
    CHECK_FALSE(fresh.current(source)); // it knows nothing
}

TEST_CASE("STILE-keys-2 the newest key that is already active signs; later ones are published in advance")
{
    FakeClock clock;
    FakeSource source;
    KeyRing ring(0, clock, master_key, {});
    CHECK(ring.signer(JwsAlgorithm::es256, source).error().code == ErrorCode::temporarily_unavailable);
    const auto old = source.add(clock);
    const auto next = source.add(clock, 600);
    CHECK((*ring.signer(JwsAlgorithm::es256, source))->kid() == old);
    CHECK((*ring.current(source))->published.find(JwsAlgorithm::es256, next) != nullptr);
    clock.advance(600);
    CHECK((*ring.signer(JwsAlgorithm::es256, source))->kid() == next);
    CHECK_FALSE(ring.signer(JwsAlgorithm::rs256, source));
}

TEST_CASE("STILE-keys-3 without the right master key a process verifies but does not sign")
{
    FakeClock clock;
    FakeSource source;
    const auto kid = source.add(clock);
    const std::string wrong = GENERATE("", "another master key of over 32 bytes");
    KeyRing ring(5, clock, Secret(wrong), {});
    CHECK((*ring.current(source))->published.find(JwsAlgorithm::es256, kid) != nullptr);
    CHECK(ring.signer(JwsAlgorithm::es256, source).error().code == ErrorCode::temporarily_unavailable);
}

TEST_CASE("STILE-keys-4 the shared secret signs and verifies, and is never published")
{
    FakeClock clock;
    FakeSource source;
    KeyRing ring(5, clock, {}, Secret("thirty-two bytes of shared secret"));
    CHECK((*ring.signer(JwsAlgorithm::hs256, source))->algorithm() == JwsAlgorithm::hs256);
    CHECK((*ring.current(source))->published.find(JwsAlgorithm::hs256, "") != nullptr);
    CHECK((*ring.current(source))->published.to_json() == R"({"keys":[]})");
    KeyRing without(5, clock, {}, {});
    CHECK_FALSE(without.signer(JwsAlgorithm::hs256, source));
}
