#include "shared/crypto/jwk.h"

#include "shared/crypto/base64.h"
#include "tests/support/catch.h"
#include "tests/unit/shared/crypto/jose_vectors.h"

#include <nlohmann/json.hpp>

#include <concepts>
#include <sstream>

using namespace stile;
using namespace stile::test;
using nlohmann::json;

namespace {

Jwk public_key(std::string_view text, std::optional<JwsAlgorithm> algorithm = std::nullopt)
{
    return Jwk::from_json(text, algorithm).value();
}

SigningKey private_key(std::string_view text, std::optional<JwsAlgorithm> algorithm = std::nullopt)
{
    return SigningKey::from_json(Secret(std::string(text)), algorithm).value();
}

std::string member_names(std::string_view text)
{
    std::string names;
    const auto members = nlohmann::ordered_json::parse(text);
    for (const auto& [name, value] : members.items())
        names += name + ' ';
    return names;
}

// Neither a private half nor a way to make one can come out of what verifies.
static_assert(!std::convertible_to<Jwk, SigningKey> && !std::constructible_from<SigningKey, Jwk>);

} // namespace

TEST_CASE("RFC7638-3.1-1 the thumbprint is that of the example")
{
    const auto key = public_key(rfc7517_a1_rsa);
    CHECK(key.thumbprint() == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    CHECK(key.kid() == "2011-04-29"); // its own kid takes precedence
    CHECK(private_key(rfc7517_a2_rsa).public_key().thumbprint() == key.thumbprint());
}

TEST_CASE("RFC8037-A.3-1 the thumbprint of an Ed25519 key is that of the example")
{
    CHECK(public_key(rfc8037_a2_public).thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    CHECK(public_key(rfc8037_a2_public).kid() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST_CASE("RFC8037-A.1-1 the public key of a private Ed25519 key is that of the example")
{
    auto exported = json::parse(private_key(rfc8037_key).public_key().to_json().value());
    for (const auto* added : {"kid", "use", "alg"})
        exported.erase(added);
    CHECK(exported == json::parse(rfc8037_a2_public));
}

TEST_CASE("STILE-jwk-1 a public JWK has its members in one order and nothing private")
{
    const auto [key, algorithm, names] = GENERATE(table<std::string_view, JwsAlgorithm, std::string>({
        {rfc7515_a2_key, JwsAlgorithm::rs256, "kty n e kid use alg "},
        {rfc7515_a2_key, JwsAlgorithm::ps256, "kty n e kid use alg "},
        {rfc7515_a3_key, JwsAlgorithm::es256, "kty crv x y kid use alg "},
        {rfc8037_key, JwsAlgorithm::eddsa, "kty crv x kid use alg "},
    }));
    const auto text = private_key(key, algorithm).public_key().to_json().value();
    CHECK(member_names(text) == names);
    const auto exported = json::parse(text);
    CHECK(exported["use"] == "sig");
    CHECK(exported["alg"] == to_string(algorithm));
    CHECK(exported["kid"] == private_key(key, algorithm).public_key().thumbprint());
    const auto imported = json::parse(key);
    for (const auto* name : {"kty", "crv", "n", "e", "x", "y"})
        if (imported.contains(name))
            CHECK(exported[name] == imported[name]);
    CHECK(public_key(text).to_json() == text);
}

TEST_CASE("STILE-jwk-2 a private JWK is written as it was read, private members after the public ones")
{
    const auto [key, algorithm, names] = GENERATE(table<std::string_view, JwsAlgorithm, std::string>({
        {rfc7515_a1_key, JwsAlgorithm::hs256, "kty k use alg "},
        {rfc7520_oct_key, JwsAlgorithm::hs256, "kty k kid use alg "},
        {rfc7515_a2_key, JwsAlgorithm::rs256, "kty n e d p q dp dq qi kid use alg "},
        {rfc7517_a2_rsa, JwsAlgorithm::rs256, "kty n e d p q dp dq qi kid use alg "},
        {rfc7520_rsa_key, JwsAlgorithm::ps256, "kty n e d p q dp dq qi kid use alg "},
        {rfc7515_a3_key, JwsAlgorithm::es256, "kty crv x y d kid use alg "},
        {zero_x_key, JwsAlgorithm::es256, "kty crv x y d kid use alg "},
        {zero_y_key, JwsAlgorithm::es256, "kty crv x y d kid use alg "},
        {rfc8037_key, JwsAlgorithm::eddsa, "kty crv x d kid use alg "},
    }));
    const auto exported = private_key(key, algorithm).to_json();
    CHECK(member_names(exported.reveal()) == names);
    const auto members = json::parse(exported.reveal());
    const auto given = json::parse(key);
    for (const auto& [name, value] : given.items())
        CHECK(members[name] == value);
    CHECK(private_key(exported.reveal()).to_json().reveal() == exported.reveal());
}

TEST_CASE("STILE-jwk-3 a generated key signs, is bound to its algorithm and can be stored and read back")
{
    const auto algorithm = GENERATE(from_range(jws_algorithms));
    CAPTURE(to_string(algorithm));
    const auto key = SigningKey::generate(algorithm);
    CHECK(key.algorithm() == algorithm);
    CHECK(key.public_key().algorithm() == algorithm);
    CHECK(key.kid() == key.public_key().thumbprint().value_or(""));
    CHECK(key.kid().size() == (algorithm == JwsAlgorithm::hs256 ? 0 : 43));

    const auto again = SigningKey::from_json(key.to_json()).value();
    CHECK(again.kid() == key.kid());
    CHECK(key.public_key().verify("message", again.sign("message")));
    CHECK(again.public_key().verify("message", key.sign("message")));
    CHECK_FALSE(key.public_key().verify("massage", key.sign("message")));
    CHECK_FALSE(SigningKey::generate(algorithm).public_key().verify("message", key.sign("message")));
    if (const auto published = key.public_key().to_json())
        CHECK(public_key(*published).verify("message", key.sign("message")));
}

TEST_CASE("STILE-jwk-4 a generated RSA key has 2048 bits and exponent 65537")
{
    const auto members = json::parse(SigningKey::generate(JwsAlgorithm::rs256).public_key().to_json().value());
    const auto n = base64url_decode(members["n"].get<std::string>()).value();
    CHECK(n.size() == 256);
    CHECK((static_cast<unsigned char>(n.front()) & 0x80) != 0);
    CHECK(members["e"] == "AQAB");
}

TEST_CASE("RFC7638-7-1 nothing of a shared secret is published, not even its digest")
{
    const auto key = private_key(rfc7515_a1_key);
    CHECK_FALSE(key.public_key().to_json().has_value());
    CHECK_FALSE(key.public_key().thumbprint().has_value());
    CHECK(key.kid().empty());
    CHECK(private_key(rfc7520_oct_key).kid() == "018c0ae5-4d9b-471b-bfd6-eef314bc7037");
}

TEST_CASE("RFC7518-3.2-1 a shared secret has 256 bits or more")
{
    CHECK(SigningKey::from_shared_secret(Secret(std::string(31, 's'))).error() == JwkError::weak_key);
    CHECK(SigningKey::from_shared_secret(Secret("")).error() == JwkError::weak_key);
    const auto key = SigningKey::from_shared_secret(Secret(std::string(32, 's'))).value();
    CHECK(key.algorithm() == JwsAlgorithm::hs256);
    CHECK(key.public_key().verify("message", key.sign("message")));
}

TEST_CASE("RFC7517-4-1 unknown members are ignored")
{
    auto members = json::parse(rfc8037_a2_public);
    members["x5u"] = "https://example.com/";
    members["iat"] = 1;
    members["https://example.com/what"] = {{"nested", {1, 2}}};
    CHECK(public_key(members.dump()).thumbprint() == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

TEST_CASE("RFC7517-4.3-1 use and key_ops that allow signatures are accepted")
{
    const auto [name, member, value] = GENERATE(table<std::string, std::string, json>({
        {"use", "use", "sig"},
        {"verify", "key_ops", {"verify"}},
        {"both", "key_ops", {"sign", "verify"}},
    }));
    CAPTURE(name);
    auto members = json::parse(rfc8037_a2_public);
    members[member] = value;
    CHECK(Jwk::from_json(members.dump()).has_value());
}

TEST_CASE("STILE-jwk-5 a kid is kept unchanged, whatever characters it has")
{
    auto members = json::parse(rfc8037_key);
    members["kid"] = "a\"b\\c\nä\x01";
    const auto key = private_key(members.dump());
    CHECK(json(key.kid()) == members["kid"]);
    CHECK(json::parse(key.to_json().reveal())["kid"] == members["kid"]);
    CHECK(json::parse(key.public_key().to_json().value())["kid"] == members["kid"]);
}

TEST_CASE("STILE-jwk-6 a key without alg gets the only algorithm of its kty, or the requested one")
{
    CHECK(private_key(rfc7515_a1_key).algorithm() == JwsAlgorithm::hs256);
    CHECK(private_key(rfc7515_a3_key).algorithm() == JwsAlgorithm::es256);
    CHECK(private_key(rfc8037_key).algorithm() == JwsAlgorithm::eddsa);
    CHECK(private_key(rfc7515_a2_key, JwsAlgorithm::rs256).algorithm() == JwsAlgorithm::rs256);
    CHECK(private_key(rfc7515_a2_key, JwsAlgorithm::ps256).algorithm() == JwsAlgorithm::ps256);
}

TEST_CASE("STILE-jwk-7 algorithm names are matched exactly, and none is refused")
{
    for (const auto algorithm : jws_algorithms)
        CHECK(parse_jws_algorithm(to_string(algorithm)) == algorithm);
    const auto name = GENERATE("", "none", "None", "rs256", "RS256 ", "RS384", "ES256K", "EDDSA", "Ed25519", "HS512");
    CAPTURE(name);
    CHECK_FALSE(parse_jws_algorithm(name).has_value());
}
