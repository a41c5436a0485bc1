#include "shared/oauth/claims.h"

#include "tests/support/catch.h"

using namespace stile;

namespace {

std::vector<std::string> of(const char* scope)
{
    return claims_of(*Scope::parse(scope));
}

} // namespace

TEST_CASE("OIDC-5.4-1 profile, email, address and phone request these claims")
{
    using Names = std::vector<std::string>;
    CHECK(of("openid profile")
          == Names{"name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile",
                   "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"});
    CHECK(of("email") == Names{"email", "email_verified"});
    CHECK(of("address") == Names{"address"});
    CHECK(of("phone") == Names{"phone_number", "phone_number_verified"});
    CHECK(of("openid offline_access").empty());
    CHECK(of("").empty());
    CHECK(of("openid profile email address phone").size() == standard_claims().size());
}

TEST_CASE("STILE-claims-1 a claim that the standard does not define belongs to the scope of the same name")
{
    CHECK(scope_of_claim("groups") == "groups");
    CHECK(of("groups openid") == std::vector<std::string>{"groups"});
    CHECK(of("https://example.org/role") == std::vector<std::string>{"https://example.org/role"});
    for (const auto claim : standard_claims()) {
        CAPTURE(claim);
        CHECK(Scope::parse("profile email address phone")->contains(scope_of_claim(claim)));
    }
    CHECK(of("name").empty()); // a scope of that name asks for nothing: name is profile's
    CHECK(of("family_name email_verified").empty());
}

TEST_CASE("STILE-claims-2 a user record cannot contain a claim that the protocol sets")
{
    for (const char* name : {"iss",       "sub",    "aud",  "exp",   "iat",       "nbf",          "jti",
                             "auth_time", "nonce",  "acr",  "amr",   "azp",       "at_hash",      "c_hash",
                             "sid",       "events", "cnf",  "scope", "client_id", "_claim_names", "_claim_sources",
                             "",          "a b",    "a\"b", "ä",     "a\n"}) {
        CAPTURE(name);
        CHECK_FALSE(is_claim_name(name));
    }
    CHECK(of("sub iss sid groups") == std::vector<std::string>{"groups"});
    for (const auto claim : standard_claims())
        CHECK(is_claim_name(claim));
    for (const char* name : {"groups", "https://example.org/role", "x.y-z_1"})
        CHECK(is_claim_name(name));
    CHECK(is_claim_name(std::string(64, 'x')));
    CHECK_FALSE(is_claim_name(std::string(65, 'x')));
}

TEST_CASE("STILE-claims-3 of claims those stay whose scope a client has")
{
    const auto scope = Scope::parse("openid email groups").take();
    CHECK(claims_within("name email groups email_verified", scope) == "email groups email_verified");
    CHECK(claims_within("name", scope).empty());
    CHECK(claims_within("", scope).empty());
}
