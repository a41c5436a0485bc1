#include "shared/oauth/logout_token.h"

#include "shared/oauth/access_token_jwt.h"
#include "shared/oauth/id_token.h"
#include "tests/support/catch.h"

using namespace stile;

namespace {

LogoutTokenClaims some_claims()
{
    return {"https://as.example", "alice", "app", "the jti", "the sid", 1'700'000'000};
}

} // namespace

TEST_CASE("BCLOGOUT-2.4-2 a logout token has sub, aud, iat and sid, and is valid for two minutes")
{
    const auto key = SigningKey::generate(JwsAlgorithm::es256);
    const auto jws = verify_jws(*sign_logout_token(some_claims(), key), key.public_key());
    REQUIRE(jws);
    CHECK(jws->header.typ == "logout+jwt");
    CHECK(jws->header.kid == key.kid());
    CHECK(
        jws->payload
        == R"({"iss":"https://as.example","sub":"alice","aud":"app","iat":1700000000,"exp":1700000120,"jti":"the jti",)"
           R"("events":{"http://schemas.openid.net/event/backchannel-logout":{}},"sid":"the sid"})");
}

TEST_CASE("BCLOGOUT-2.4-3 without sid the token applies to all logins of the user")
{
    const auto key = SigningKey::generate(JwsAlgorithm::eddsa);
    auto claims = some_claims();
    claims.sid = "";
    const auto jws = verify_jws(*sign_logout_token(claims, key), key.public_key());
    REQUIRE(jws);
    CHECK_FALSE(jws->payload.contains("sid"));
}

TEST_CASE("BCLOGOUT-4.1-1 a logout token is not accepted as an ID token or access token")
{
    const auto key = SigningKey::generate(JwsAlgorithm::rs256);
    const auto token = *sign_logout_token(some_claims(), key);
    const JwkSet keys({key.public_key()});
    CHECK_FALSE(read_id_token(token, keys, "https://as.example"));
    CHECK_FALSE(read_access_token(token, keys, "https://as.example", 1'700'000'000));
    const IdTokenClaims about = {"https://as.example", "alice", "app", 1'700'000'000, 1'700'000'300,
                                 1'700'000'000,        "",      "pwd", "sid"};
    CHECK(read_id_token(*sign_id_token(about, "access token", key), keys, "https://as.example"));
}
