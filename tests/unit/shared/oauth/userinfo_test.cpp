#include "shared/oauth/userinfo.h"

#include "shared/oauth/access_token_jwt.h"
#include "shared/oauth/subject.h"
#include "tests/support/catch.h"

using namespace stile;

namespace {

using Names = std::vector<std::string>;

constexpr const char* issuer = "https://as.example";

Names names_of(const char* scope, std::string_view asked = "")
{
    return userinfo_claims(*Scope::parse(scope), asked);
}

const KnownClaims known = {{"name", R"("Jürgen \"J\" Müller")"},
                           {"email_verified", "false"},
                           {"updated_at", "1700000000"},
                           {"nickname", "null"},
                           {"middle_name", R"("")"},
                           {"website", "https://x"},
                           {"address", R"({"country":"DE"})"},
                           {"groups", R"(["a", "b"])"}};

} // namespace

TEST_CASE("STILE-userinfo-2 a token gives the claims of its scope; openid gives only sub")
{
    CHECK(names_of("openid").empty());
    CHECK(names_of("openid email") == Names{"email", "email_verified"});
    CHECK(names_of("phone openid address") == Names{"phone_number", "phone_number_verified", "address"});
    CHECK(names_of("openid profile").size() == 14);
    CHECK(names_of("openid groups offline_access") == Names{"groups"});
}

TEST_CASE("STILE-userinfo-2 claims requested one by one are added to those of the scope, each once")
{
    CHECK(names_of("openid", "name email") == Names{"name", "email"});
    CHECK(names_of("openid email", "phone_number email") == Names{"email", "email_verified", "phone_number"});
}

TEST_CASE("OIDC-5.3.2-2 unknown and empty claims are left out")
{
    CHECK(known_claim("name", known, "") == R"("Jürgen \"J\" Müller")");
    CHECK(known_claim("email_verified", known, "") == "false");
    CHECK(known_claim("updated_at", known, "") == "1700000000");
    for (const char* name : {"email", "nickname", "middle_name", "website"}) {
        CAPTURE(name);
        CHECK_FALSE(known_claim(name, known, "jm"));
    }
}

TEST_CASE("STILE-userinfo-1 without preferred_username the user name is returned, if the client may know it")
{
    CHECK(known_claim("preferred_username", known, "jm") == R"("jm")");
    CHECK(known_claim("preferred_username", known, R"(j"m)") == R"("j\"m")");
    CHECK_FALSE(known_claim("preferred_username", known, ""));
    CHECK(known_claim("preferred_username", {{"preferred_username", R"("Jay")"}}, "jm") == R"("Jay")");
    CHECK_FALSE(known_claim("preferred_username", {{"preferred_username", "null"}}, "jm")); // it was taken away
    CHECK_FALSE(known_claim("name", {}, "jm"));
    Client client;
    CHECK(user_name_for(client, "jm") == "jm");
    client.pairwise_salt = "salt";
    CHECK(user_name_for(client, "jm").empty());
}

TEST_CASE("OIDC-5.3.2-1 the response is a JSON object with sub and unchanged values")
{
    CHECK(to_json({"jm", {}}) == R"({"sub":"jm"})");
    CHECK(
        to_json({"jm", {{"address", known.at("address")}, {"groups", known.at("groups")}, {"email_verified", "false"}}})
        == R"({"sub":"jm","address":{"country":"DE"},"groups":["a","b"],"email_verified":false})");
    CHECK(to_json({"jm", {{"name", "no JSON"}}}) == R"({"sub":"jm"})");
}

TEST_CASE("OIDC-5.3.2-3 a signed response has iss and aud, and is neither an ID token nor an access token")
{
    const auto key = SigningKey::generate(JwsAlgorithm::es256);
    const UserInfo info = {"jm", {{"name", R"("J")"}}};
    const auto token = *sign_userinfo(info, issuer, "app", key);
    const auto jws = verify_jws(token, key.public_key());
    REQUIRE(jws);
    CHECK(jws->header.typ.empty());
    CHECK(jws->header.kid == key.kid());
    CHECK(jws->payload == R"({"iss":"https://as.example","aud":"app","sub":"jm","name":"J"})");
    const JwkSet keys({key.public_key()});
    CHECK(read_id_token(token, keys, issuer).error() == JwsError::malformed);
    CHECK(read_access_token(token, keys, issuer, 0).error() == JwsError::malformed);
    const UserInfo large = {"jm", {{"name", '"' + std::string(16 * 1024, 'x') + '"'}}};
    CHECK(sign_userinfo(large, issuer, "app", key).error() == JwsError::too_large);
}
