#include "shared/base/text.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/crypto/jws.h"
#include "tests/support/catch.h"
#include "tests/unit/shared/crypto/jose_vectors.h"

using namespace stile;
using namespace stile::test;
using namespace std::string_literals;

namespace {

using enum JwsAlgorithm;

SigningKey key_of(std::string_view jwk, JwsAlgorithm algorithm)
{
    return SigningKey::from_json(Secret(std::string(jwk)), algorithm).value();
}

// A JWS whose signature is right, with the header as it is given.
std::string signed_with(std::string_view header, const SigningKey& key, std::string_view payload = "{}")
{
    const auto input = base64url_encode(header) + '.' + base64url_encode(payload);
    return input + '.' + base64url_encode(key.sign(input));
}

JwsError error_of(std::string_view jws, const Jwk& key)
{
    const auto verified = verify_jws(jws, key);
    REQUIRE_FALSE(verified.has_value());
    return verified.error();
}

const SigningKey& shared()
{
    static const auto key = key_of(rfc7515_a1_key, hs256);
    return key;
}

} // namespace

TEST_CASE("RFC7518-3.6-1 an unsecured JWS is refused, whatever the key")
{
    const auto alg = GENERATE("none", "None", "NONE", "nOnE", "");
    const auto header = R"({"alg":")" + std::string(alg) + "\"}";
    const auto input = base64url_encode(header) + '.' + base64url_encode("{}") + '.';
    for (const auto algorithm : jws_algorithms) {
        const auto key = SigningKey::generate(algorithm);
        CHECK(error_of(input, key.public_key()) == JwsError::wrong_algorithm);
        CHECK(error_of(signed_with(header, key), key.public_key()) == JwsError::wrong_algorithm);
        CHECK(error_of(rfc7515_a5_jws, key.public_key()) == JwsError::wrong_algorithm);
    }
    CHECK(read_jws_header(input).error() == JwsError::wrong_algorithm);
}

TEST_CASE("RFC8725-3.1-2 a header with another algorithm than the key's is refused")
{
    const auto algorithm = GENERATE(from_range(jws_algorithms));
    const auto key = SigningKey::generate(algorithm);
    for (const auto other : jws_algorithms) {
        if (other == algorithm)
            continue;
        const auto jws = signed_with(R"({"alg":")" + std::string(to_string(other)) + "\"}", key);
        CHECK(error_of(jws, key.public_key()) == JwsError::wrong_algorithm);
    }
    CHECK(error_of(signed_with(R"({"alg":"RS512"})", key), key.public_key()) == JwsError::wrong_algorithm);
}

TEST_CASE("RFC8725-2.1-1 a public key's text is not accepted as a shared secret")
{
    const auto rsa = Jwk::from_json(rfc7517_a1_rsa).value();
    const auto header = base64url_encode(R"({"alg":"HS256"})") + '.' + base64url_encode("{}");
    for (const auto& secret : {std::string(rfc7517_a1_rsa), rsa.to_json().value(), ""s}) {
        const auto jws = header + '.' + base64url_encode(hmac_sha256(secret, header));
        CHECK(error_of(jws, rsa) == JwsError::wrong_algorithm);
        const JwkSet set({rsa});
        CHECK(verify_jws(jws, set, jws_algorithms).error() == JwsError::unknown_key);
    }
}

TEST_CASE("RFC7515-4.1.11-1 crit and b64 are refused, even with a valid signature")
{
    const auto [name, header] = GENERATE(table<std::string, std::string>({
        {"crit", R"({"alg":"HS256","crit":["exp"],"exp":1})"},
        {"crit empty", R"({"alg":"HS256","crit":[]})"},
        {"crit null", R"({"alg":"HS256","crit":null})"},
        {"crit and b64", R"({"alg":"HS256","crit":["b64"],"b64":false})"},
        {"b64 alone", R"({"alg":"HS256","b64":false})"},
        {"b64 true", R"({"alg":"HS256","b64":true})"},
    }));
    CAPTURE(name);
    CHECK(error_of(signed_with(header, shared()), shared().public_key()) == JwsError::critical_header);
}

TEST_CASE("RFC7515-5.2-4 a header that is not a JSON object, or has a repeated member, is refused")
{
    const auto [name, header] = GENERATE(table<std::string, std::string>({
        {"empty", ""},
        {"text", "HS256"},
        {"array", R"([{"alg":"HS256"}])"},
        {"cut", R"({"alg":"HS256")"},
        {"no alg", R"({"typ":"JWT"})"},
        {"alg of another type", R"({"alg":1})"},
        {"alg null", R"({"alg":null})"},
        {"alg in an array", R"({"alg":["HS256"]})"},
        {"alg twice", R"({"alg":"HS256","alg":"HS256"})"},
        {"alg twice, once none", R"({"alg":"none","alg":"HS256"})"},
        {"kid twice", R"({"alg":"HS256","kid":"a","kid":"b"})"},
        {"unknown member twice", R"({"alg":"HS256","a":1,"a":1})"},
        {"typ of another type", R"({"alg":"HS256","typ":1})"},
        {"kid of another type", R"({"alg":"HS256","kid":{}})"},
        {"not UTF-8", "{\"alg\":\"HS256\",\"typ\":\"\xff\"}"},
        {"too deep", R"({"alg":"HS256","a":)" + std::string(20, '[') + std::string(20, ']') + "}"},
    }));
    CAPTURE(name);
    CHECK(error_of(signed_with(header, shared()), shared().public_key()) == JwsError::malformed);
}

TEST_CASE("STILE-jws-5 other header members are ignored, also jwk and jku")
{
    const auto jws = signed_with(R"({"alg":"HS256","typ":"x+y","jku":"http://127.0.0.1:1/","jwk":{"kty":"oct","k":""},)"
                                 R"("cty":"JWT","x5u":"http://127.0.0.1:1/"})",
                                 shared());
    CHECK(verify_jws(jws, shared().public_key())->header.typ == "x+y"); // the caller's to judge
}

TEST_CASE("RFC7515-7.1-1 anything but three parts of canonical base64url is refused")
{
    const std::string jws(rfc7515_a1_jws);
    const auto parts = split(rfc7515_a1_jws, '.');
    const std::string header(parts[0]);
    const std::string payload(parts[1]);
    const std::string signature(parts[2]);
    const auto [name, text] = GENERATE_COPY(table<std::string, std::string>({
        {"nothing", ""},
        {"one part", header},
        {"two parts", header + "." + payload},
        {"dots alone", ".."},
        {"dot before", "." + jws},
        {"dot behind", jws + "."},
        {"four parts", jws + "." + signature},
        {"five parts, as a JWE", header + "..." + payload + "." + signature},
        {"space before", " " + jws},
        {"line feed behind", jws + "\n"},
        {"NUL behind", jws + "\0"s},
        {"padding of the header", header + "=." + payload + "." + signature},
        {"padding of the signature", jws + "="},
        {"line feed in the payload", header + "." + payload + "\n." + signature},
        {"left-over bits of the signature", jws.substr(0, jws.size() - 1) + "l"}, // k has zeros
        {"JSON serialization", R"({"payload":")" + payload + R"(","protected":")" + header + "\"}"},
    }));
    CAPTURE(name);
    CHECK(error_of(text, shared().public_key()) == JwsError::malformed);
    CHECK(read_jws_header(text).error() == JwsError::malformed);
}

TEST_CASE("STILE-jws-6 a JWS over 16 kB is refused before it is parsed")
{
    CHECK(error_of(std::string(16 * 1024 + 1, '.'), shared().public_key()) == JwsError::too_large);
    CHECK(error_of(std::string(16 * 1024, '.'), shared().public_key()) == JwsError::malformed);
}

TEST_CASE("RFC7515-5.2-8 a change of any bit of the signed text or of the signature is detected")
{
    const auto algorithm = GENERATE(from_range(jws_algorithms));
    CAPTURE(to_string(algorithm));
    const auto key = SigningKey::generate(algorithm);
    const auto good = key.sign("message");
    for (std::size_t i = 0; i < good.size(); ++i)
        for (const int bit : {0, 7}) {
            auto bad = good;
            bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
            CHECK_FALSE(key.public_key().verify("message", bad));
        }
    CHECK_FALSE(key.public_key().verify("messagf", good));
    CHECK_FALSE(key.public_key().verify("message ", good));
    CHECK_FALSE(key.public_key().verify("", good));
}

TEST_CASE("RFC7518-3-1 a signature of another length or format is refused")
{
    const auto algorithm = GENERATE(from_range(jws_algorithms));
    CAPTURE(to_string(algorithm));
    const auto key = SigningKey::generate(algorithm);
    const auto good = key.sign("message");
    for (const auto& bad : {""s, good.substr(1), good.substr(0, good.size() - 1), good + '\0', '\0' + good, good + good,
                            std::string(good.size(), '\0'), std::string(good.size(), '\xff'), "\0"s}) {
        CAPTURE(bad.size());
        CHECK_FALSE(key.public_key().verify("message", bad));
    }
    const auto jws = sign_jws("{}", "", key).value();
    CHECK(error_of(jws.substr(0, jws.rfind('.') + 1), key.public_key()) == JwsError::bad_signature);
}

TEST_CASE("RFC7518-3.4-2 an ES256 signature in DER, or with r or s out of range, is refused")
{
    const auto key = key_of(rfc7515_a3_key, es256);
    const auto good = key.sign("message");
    const std::string zero(32, '\0');
    // The order of P-256 (SEC 2 §2.4.2).
    const auto order = base64url_decode("_____wAAAAD__________7zm-q2nF56E87nKwvxjJVE").value();
    for (const auto& bad : {zero + good.substr(32), good.substr(0, 32) + zero, order + good.substr(32),
                            good.substr(0, 32) + order, good.substr(32) + good.substr(0, 32)})
        CHECK_FALSE(key.public_key().verify("message", bad));
    // A DER signature that happens to be as long as two numbers: SEQUENCE { r of 29 bytes, s of 29 bytes }.
    const auto der = "\x30\x3e\x02\x1d"s + good.substr(3, 29) + "\x02\x1d"s + good.substr(35, 29);
    CHECK(der.size() == 64);
    CHECK_FALSE(key.public_key().verify("message", der));
}

TEST_CASE("RFC7518-3.5-1 a PS256 signature with another salt length or MGF1 hash is refused")
{
    const auto key = key_of(rfc7515_a2_key, ps256);
    const auto jws = GENERATE(a2_ps256_salt0, a2_ps256_salt20, a2_ps256_sha1);
    CHECK(error_of(jws, key.public_key()) == JwsError::bad_signature);
}

TEST_CASE("RFC7518-3.3-2 a PKCS1 signature is not valid for PS256, and the other way round")
{
    const auto rs = key_of(rfc7515_a2_key, rs256);
    const auto ps = key_of(rfc7515_a2_key, ps256);
    CHECK_FALSE(ps.public_key().verify("message", rs.sign("message")));
    CHECK_FALSE(rs.public_key().verify("message", ps.sign("message")));
    CHECK(error_of(rfc7515_a2_jws, ps.public_key()) == JwsError::wrong_algorithm);
    CHECK(error_of(a2_ps256_jws, rs.public_key()) == JwsError::wrong_algorithm);
}

TEST_CASE("STILE-jws-7 every error has a message")
{
    for (int i = 0; i <= static_cast<int>(JwsError::bad_signature); ++i)
        CHECK(to_string(static_cast<JwsError>(i)) != "not a JWS");
}
