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
    std::string add(const Clock& clock, Seconds ahead = 0, KeyPurpose purpose = KeyPurpose::tokens)
    {
        SystemRandom random;
        const auto key = SigningKey::generate(JwsAlgorithm::es256);
        keys.insert(keys.begin(), {.kid = key.kid(),
                                   .algorithm = "ES256",
                                   .public_jwk = *key.public_key().to_json(),
                                   .sealed = seal(key.to_json().reveal(), master_key_for(purpose, master_key),
                                                  seal_purpose_of_key(key.kid()), random),
                                   .created_at = clock.now(),
                                   .signs_from = clock.now() + ahead,
                                   .purpose = purpose});
        return key.kid();
    }
    // As `stile keys reseal` does.
    void seal_again(const Secret& next, bool finish)
    {
        SystemRandom random;
        for (auto& key : keys) {
            const auto opened = unseal_key(key, finish ? next : master_key);
            REQUIRE(opened);
            (finish ? key.sealed : key.sealed_next) = seal(
                opened->to_json().reveal(), master_key_for(key.purpose, next), seal_purpose_of_key(key.kid), random);
            if (finish)
                key.sealed_next.clear();
        }
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
    CHECK((*ring.current(source))->for_tokens.find(JwsAlgorithm::hs256, "") != nullptr);
    CHECK((*ring.current(source))->published.to_json() == R"({"keys":[]})");
    KeyRing without(5, clock, {}, {});
    CHECK_FALSE(without.signer(JwsAlgorithm::hs256, source));
}

TEST_CASE(
    "STILE-keys-7 a process signs with the key of its purpose; without one, with a key for tokens, if it can open it")
{
    FakeClock clock;
    FakeSource source;
    const auto for_tokens = source.add(clock);
    KeyRing ring(0, clock, master_key, {}); // as before an upgrade: all functions have the one master key
    CHECK((*ring.signer(JwsAlgorithm::es256, source, KeyPurpose::logout))->kid() == for_tokens);
    const auto for_logout = source.add(clock, 0, KeyPurpose::logout);
    CHECK((*ring.signer(JwsAlgorithm::es256, source, KeyPurpose::logout))->kid() == for_logout);
    CHECK((*ring.signer(JwsAlgorithm::es256, source))->kid() == for_tokens);
    CHECK((*ring.signer(JwsAlgorithm::es256, source, KeyPurpose::userinfo))->kid() == for_tokens);
}

TEST_CASE("STILE-keys-8 the master key of a purpose opens the keys of this purpose alone")
{
    FakeClock clock;
    FakeSource source;
    source.add(clock);
    source.add(clock, 0, KeyPurpose::userinfo);
    const auto for_logout = source.add(clock, 0, KeyPurpose::logout);
    KeyRing ring(0, clock, master_key_for(KeyPurpose::logout, master_key), {});
    CHECK((*ring.signer(JwsAlgorithm::es256, source, KeyPurpose::logout))->kid() == for_logout);
    CHECK_FALSE(ring.signer(JwsAlgorithm::es256, source));
    CHECK_FALSE(ring.signer(JwsAlgorithm::es256, source, KeyPurpose::userinfo));
    for (const auto& key : (*ring.current(source))->keys)
        CHECK((key.signs != nullptr) == (key.record.kid == for_logout));
    CHECK(master_key_for(KeyPurpose::logout, master_key).reveal()
          != master_key_for(KeyPurpose::userinfo, master_key).reveal());
}

TEST_CASE("STILE-keys-9 keys of all purposes are published, and only those for tokens verify ID and access tokens")
{
    FakeClock clock;
    FakeSource source;
    const auto for_tokens = source.add(clock);
    const auto for_logout = source.add(clock, 0, KeyPurpose::logout);
    KeyRing ring(0, clock, {}, {});
    const auto known = *ring.current(source);
    CHECK(known->published.find(JwsAlgorithm::es256, for_tokens) != nullptr);
    CHECK(known->published.find(JwsAlgorithm::es256, for_logout) != nullptr);
    CHECK(known->for_tokens.find(JwsAlgorithm::es256, for_tokens) != nullptr);
    CHECK(known->for_tokens.find(JwsAlgorithm::es256, for_logout) == nullptr);
}

TEST_CASE("STILE-keys-10 while the master key is changed, processes sign with either one, running or started anew")
{
    FakeClock clock;
    FakeSource source;
    const Secret next("the next master key, of over 32 bytes");
    const auto purpose = GENERATE(KeyPurpose::tokens, KeyPurpose::logout);
    const auto kid = source.add(clock, 0, purpose);
    const auto signs = [&](KeyRing& ring) { return ring.signer(JwsAlgorithm::es256, source, purpose).has_value(); };
    KeyRing running(0, clock, master_key, {});
    KeyRing with_next(0, clock, next, {});
    CHECK(signs(running));
    CHECK_FALSE(signs(with_next));
    source.seal_again(next, false);
    KeyRing started(0, clock, master_key, {});
    CHECK(signs(running));
    CHECK(signs(started));
    CHECK(signs(with_next)); // although it could not open the key before
    source.seal_again(next, true);
    CHECK(signs(running)); // it has the key in memory
    CHECK(signs(with_next));
    KeyRing late(0, clock, master_key, {});
    CHECK_FALSE(signs(late));
}
