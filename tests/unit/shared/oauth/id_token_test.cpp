#include "shared/oauth/id_token.h"

#include "shared/crypto/base64.h"
#include "shared/crypto/digest.h"
#include "shared/oauth/access_token_jwt.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

using namespace stile;

namespace {

constexpr const char* issuer = "https://login.example.org";
constexpr const char* access_token = "9N6yQbe6KuOKQ1xzjhfnEzD0FvlS6NkUrcXb5RLqXV";

const SigningKey& key_of(JwsAlgorithm algorithm)
{
    static std::map<JwsAlgorithm, SigningKey> keys; // RSA takes its time
    if (const auto known = keys.find(algorithm); known != keys.end())
        return known->second;
    return keys.emplace(algorithm, SigningKey::generate(algorithm)).first->second;
}

JwkSet published(const SigningKey& key)
{
    return JwkSet({key.public_key()});
}

IdTokenClaims some_claims()
{
    return {.issuer = issuer,
            .subject = "alice",
            .client_id = "app",
            .issued_at = 1'800'000'000,
            .expires_at = 1'800'000'300,
            .auth_time = 1'799'999'000,
            .nonce = "n-0S6_WzA2Mj",
            .amr = "pwd otp mfa",
            .sid = "sid-of-app"};
}

nlohmann::json payload_of(std::string_view token)
{
    const auto first = token.find('.');
    return nlohmann::json::parse(*base64url_decode(token.substr(first + 1, token.rfind('.') - first - 1)));
}

std::string signed_with(const IdTokenClaims& claims, JwsAlgorithm algorithm = JwsAlgorithm::es256)
{
    auto token = sign_id_token(claims, access_token, key_of(algorithm));
    REQUIRE(token.has_value());
    return token.take();
}

} // namespace

TEST_CASE("OIDC-2-2 an ID token has sub, auth_time, acr, amr, aud and exp")
{
    const auto algorithm = GENERATE(JwsAlgorithm::rs256, JwsAlgorithm::ps256, JwsAlgorithm::es256, JwsAlgorithm::eddsa);
    CAPTURE(to_string(algorithm));
    const auto token = signed_with(some_claims(), algorithm);
    const auto jws = verify_jws(token, key_of(algorithm).public_key());
    REQUIRE(jws.has_value());
    CHECK(jws->header.typ == "JWT");
    CHECK(jws->header.kid == key_of(algorithm).kid());
    auto payload = payload_of(token);
    payload.erase("at_hash");
    CHECK(payload
          == nlohmann::json{{"iss", issuer},
                            {"sub", "alice"},
                            {"aud", "app"},
                            {"exp", 1'800'000'300},
                            {"iat", 1'800'000'000},
                            {"auth_time", 1'799'999'000},
                            {"nonce", "n-0S6_WzA2Mj"},
                            {"acr", "2"},
                            {"amr", {"pwd", "otp", "mfa"}},
                            {"sid", "sid-of-app"}});
}

TEST_CASE("OIDC-2-3 unknown claims are left out")
{
    auto claims = some_claims();
    claims.nonce = claims.amr = claims.sid = "";
    const auto payload = payload_of(signed_with(claims));
    for (const char* absent : {"nonce", "amr", "sid", "azp"})
        CHECK_FALSE(payload.contains(absent));
    CHECK(payload["acr"] == "0");
}

TEST_CASE("OIDC-3.1.3.6-1 at_hash is the left half of the digest of the access token, by the signature's hash")
{
    const auto half = [](const std::string& digest) { return base64url_encode(digest.substr(0, digest.size() / 2)); };
    for (const auto algorithm : {JwsAlgorithm::rs256, JwsAlgorithm::ps256, JwsAlgorithm::es256})
        CHECK(payload_of(signed_with(some_claims(), algorithm))["at_hash"] == half(sha256(access_token)));
    CHECK_FALSE(payload_of(signed_with(some_claims(), JwsAlgorithm::eddsa)).contains("at_hash"));
}

TEST_CASE("OIDC-5.5-3 requested user claims are in the ID token, with their types")
{
    auto claims = some_claims();
    claims.about_user = {{"email", "\"a@example.org\""},
                         {"email_verified", "true"},
                         {"address", R"({"locality":"Ulm"})"},
                         {"name", "\"\\u0000 <b>\""},
                         {"broken", "{"}};
    const auto payload = payload_of(signed_with(claims));
    CHECK(payload["email"] == "a@example.org");
    CHECK(payload["email_verified"] == true);
    CHECK(payload["address"]["locality"] == "Ulm");
    CHECK_FALSE(payload.contains("broken"));
}

TEST_CASE("STILE-id-token-1 a claim about the user cannot replace a claim of the protocol")
{
    auto claims = some_claims();
    claims.about_user = {{"sub", "\"mallory\""}, {"aud", "\"other\""}, {"iss", "\"x\""}, {"acr", "\"9\""}};
    const auto payload = payload_of(signed_with(claims));
    CHECK(payload["sub"] == "alice");
    CHECK(payload["aud"] == "app");
    CHECK(payload["iss"] == issuer);
    CHECK(payload["acr"] == "2");
}

TEST_CASE("OIDC-3.1.2.1-9 an ID token of this server is a hint, expired or not")
{
    const auto& key = key_of(JwsAlgorithm::es256);
    const auto hint = read_id_token(signed_with(some_claims()), published(key), issuer);
    REQUIRE(hint.has_value());
    CHECK(hint->subject == "alice");
    CHECK(hint->audience == "app");
    CHECK(hint->sid == "sid-of-app");
}

TEST_CASE("RFC8725-3.11-3 no other token is accepted as an ID token")
{
    const auto& key = key_of(JwsAlgorithm::es256);
    const auto keys = published(key);
    const auto token = signed_with(some_claims());
    CHECK_FALSE(read_id_token(token, keys, "https://another.example"));
    CHECK_FALSE(read_id_token(token + "A", keys, issuer));
    CHECK_FALSE(read_id_token("", keys, issuer));
    CHECK(read_id_token(signed_with(some_claims(), JwsAlgorithm::eddsa), keys, issuer).error()
          == JwsError::unknown_key);

    AccessTokenClaims access;
    access.issuer = issuer;
    access.subject = "alice";
    access.audience = "app";
    access.token_id = "9N6yQbe6KuOKQ1xzjh";
    access.expires_at = 1'800'000'300;
    access.auth_time = 1;
    CHECK_FALSE(read_id_token(*sign_access_token(access, key), keys, issuer));
    CHECK_FALSE(read_access_token(token, keys, issuer, 0)); // nor the other way round

    const auto resigned = [&](nlohmann::json payload, const char* typ) { return *sign_jws(payload.dump(), typ, key); };
    const auto payload = payload_of(token);
    CHECK(read_id_token(resigned(payload, "JWT"), keys, issuer));
    CHECK_FALSE(read_id_token(resigned(payload, "logout+jwt"), keys, issuer));
    CHECK_FALSE(read_id_token(resigned(payload, ""), keys, issuer));
    for (const char* needed : {"iss", "sub", "aud", "exp", "auth_time"}) {
        CAPTURE(needed);
        auto less = payload;
        less.erase(needed);
        CHECK_FALSE(read_id_token(resigned(less, "JWT"), keys, issuer));
    }
    auto several = payload;
    several["aud"] = {"app", "another"};
    CHECK_FALSE(read_id_token(resigned(several, "JWT"), keys, issuer));
}

TEST_CASE("RFC8725-3.1-7 an ID token that is unsigned or signed by a shared secret is refused")
{
    const auto token = signed_with(some_claims());
    const auto payload = token.substr(token.find('.'), token.rfind('.') - token.find('.') + 1);
    const auto& key = key_of(JwsAlgorithm::es256);
    const std::string none = base64url_encode(R"({"alg":"none","typ":"JWT"})") + payload;
    CHECK_FALSE(read_id_token(none, published(key), issuer));
    const auto shared = SigningKey::from_shared_secret(Secret(*key.public_key().to_json()));
    REQUIRE(shared.has_value());
    const auto forged = sign_jws(payload_of(token).dump(), "JWT", *shared);
    CHECK_FALSE(read_id_token(*forged, JwkSet({key.public_key(), shared->public_key()}), issuer));
}
