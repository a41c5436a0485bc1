#include "shared/oauth/subject.h"

#include "shared/oauth/user.h"
#include "tests/support/catch.h"

#include <set>

using namespace stile;

namespace {

Client client_at(const std::vector<std::string>& redirect_uris, const char* salt = "a salt")
{
    Client client;
    client.id = "app";
    client.redirect_uris = redirect_uris;
    client.pairwise_salt = salt;
    return client;
}

} // namespace

TEST_CASE("OIDC-8.1-1 a pairwise sub is the same within a sector, and another for each user and sector")
{
    const auto shop = client_at({"https://shop.example/cb", "https://shop.example/other"});
    auto shop_too = client_at({"https://shop.example/mobile"});
    shop_too.id = "another";
    const auto bank = client_at({"https://bank.example/cb"});
    const auto elsewhere = client_at({"https://shop.example/cb"}, "another salt");
    CHECK(subject_for(shop, "alice") == subject_for(shop_too, "alice"));
    const std::set<std::string> different = {subject_for(shop, "alice"), subject_for(bank, "alice"),
                                             subject_for(shop, "bob"), subject_for(elsewhere, "alice"), "alice"};
    CHECK(different.size() == 5);
    CHECK(subject_for(shop, "alice").size() == 32);
    CHECK(is_subject(subject_for(shop, "alice")));
}

TEST_CASE("OIDC-8-1 a public sub is the user's own")
{
    CHECK(subject_for(client_at({"https://shop.example/cb"}, ""), "alice") == "alice");
}

TEST_CASE("OIDC-8.1-2 the sector is the host of the redirect URIs if there is only one")
{
    CHECK(sector_of(client_at({"https://shop.example/a", "https://shop.example:8443/b"})) == "shop.example");
    CHECK_FALSE(sector_of(client_at({"https://shop.example/a", "https://www.shop.example/a"})));
    CHECK_FALSE(sector_of(client_at({"com.example.app:/cb"})));
    CHECK_FALSE(sector_of(client_at({})));
}

TEST_CASE("STILE-sid-1 a sid identifies one login at one client")
{
    const auto sid = sid_for("app", "SXIuOyzMqts4k6ikC5");
    CHECK(sid.size() == 22);
    CHECK(sid == sid_for("app", "SXIuOyzMqts4k6ikC5"));
    CHECK(sid != sid_for("another", "SXIuOyzMqts4k6ikC5"));
    CHECK(sid != sid_for("app", "SXIuOyzMqts4k6ikC6"));
}
