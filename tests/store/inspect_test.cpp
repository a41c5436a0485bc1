// inspect: the data of a valid token (RFC 7662 §2.2).
#include "shared/store/grant_lists.h"
#include "shared/store/keys.h"
#include "tests/store/store.h"

namespace stile {

namespace {

std::optional<TokenFacts> inspect(Store& store, TokenKind kind, const SplitToken& token)
{
    const auto before = store.snapshot();
    auto facts = must(store.grants.inspect(kind, token));
    CHECK(store.snapshot() == before); // it only reads
    return facts;
}

std::optional<TokenFacts> inspect_access(Store& store, const SplitToken& token)
{
    return inspect(store, TokenKind::access, token);
}

std::optional<TokenFacts> inspect_refresh(Store& store, const SplitToken& token)
{
    return inspect(store, TokenKind::refresh, token);
}

Seconds end_of(Store& store, const std::string& key)
{
    return store.ask({"PEXPIRETIME", key}).integer / 1000; // EXPIRETIME would round
}

SplitToken with_another_secret(Store& store, const SplitToken& token, std::size_t length)
{
    const auto secret = length - grant_id_length - selector_length;
    return SplitToken::of(token.grant_id(), Secret(token.selector() + store.random.base62(secret)));
}

} // namespace

TEST_CASE("STILE-store-66 a valid token gives its client, subject, scope, times and the time of the login")
{
    Store store;
    const auto tokens = store.tokens();
    const auto access = inspect_access(store, tokens.access);
    const auto refresh = inspect_refresh(store, *tokens.refresh);
    for (const auto& facts : {access, refresh}) {
        REQUIRE(facts);
        CHECK(facts->client_id == "app");
        CHECK(facts->subject == "alice");
        CHECK(facts->user_name == "alice");
        CHECK(facts->scope == "email profile");
        CHECK(facts->issued_at == noon);
        CHECK(facts->auth_time == noon - 60);
    }
    // It expires with its record.
    CHECK(access->expires_at == end_of(store, token_key("access", tokens.access)));
    CHECK(refresh->expires_at == end_of(store, token_key("refresh", *tokens.refresh)));
}

TEST_CASE("STILE-store-66 a token with a narrower scope gives that scope")
{
    Store store;
    const auto rotated = store.rotate(*store.tokens().refresh, {.scope = "profile", .now = noon + 10});
    CHECK(inspect_access(store, rotated.tokens.access)->scope == "profile");
    CHECK(inspect_access(store, rotated.tokens.access)->issued_at == noon + 10);
    CHECK(inspect_refresh(store, *rotated.tokens.refresh)->scope == "email profile");
    CHECK(inspect_access(store, store.tokens({.request = {.scope = ""}}).access)->scope.empty());
}

TEST_CASE("STILE-store-67 a grant stores the user name if and only if it differs from the subject")
{
    Store store;
    const auto [what, name, kept] = GENERATE(table<std::string, std::string, std::string>({
        {"another name", "Alice B", "Alice B"},
        {"the subject itself", "alice", ""},
    }));
    INFO(what);
    const auto by_code = store.tokens({.user_name = name});
    const auto id = store.park();
    const auto code = store.code_of(id);
    const ResourceOwner owner = {"alice", name, noon - 60};
    must(store.requests.approve({id, sha256_base64url("browser"), owner, code, "app"}, noon, {}));
    const auto by_approval = store.redeem(code).tokens;
    for (const auto& tokens : {by_code, by_approval}) {
        CHECK(store.record(grant_key("grant", tokens.access.grant_id()))["username"] == kept);
        for (const auto& facts : {inspect_access(store, tokens.access), inspect_refresh(store, *tokens.refresh)}) {
            REQUIRE(facts);
            CHECK(facts->user_name == name);
            CHECK(facts->subject == "alice");
        }
        const auto next = store.rotate(*tokens.refresh).tokens;
        CHECK(inspect_access(store, next.access)->user_name == name);
    }
}

TEST_CASE("STILE-store-68 an unknown or forged token is inactive")
{
    Store store;
    const auto code = store.issue_code();
    const auto tokens = store.redeem(code).tokens;
    const auto& grant_id = tokens.access.grant_id();
    CHECK_FALSE(inspect_access(store, SplitToken::mint(grant_id, access_token_length, store.random)));
    CHECK_FALSE(inspect_refresh(store, SplitToken::mint(grant_id, refresh_token_length, store.random)));
    CHECK_FALSE(inspect_access(store, SplitToken::mint("000000000000", access_token_length, store.random)));
    CHECK_FALSE(inspect_access(store, with_another_secret(store, tokens.access, access_token_length)));
    CHECK_FALSE(inspect_refresh(store, with_another_secret(store, *tokens.refresh, refresh_token_length)));
    // A token of one kind is not accepted as another, nor is a code.
    CHECK_FALSE(inspect_refresh(store, tokens.access));
    CHECK_FALSE(inspect_access(store, *tokens.refresh));
    CHECK_FALSE(inspect_access(store, code));
    CHECK_FALSE(inspect_access(store, store.issue_code()));
    // The right one is still unchanged.
    CHECK(inspect_access(store, tokens.access));
}

TEST_CASE("STILE-store-69 a used refresh token is inactive, within the grace period too; its successor is active")
{
    Store store;
    const Seconds grace = GENERATE(0, 60);
    const auto tokens = store.tokens();
    const auto next = store.rotate(*tokens.refresh, {.grace = grace}).tokens;
    CHECK_FALSE(inspect_refresh(store, *tokens.refresh));
    CHECK(inspect_refresh(store, *next.refresh));
    CHECK(inspect_access(store, tokens.access)); // until it expires
    CHECK(inspect_access(store, next.access));
}

TEST_CASE("STILE-store-70 a token whose grant has ended is inactive, although its record exists")
{
    Store store;
    const auto first = store.tokens();
    const auto second = store.rotate(*first.refresh).tokens;
    SECTION("revoked")
    {
        CHECK(must(GrantLists(store.admin).revoke_all_of_subject("alice")) == 1);
    }
    SECTION("its record is gone")
    {
        store.ask({"DEL", grant_key("grant", first.access.grant_id())});
    }
    REQUIRE(store.exists(token_key("access", first.access)));
    CHECK_FALSE(inspect_access(store, first.access));
    CHECK_FALSE(inspect_access(store, second.access));
    CHECK_FALSE(inspect_refresh(store, *second.refresh));
}

TEST_CASE("STILE-store-71 an expired token is inactive")
{
    Store store;
    const auto tokens = store.tokens();
    store.ask({"PEXPIREAT", token_key("access", tokens.access), "1"});
    CHECK_FALSE(inspect_access(store, tokens.access));
    CHECK(inspect_refresh(store, *tokens.refresh));
    store.ask({"PEXPIREAT", token_key("refresh", *tokens.refresh), "1"});
    CHECK_FALSE(inspect_refresh(store, *tokens.refresh));
}

} // namespace stile
