#include "shared/crypto/base64.h"
#include "shared/crypto/jwk.h"
#include "tests/support/catch.h"
#include "tests/unit/shared/crypto/jose_vectors.h"

#include <nlohmann/json.hpp>

using namespace stile;
using namespace stile::test;
using nlohmann::json;

namespace {

using Changes = std::vector<std::pair<std::string, json>>;

// null takes the member away.
std::string changed(std::string_view jwk, const Changes& changes)
{
    auto members = json::parse(jwk);
    for (const auto& [name, value] : changes) {
        if (value.is_null())
            members.erase(name);
        else
            members[name] = value;
    }
    return members.dump();
}

std::string member(std::string_view jwk, const std::string& name)
{
    return json::parse(jwk)[name];
}

// The same number with a zero byte before it.
std::string padded(std::string_view text)
{
    return base64url_encode(std::string(1, '\0') + base64url_decode(text).value());
}
std::string shortened(std::string_view text)
{
    return base64url_encode(base64url_decode(text)->substr(1));
}

std::string rsa(std::string_view modulus, std::string_view exponent = "AQAB")
{
    return json({{"kty", "RSA"}, {"alg", "RS256"}, {"n", modulus}, {"e", exponent}}).dump();
}

JwkError public_error(std::string_view text, std::optional<JwsAlgorithm> algorithm = std::nullopt)
{
    const auto key = Jwk::from_json(text, algorithm);
    REQUIRE_FALSE(key.has_value());
    return key.error();
}

JwkError private_error(std::string_view text, std::optional<JwsAlgorithm> algorithm = std::nullopt)
{
    const auto key = SigningKey::from_json(Secret(std::string(text)), algorithm);
    REQUIRE_FALSE(key.has_value());
    return key.error();
}

const std::string_view okp = rfc8037_a2_public;
const std::string ec = changed(rfc7515_a3_key, {{"d", nullptr}});
const std::string rsa_2048 = rsa(modulus_2048);

} // namespace

TEST_CASE("STILE-jwk-8 a private key in place of a public one is refused before any other check")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"RSA", std::string(rfc7515_a2_key)},
        {"EC", std::string(rfc7515_a3_key)},
        {"OKP", std::string(rfc8037_key)},
        {"oct", std::string(rfc7515_a1_key)},
        {"one prime", changed(rsa_2048, {{"p", "AQ"}})},
        {"other primes", changed(rsa_2048, {{"oth", json::array()}})},
        {"of another type", changed(okp, {{"d", 1}})},
        {"k in an EC key", changed(ec, {{"k", "AQ"}})},
        {"of an unknown kty", R"({"kty":"AKP","alg":"ML-DSA-44","pub":"AQ","priv":"AQ"})"},
        {"of an unknown curve", R"({"kty":"OKP","crv":"X25519","x":"AQ","d":"AQ"})"},
        {"not for signatures", changed(rfc7515_a3_key, {{"use", "enc"}})},
    }));
    CAPTURE(name);
    CHECK(public_error(text) == JwkError::private_member);
}

TEST_CASE("RFC7517-4.1-1 a JWK without a member that its kty requires is refused")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"kty", changed(okp, {{"kty", nullptr}})},
        {"EC crv", changed(ec, {{"crv", nullptr}})},
        {"x", changed(ec, {{"x", nullptr}})},
        {"y", changed(ec, {{"y", nullptr}})},
        {"OKP crv", changed(okp, {{"crv", nullptr}})},
        {"OKP x", changed(okp, {{"x", nullptr}})},
        {"n", changed(rsa_2048, {{"n", nullptr}})},
        {"e", changed(rsa_2048, {{"e", nullptr}})},
    }));
    CAPTURE(name);
    CHECK(public_error(text) == JwkError::missing_member);
}

TEST_CASE("RFC7518-6.3.2-1 a private JWK without one of its private members is refused")
{
    for (const auto* name : {"d", "p", "q", "dp", "dq", "qi"}) {
        CAPTURE(name);
        CHECK(private_error(changed(rfc7517_a2_rsa, {{name, nullptr}})) == JwkError::missing_member);
    }
    CHECK(private_error(ec) == JwkError::missing_member);
    CHECK(private_error(okp) == JwkError::missing_member);
    CHECK(private_error(R"({"kty":"oct"})") == JwkError::missing_member);
}

TEST_CASE("RFC7518-6.2.1.2-1 members of the wrong type, form or length are refused")
{
    const auto x = member(okp, "x");
    const auto [name, text] = GENERATE_COPY(table<std::string, std::string>({
        {"kty of another type", changed(okp, {{"kty", 1}})},
        {"crv of another type", changed(okp, {{"crv", {"Ed25519"}}})},
        {"alg of another type", changed(okp, {{"alg", true}})},
        {"use of another type", changed(okp, {{"use", 1}})},
        {"kid of another type", changed(okp, {{"kid", 1}})},
        {"kid empty", changed(okp, {{"kid", ""}})},
        {"x of another type", changed(okp, {{"x", 1}})},
        {"x empty", changed(okp, {{"x", ""}})},
        {"x with padding", changed(okp, {{"x", x + "="}})},
        {"x with white space", changed(okp, {{"x", x + "\n"}})},
        {"x with left-over bits", changed(okp, {{"x", x.substr(0, 42) + "p"}})},
        {"x too long", changed(okp, {{"x", padded(x)}})},
        {"x too short", changed(okp, {{"x", shortened(x)}})},
        {"leading zero of x taken away",
         changed(zero_x_key, {{"d", nullptr}, {"x", shortened(member(zero_x_key, "x"))}})},
        {"leading zero of y taken away",
         changed(zero_y_key, {{"d", nullptr}, {"y", shortened(member(zero_y_key, "y"))}})},
        {"leading zero before x", changed(ec, {{"x", padded(member(ec, "x"))}})},
        {"leading zero before n", rsa(padded(modulus_2048))},
        {"leading zero before e", rsa(modulus_2048, "AAEAAQ")},
        {"n empty", rsa("")},
        {"e empty", rsa(modulus_2048, "")},
        {"e a number", changed(rsa_2048, {{"e", 65537}})},
        {"n in base64", rsa(base64_encode(base64url_decode(modulus_2048).value()))},
        {"key_ops of another type", changed(okp, {{"key_ops", "verify"}})},
        {"key_ops of numbers", changed(okp, {{"key_ops", {1}}})},
        {"key_ops twice the same", changed(okp, {{"key_ops", {"verify", "verify"}}})},
    }));
    CAPTURE(name, text);
    CHECK(public_error(text) == JwkError::bad_value);
}

TEST_CASE("RFC7518-6.2.2.1-1 a private number has the length of its curve")
{
    for (const auto key : {zero_x_key, rfc7515_a3_key, rfc8037_key}) {
        const auto d = member(key, "d");
        CHECK(private_error(changed(key, {{"d", padded(d)}})) == JwkError::bad_value);
        CHECK(private_error(changed(key, {{"d", shortened(d)}})) == JwkError::bad_value);
    }
    CHECK(private_error(changed(rfc7517_a2_rsa, {{"d", padded(member(rfc7517_a2_rsa, "d"))}})) == JwkError::bad_value);
}

TEST_CASE("RFC7518-6.2.1-1 coordinates that are not a point of the curve are refused")
{
    const auto x = member(ec, "x");
    const auto [name, text] = GENERATE_COPY(table<std::string, std::string>({
        {"point off the curve", changed(ec, {{"y", x}})},
        {"x and y exchanged", changed(ec, {{"x", member(ec, "y")}, {"y", x}})},
        {"point of zeros", changed(ec, {{"x", std::string(43, 'A')}, {"y", std::string(43, 'A')}})},
        {"x over the field's prime", changed(ec, {{"x", "__________________________________________8"}})},
    }));
    CAPTURE(name);
    CHECK(public_error(text) == JwkError::inconsistent);
}

TEST_CASE("STILE-jwk-9 private numbers that do not match the public ones are refused")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"EC, another d", changed(rfc7515_a3_key, {{"d", member(zero_x_key, "d")}})},
        {"EC, d of zero", changed(rfc7515_a3_key, {{"d", std::string(43, 'A')}})},
        {"EC, d over the order", changed(rfc7515_a3_key, {{"d", "__________________________________________8"}})},
        {"OKP, another d", changed(rfc8037_key, {{"d", member(rfc7515_a3_key, "d")}})},
        {"OKP, another x", changed(rfc8037_key, {{"x", member(ec, "x")}})},
        {"RSA, another n", changed(rfc7517_a2_rsa, {{"n", modulus_2048}})},
        {"RSA, another d", changed(rfc7517_a2_rsa, {{"d", member(rfc7515_a2_key, "d")}})},
        {"RSA, another p", changed(rfc7517_a2_rsa, {{"p", member(rfc7515_a2_key, "p")}})},
        {"RSA, another dp", changed(rfc7517_a2_rsa, {{"dp", member(rfc7515_a2_key, "dp")}})},
        {"RSA, another dq", changed(rfc7517_a2_rsa, {{"dq", member(rfc7515_a2_key, "dq")}})},
        {"RSA, another qi", changed(rfc7517_a2_rsa, {{"qi", member(rfc7515_a2_key, "qi")}})},
    }));
    CAPTURE(name);
    CHECK(private_error(text) == JwkError::inconsistent);
}

TEST_CASE("RFC7518-3.3-1 an RSA key has 2048 bits or more")
{
    CHECK(public_error(rsa(modulus_1024)) == JwkError::weak_key);
    CHECK(public_error(rsa(modulus_2047)) == JwkError::weak_key);
    CHECK(Jwk::from_json(rsa(modulus_2048)).has_value());
    CHECK(public_error(rsa(modulus_4104)) == JwkError::unsupported);
}

TEST_CASE("STILE-jwk-10 an RSA exponent is odd and has a value from 65537 to 32 bits")
{
    CHECK(public_error(rsa(modulus_2048, "AQ")) == JwkError::weak_key); // 1
    CHECK(public_error(rsa(modulus_2048, "Aw")) == JwkError::weak_key); // 3
    CHECK(public_error(rsa(modulus_2048, "__8")) == JwkError::weak_key); // 65535
    CHECK(public_error(rsa(modulus_2048, "AQAA")) == JwkError::weak_key); // 65536
    CHECK(public_error(rsa(modulus_2048, "AQAC")) == JwkError::weak_key); // 65538
    CHECK(Jwk::from_json(rsa(modulus_2048, "AQAD")).has_value()); // 65539
    CHECK(Jwk::from_json(rsa(modulus_2048, "_____w")).has_value()); // 2^32 - 1
    CHECK(public_error(rsa(modulus_2048, "AQAAAAE")) == JwkError::unsupported); // 2^32 + 1
}

TEST_CASE("RFC7517-4.2-1 a key with another use than signatures is refused")
{
    const auto [name, member, value] = GENERATE(table<std::string, std::string, json>({
        {"encryption", "use", "enc"},
        {"unknown use", "use", "SIG"},
        {"no operation", "key_ops", json::array()},
        {"sign alone, by a public key", "key_ops", {"sign"}},
        {"encryption among the operations", "key_ops", {"verify", "encrypt"}},
        {"unwrapping", "key_ops", {"unwrapKey"}},
    }));
    CAPTURE(name);
    CHECK(public_error(changed(okp, {{member, value}})) == JwkError::not_for_signatures);
    CHECK(public_error(rfc7517_a1_ec) == JwkError::not_for_signatures);
    CHECK(private_error(changed(rfc8037_key, {{"key_ops", {"verify"}}})) == JwkError::not_for_signatures);
}

TEST_CASE("RFC8725-3.1-1 alg, kty and the algorithm asked for agree")
{
    using enum JwsAlgorithm;
    const auto [name, text, wanted] = GENERATE(table<std::string, std::string, std::optional<JwsAlgorithm>>({
        {"EC key for RS256", changed(ec, {{"alg", "RS256"}}), std::nullopt},
        {"EC key for HS256", changed(ec, {{"alg", "HS256"}}), std::nullopt},
        {"RSA key for ES256", changed(rsa_2048, {{"alg", "ES256"}}), std::nullopt},
        {"RSA key for HS256", changed(rsa_2048, {{"alg", "HS256"}}), std::nullopt},
        {"OKP key for ES256", changed(okp, {{"alg", "ES256"}}), std::nullopt},
        {"RS256 key wanted for PS256", rsa_2048, ps256},
        {"RS256 key wanted for HS256", rsa_2048, hs256},
        {"EC key wanted for EdDSA", ec, eddsa},
        {"OKP key wanted for HS256", std::string(okp), hs256},
    }));
    CAPTURE(name);
    CHECK(public_error(text, wanted) == JwkError::algorithm_mismatch);
    CHECK(private_error(rfc7515_a1_key, rs256) == JwkError::algorithm_mismatch);
    CHECK(private_error(rfc7517_a2_rsa, ps256) == JwkError::algorithm_mismatch);
}

TEST_CASE("STILE-jwk-11 an RSA key without alg has no algorithm unless one is requested")
{
    CHECK(public_error(changed(rsa_2048, {{"alg", nullptr}})) == JwkError::algorithm_missing);
    CHECK(private_error(rfc7515_a2_key) == JwkError::algorithm_missing);
}

TEST_CASE("STILE-jwk-12 unsupported key types are refused")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"unknown kty", changed(okp, {{"kty", "okp"}})},
        {"kty of another standard", R"({"kty":"AKP","alg":"ML-DSA-44","pub":"AQ"})"},
        {"P-384", changed(ec, {{"crv", "P-384"}})},
        {"secp256k1", changed(ec, {{"crv", "secp256k1"}})},
        {"Ed448", changed(okp, {{"crv", "Ed448"}})},
        {"X25519", changed(okp, {{"crv", "X25519"}})},
        {"alg none", changed(okp, {{"alg", "none"}})},
        {"RS512", changed(rsa_2048, {{"alg", "RS512"}})},
        {"RSA for encryption", changed(rsa_2048, {{"alg", "RSA-OAEP"}})},
        {"a shared secret without its secret", R"({"kty":"oct"})"},
    }));
    CAPTURE(name);
    CHECK(public_error(text) == JwkError::unsupported);
    CHECK(private_error(changed(rfc7517_a2_rsa, {{"oth", json::array({1})}})) == JwkError::unsupported);
}

TEST_CASE("RFC7517-4-2 a JWK that is not a JSON object, too large, or has a repeated member is refused")
{
    const std::string text(okp);
    const auto [name, jwk] = GENERATE_COPY(table<std::string, std::string>({
        {"nothing", ""},
        {"array", "[" + text + "]"},
        {"cut", text.substr(0, text.size() - 1)},
        {"kty twice", text.substr(0, text.size() - 1) + R"(,"kty":"OKP"})"},
        {"x twice", text.substr(0, text.size() - 1) + R"(,"x":"AQ"})"},
        {"unknown member twice", text.substr(0, text.size() - 1) + R"(,"a":1,"a":1})"},
        {"over 16 kB", text + std::string(16 * 1024, ' ')},
    }));
    CAPTURE(name);
    CHECK(public_error(jwk) == JwkError::malformed);
    CHECK(private_error(jwk) == JwkError::malformed);
}

TEST_CASE("STILE-jwk-13 a short shared secret is refused as a JWK too, and no error message contains a part of a key")
{
    CHECK(private_error(json({{"kty", "oct"}, {"k", base64url_encode(std::string(31, 's'))}}).dump())
          == JwkError::weak_key);
    CHECK(private_error(R"({"kty":"oct","k":""})") == JwkError::weak_key);
    CHECK(private_error(R"({"kty":"oct","k":"s3cr3t*"})") == JwkError::bad_value);
    for (int i = 0; i <= static_cast<int>(JwkError::inconsistent); ++i)
        CHECK(to_string(static_cast<JwkError>(i)) != "not a key");
}
