#include "shared/crypto/jwk_set.h"

#include "tests/support/catch.h"
#include "tests/unit/shared/crypto/jose_vectors.h"

using namespace stile;
using namespace stile::test;
using namespace std::string_literals;

namespace {

using enum JwsAlgorithm;

const std::string okp(rfc8037_a2_public);
const std::string rsa(rfc7517_a1_rsa); // RS256, kid 2011-04-29
const std::string encryption(rfc7517_a1_ec);

std::string set_of(const std::string& keys)
{
    return R"({"keys":[)" + keys + "]}";
}

std::string with_kid(const std::string& jwk, const std::string& kid)
{
    return jwk.substr(0, jwk.size() - 1) + R"(,"kid":")" + kid + "\"}";
}

} // namespace

TEST_CASE("RFC7517-5-1 unsupported keys and keys with another use are left out of a set")
{
    const auto [name, key] = GENERATE(table<std::string, std::string>({
        {"for encryption", encryption},
        {"unknown kty", R"({"kty":"AKP","alg":"ML-DSA-44","pub":"AQ"})"},
        {"unknown curve", R"({"kty":"EC","crv":"P-521","x":"AQ","y":"AQ"})"},
        {"unknown alg", R"({"kty":"RSA","alg":"RSA-OAEP","n":"AQ","e":"AQAB"})"},
    }));
    CAPTURE(name);
    const auto set = JwkSet::from_json(set_of(okp + "," + key + "," + rsa)).value();
    REQUIRE(set.keys().size() == 2);
    CHECK(set.keys()[0].algorithm() == eddsa);
    CHECK(set.keys()[1].algorithm() == rs256);
    CHECK(JwkSet::from_json(set_of(key))->keys().empty());
}

TEST_CASE("STILE-jwks-1 a set with a private, symmetric, malformed or repeated key is refused as a whole")
{
    const auto [name, text, error] = GENERATE(table<std::string, std::string, JwkError>({
        {"private key", set_of(okp + "," + std::string(rfc7515_a3_key)), JwkError::private_member},
        {"private key of a kind not known", set_of(R"({"kty":"OKP","crv":"X25519","x":"AQ","d":"AQ"})"),
         JwkError::private_member},
        {"shared secret", set_of(std::string(rfc7515_a1_key)), JwkError::private_member},
        {"point missing", set_of(R"({"kty":"EC","crv":"P-256","x":"AQ"})"), JwkError::bad_value},
        {"RSA without alg", set_of(R"({"kty":"RSA","n":"AQ","e":"AQAB"})"), JwkError::algorithm_missing},
        {"weak key", set_of(R"({"kty":"RSA","alg":"RS256","n":"gQ","e":"AQAB"})"), JwkError::weak_key},
        {"a key twice", set_of(okp + "," + okp), JwkError::bad_value},
        {"a kid twice", set_of(rsa + "," + rsa), JwkError::bad_value},
        {"no keys", "{}", JwkError::missing_member},
        {"keys of another type", R"({"keys":{}})", JwkError::bad_value},
        {"a key of another type", R"({"keys":[1]})", JwkError::malformed},
        {"an array", "[" + okp + "]", JwkError::malformed},
        {"keys twice", R"({"keys":[],"keys":[]})", JwkError::malformed},
        {"a member of a key twice", set_of(with_kid(with_kid(okp, "a"), "b")), JwkError::malformed},
        {"over 16 kB", set_of(okp) + std::string(16 * 1024, ' '), JwkError::malformed},
    }));
    CAPTURE(name);
    const auto set = JwkSet::from_json(text);
    REQUIRE_FALSE(set.has_value());
    CHECK(set.error() == error);
}

TEST_CASE("STILE-jwks-2 if an algorithm is requested, keys for others are left out, and RSA without alg gets it")
{
    const std::string open = R"({"kty":"RSA","e":"AQAB","n":")" + std::string(modulus_2048) + "\"}";
    const auto set = JwkSet::from_json(set_of(okp + "," + rsa + "," + open), ps256).value();
    REQUIRE(set.keys().size() == 1);
    CHECK(set.keys()[0].algorithm() == ps256);
    CHECK(JwkSet::from_json(set_of(okp + "," + rsa + "," + open), rs256)->keys().size() == 2);
}

TEST_CASE("STILE-jwks-3 a key is found by algorithm and kid, or without a kid if it is the only one")
{
    const auto set = JwkSet::from_json(set_of(okp + "," + rsa + "," + with_kid(okp, "second"))).value();
    CHECK(set.find(rs256, "2011-04-29") == &set.keys()[1]);
    CHECK(set.find(rs256, "") == &set.keys()[1]);
    CHECK(set.find(rs256, "2011-04-2") == nullptr);
    CHECK(set.find(ps256, "2011-04-29") == nullptr);
    CHECK(set.find(eddsa, "second") == &set.keys()[2]);
    CHECK(set.find(eddsa, set.keys()[0].thumbprint().value()) == &set.keys()[0]);
    CHECK(set.find(eddsa, "") == nullptr); // two
    CHECK(set.find(hs256, "") == nullptr);
}

TEST_CASE("STILE-jwks-4 a published set contains only public keys")
{
    const auto signing = SigningKey::generate(es256);
    const auto shared = SigningKey::generate(hs256);
    const JwkSet set({shared.public_key(), signing.public_key(), Jwk::from_json(okp).value()});
    CHECK(set.to_json() == set_of(*signing.public_key().to_json() + "," + *set.keys()[2].to_json()));
    CHECK(JwkSet::from_json(set.to_json())->keys().size() == 2);
    CHECK(JwkSet({}).to_json() == R"({"keys":[]})");
}
