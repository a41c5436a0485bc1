#include "shared/crypto/jws.h"

#include "shared/base/text.h"
#include "shared/crypto/base64.h"
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

// The text up to the second dot, and the text after it.
std::pair<std::string, std::string> halves(std::string_view jws)
{
    const auto dot = jws.rfind('.');
    return {std::string(jws.substr(0, dot)), base64url_decode(jws.substr(dot + 1)).value()};
}

constexpr std::string_view joe = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}";

} // namespace

TEST_CASE("RFC7515-A-1 the examples of RFC 7515, 7520 and 8037 verify under their keys")
{
    const auto [name, jwk, algorithm, jws] =
        GENERATE(table<std::string, std::string_view, JwsAlgorithm, std::string_view>({
            {"RFC 7515 A.1", rfc7515_a1_key, hs256, rfc7515_a1_jws},
            {"RFC 7515 A.2", rfc7515_a2_key, rs256, rfc7515_a2_jws},
            {"RFC 7515 A.3", rfc7515_a3_key, es256, rfc7515_a3_jws},
            {"RFC 7520 4.1", rfc7520_rsa_key, rs256, rfc7520_4_1_jws},
            {"RFC 7520 4.4", rfc7520_oct_key, hs256, rfc7520_4_4_jws},
            {"RFC 8037 A.5", rfc8037_key, eddsa, rfc8037_jws},
            {"PS256 of another library", rfc7515_a2_key, ps256, a2_ps256_jws},
        }));
    CAPTURE(name);
    const auto key = key_of(jwk, algorithm);
    const auto verified = verify_jws(jws, key.public_key());
    REQUIRE(verified.has_value());
    CHECK(verified->header.algorithm == algorithm);
    CHECK(base64url_encode(verified->payload) == split(jws, '.')[1]);
}

TEST_CASE("RFC7515-A-2 the deterministic algorithms give the signatures of the examples, byte for byte")
{
    const auto [name, jwk, algorithm, jws] =
        GENERATE(table<std::string, std::string_view, JwsAlgorithm, std::string_view>({
            {"RFC 7515 A.1", rfc7515_a1_key, hs256, rfc7515_a1_jws},
            {"RFC 7515 A.2", rfc7515_a2_key, rs256, rfc7515_a2_jws},
            {"RFC 7520 4.1", rfc7520_rsa_key, rs256, rfc7520_4_1_jws},
            {"RFC 7520 4.4", rfc7520_oct_key, hs256, rfc7520_4_4_jws},
            {"RFC 8037 A.4", rfc8037_key, eddsa, rfc8037_jws},
        }));
    CAPTURE(name);
    const auto [input, signature] = halves(jws);
    CHECK(key_of(jwk, algorithm).sign(input) == signature);
}

TEST_CASE("RFC7520-4-1 the compact serializations are those of the examples, including the header")
{
    const auto [jwk, algorithm, jws] = GENERATE(table<std::string_view, JwsAlgorithm, std::string_view>({
        {rfc7520_rsa_key, rs256, rfc7520_4_1_jws},
        {rfc7520_oct_key, hs256, rfc7520_4_4_jws},
    }));
    const auto payload = base64url_decode(split(jws, '.')[1]).value();
    CHECK(sign_jws(payload, "", key_of(jwk, algorithm)).value() == jws);
}

TEST_CASE("RFC7515-A-3 header and payload are those of the example")
{
    const auto verified = verify_jws(rfc7515_a1_jws, key_of(rfc7515_a1_key, hs256).public_key()).value();
    CHECK(verified.header.typ == "JWT");
    CHECK(verified.header.kid.empty());
    CHECK(verified.payload == joe);
    const auto header = read_jws_header(rfc7520_4_1_jws).value();
    CHECK(header.algorithm == rs256);
    CHECK(header.kid == "bilbo.baggins@hobbiton.example");
    CHECK(header.typ.empty());
}

TEST_CASE("STILE-jws-1 a key verifies its own signatures: every algorithm, any bytes")
{
    const auto algorithm = GENERATE(from_range(jws_algorithms));
    CAPTURE(to_string(algorithm));
    const auto key = SigningKey::generate(algorithm);
    for (const auto& payload : {""s, "{}"s, "with a \0 NUL and \xff"s, std::string(11000, 'p')}) {
        const auto jws = sign_jws(payload, "at+jwt", key).value();
        const auto verified = verify_jws(jws, key.public_key()).value();
        CHECK(verified.payload == payload);
        CHECK(verified.header.algorithm == algorithm);
        CHECK(verified.header.typ == "at+jwt");
        CHECK(verified.header.kid == key.kid());
    }
}

TEST_CASE("STILE-jws-2 the header has alg, typ, kid in this order, without empty members")
{
    const auto header_of = [](const std::string& typ, const SigningKey& key) {
        return base64url_decode(split(sign_jws("{}", typ, key).value(), '.')[0]).value();
    };
    const auto key = key_of(rfc8037_key, eddsa);
    CHECK(header_of("at+jwt", key)
          == R"({"alg":"EdDSA","typ":"at+jwt","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})");
    CHECK(header_of("", key) == R"({"alg":"EdDSA","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})");
    CHECK(header_of("JWT", SigningKey::generate(hs256)) == R"({"alg":"HS256","typ":"JWT"})");
}

TEST_CASE("STILE-jws-3 up to 16 kB can be signed")
{
    const auto key = SigningKey::generate(hs256); // 20 of header, 43 of signature, two dots
    const std::string most((16 * 1024 - 65) / 4 * 3, 'p');
    CHECK(verify_jws(sign_jws(most, "", key).value(), key.public_key())->payload == most);
    CHECK(sign_jws(most + "pppp", "", key).error() == JwsError::too_large);
    CHECK(sign_jws(std::string(1 << 20, 'p'), "", key).error() == JwsError::too_large);
}

TEST_CASE("RFC7518-3.4-1 an ES256 signature is r and s of 32 bytes each, with their leading zeros")
{
    const auto key = SigningKey::generate(es256);
    int short_ones = 0;
    for (int i = 0; i < 2000 && short_ones < 2; ++i) {
        const auto signature = key.sign("message");
        REQUIRE(signature.size() == 64);
        if (signature[0] != '\0' && signature[32] != '\0')
            continue;
        ++short_ones; // DER has it shorter
        CHECK(key.public_key().verify("message", signature));
    }
    CHECK(short_ones == 2); // of 2000, one in 128 on average
}

TEST_CASE("STILE-jws-4 a set verifies with the key of the header's algorithm and kid, if that algorithm is allowed")
{
    const auto first = SigningKey::generate(eddsa);
    const auto second = SigningKey::generate(eddsa);
    const auto other = SigningKey::generate(es256);
    const JwkSet set({first.public_key(), second.public_key(), other.public_key()});
    const std::array allowed = {eddsa};

    CHECK(verify_jws(sign_jws("1", "", first).value(), set, allowed)->payload == "1");
    CHECK(verify_jws(sign_jws("2", "", second).value(), set, allowed)->payload == "2");
    CHECK(verify_jws(sign_jws("3", "", other).value(), set, allowed).error() == JwsError::wrong_algorithm);
    CHECK(verify_jws(sign_jws("3", "", other).value(), set, jws_algorithms)->payload == "3");
    CHECK(verify_jws(sign_jws("3", "", other).value(), set, {}).error() == JwsError::wrong_algorithm);
    CHECK(verify_jws(sign_jws("4", "", SigningKey::generate(eddsa)).value(), set, allowed).error()
          == JwsError::unknown_key);
    CHECK(verify_jws(rfc8037_jws, set, allowed).error() == JwsError::unknown_key); // no kid, two keys
    const JwkSet single({Jwk::from_json(rfc8037_a2_public).value()});
    CHECK(verify_jws(rfc8037_jws, single, allowed)->payload == "Example of Ed25519 signing");
}
