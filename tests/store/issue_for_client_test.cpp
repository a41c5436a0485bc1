// issue_for_client: a grant of a client to itself, with one access token (RFC 6749 §4.4).
#include "shared/store/grant_lists.h"
#include "shared/store/keys.h"
#include "tests/store/store.h"

namespace stile {

namespace {

SplitToken issue(Store& store, const std::string& scope = "read write", const Lifetimes& lifetimes = {})
{
    auto access = SplitToken::mint(store.random.base62(grant_id_length), access_token_length, store.random);
    must(store.grants.issue_for_client({access, std::nullopt}, "app", scope, noon, lifetimes));
    return access;
}

} // namespace

TEST_CASE("RFC6749-4.4.3-2 a client_credentials grant has one access token and no refresh token")
{
    using Names = std::vector<std::string>;
    Store store;
    const auto access = issue(store);
    const auto key = token_key("access", access);
    const auto grant_name = grant_key("grant", access.grant_id());
    CHECK(store.keys("*{*") == Names{key, grant_name});

    CHECK(store.fields(key) == Names{"client_id", "issued_at", "scope", "secret_sha256"});
    const auto token = store.record(key);
    CHECK(token["client_id"] == "app");
    CHECK(token["scope"] == "read write");
    CHECK(token["issued_at"] == std::to_string(noon));
    CHECK(token["secret_sha256"] == access.secret_sha256());

    CHECK(store.fields(grant_name) == Names{"access", "client_id", "expires_at", "issued_at", "scope"});
    const auto grant = store.record(grant_name);
    CHECK(grant["client_id"] == "app");
    CHECK(grant["scope"] == "read write");
    CHECK(grant["issued_at"] == std::to_string(noon));
    CHECK(grant["expires_at"] == std::to_string(noon + 300));
    CHECK(grant["access"] == access.selector());
}

TEST_CASE("STILE-store-74 a client_credentials token and its grant live as long as an access token")
{
    Store store;
    const Seconds lifetime = GENERATE(300, 1, 86'400);
    Lifetimes lifetimes;
    lifetimes.access_token = lifetime;
    const auto access = issue(store, "read", lifetimes);
    const auto token_end = store.ask({"PEXPIRETIME", token_key("access", access)}).integer;
    const auto grant_end = store.ask({"PEXPIRETIME", grant_key("grant", access.grant_id())}).integer;
    if (token_end > 0) { // one second may have passed
        CHECK(is_about(store.lifetime(token_key("access", access)), lifetime));
        // The token is valid until it expires; Redis reads the clock again for each of the two.
        CHECK(grant_end + 1000 > token_end);
    }
}

TEST_CASE("STILE-store-75 a client_credentials token gives its client and scope, and no user")
{
    Store store;
    const std::string scope = GENERATE("read write", "");
    const auto access = issue(store, scope);
    const auto facts = must(store.grants.inspect(TokenKind::access, access));
    REQUIRE(facts);
    CHECK(facts->client_id == "app");
    CHECK(facts->scope == scope);
    CHECK(facts->subject.empty());
    CHECK(facts->user_name.empty());
    CHECK(facts->auth_time == 0);
    CHECK(facts->issued_at == noon);
    CHECK(facts->expires_at == store.ask({"PEXPIRETIME", token_key("access", access)}).integer / 1000);
}

TEST_CASE("STILE-store-76 client_credentials tokens are revoked one by one, and all of them with the client")
{
    Store store;
    const auto first = issue(store);
    const auto second = issue(store);
    const auto third = issue(store);
    CHECK(must(store.grants.revoke_token(TokenKind::access, first, "other")).outcome
          == Revocation::Outcome::wrong_client);
    CHECK(must(store.grants.revoke_token(TokenKind::access, first, "app")).outcome == Revocation::Outcome::revoked);
    CHECK_FALSE(must(store.grants.inspect(TokenKind::access, first)));
    CHECK(must(store.grants.inspect(TokenKind::access, second)));
    must(GrantLists(store.admin).revoke_all_of_client("app"));
    CHECK_FALSE(must(store.grants.inspect(TokenKind::access, second)));
    CHECK_FALSE(must(store.grants.inspect(TokenKind::access, third)));
    CHECK(store.keys("access:*").empty());
}

} // namespace stile
