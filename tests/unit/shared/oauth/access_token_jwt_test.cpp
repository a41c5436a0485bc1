#include "shared/oauth/access_token_jwt.h"

#include "tests/support/catch.h"

using namespace stile;

namespace {

constexpr Seconds now = 1'700'000'000;

AccessTokenClaims user_claims()
{
    return {"https://as.example",
            "alice",
            "https://as.example",
            "app",
            "read",
            "9N6yQbe6KuOKQ1xzjh",
            now,
            now + 300,
            now - 60};
}

Expected<AccessTokenClaims, JwsError> read(const std::string& token, const SigningKey& key, Seconds when = now)
{
    return read_access_token(token, JwkSet({key.public_key()}), "https://as.example", when);
}

} // namespace

TEST_CASE("STILE-jwt-9 the claims of RFC 9068 are written and parsed")
{
    const auto key = SigningKey::generate(JwsAlgorithm::es256);
    const auto token = *sign_access_token(user_claims(), key);
    const auto jws = verify_jws(token, key.public_key());
    REQUIRE(jws);
    CHECK(jws->header.typ == "at+jwt");
    CHECK(jws->header.kid == key.kid());
    CHECK(jws->payload
          == R"({"iss":"https://as.example","sub":"alice","aud":"https://as.example","client_id":"app",)"
             R"("scope":"read","iat":1700000000,"exp":1700000300,"auth_time":1699999940,"jti":"9N6yQbe6KuOKQ1xzjh"})");
    const auto claims = read(token, key);
    REQUIRE(claims);
    CHECK(claims->subject == "alice");
    CHECK(claims->token_id == "9N6yQbe6KuOKQ1xzjh");
    CHECK(claims->auth_time == now - 60);
}

TEST_CASE("STILE-jwt-9 a client_credentials token has no auth_time; only a shared secret's may lack an audience")
{
    auto claims = user_claims();
    claims.auth_time = 0;
    claims.audience = "";
    const auto shared = *SigningKey::from_shared_secret(Secret("thirty-two bytes of shared secret"));
    const auto token = *sign_access_token(claims, shared);
    CHECK(verify_jws(token, shared.public_key())->header.typ == "JWT");
    CHECK_FALSE(verify_jws(token, shared.public_key())->payload.contains("auth_time"));
    CHECK(read(token, shared));
    const auto key = SigningKey::generate(JwsAlgorithm::eddsa);
    CHECK_FALSE(read(*sign_access_token(claims, key), key));
}

TEST_CASE("STILE-jwt-10 expired tokens, tokens of another issuer and of unknown keys are refused")
{
    const auto key = SigningKey::generate(JwsAlgorithm::es256);
    const auto token = *sign_access_token(user_claims(), key);
    CHECK(read(token, key, now + 299));
    CHECK_FALSE(read(token, key, now + 300)); // RFC 7519 §4.1.4: on or after
    CHECK_FALSE(read_access_token(token, JwkSet({key.public_key()}), "https://other.example", now));
    CHECK(read(token, SigningKey::generate(JwsAlgorithm::es256)).error() == JwsError::unknown_key);
    CHECK(is_signed_token(token));
    CHECK_FALSE(is_signed_token("9N6yQbe6KuOKQ1xzjhfnEzD0FvlS6NkUrcXb5RLqXV"));
}
