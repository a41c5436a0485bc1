// revoke_token: revokes a token at the client's request (RFC 7009 §2.1).
#include "shared/store/grant_lists.h"
#include "shared/store/keys.h"
#include "tests/store/store.h"

namespace stile {

namespace {

using Outcome = Revocation::Outcome;

Outcome revoke(Store& store, TokenKind kind, const SplitToken& token, std::string_view client_id = "app")
{
    return must(store.grants.revoke_token(kind, token, client_id)).outcome;
}

} // namespace

TEST_CASE("STILE-store-72 an access token is revoked without its grant")
{
    Store store;
    const auto first = store.tokens();
    const auto second = store.rotate(*first.refresh).tokens;
    const auto& given_back = GENERATE(0, 1) == 0 ? first.access : second.access; // an older one as well as the newest
    const auto& other = given_back.selector() == first.access.selector() ? second.access : first.access;
    auto expected = store.snapshot();
    expected.erase(token_key("access", given_back));
    CHECK(revoke(store, TokenKind::access, given_back) == Outcome::revoked);
    CHECK(store.snapshot() == expected);
    CHECK(store.is_live("access", other));
    CHECK(revoke(store, TokenKind::access, given_back) == Outcome::unknown);
    CHECK(store.snapshot() == expected);
    CHECK(store.rotate(*second.refresh).outcome == Rotation::Outcome::rotated);
}

TEST_CASE("RFC7009-2.1-7 revoke_command a refresh token, used or not, ends its grant and every access token")
{
    Store store;
    const auto first = store.tokens();
    const auto second = store.rotate(*first.refresh).tokens;
    const auto third = store.rotate(*second.refresh, {.grace = 60}).tokens;
    const auto which = GENERATE(0, 1, 2);
    const auto& given_back = *(which == 0 ? first : which == 1 ? second : third).refresh;
    const auto bystander = store.tokens();
    CHECK(revoke(store, TokenKind::refresh, given_back) == Outcome::revoked);
    CHECK_FALSE(store.exists(grant_key("grant", first.access.grant_id())));
    for (const auto& tokens : {first, second, third}) {
        CHECK_FALSE(must(store.grants.inspect(TokenKind::access, tokens.access)));
        CHECK_FALSE(must(store.grants.inspect(TokenKind::refresh, *tokens.refresh)));
    }
    CHECK(store.rotate(*third.refresh).outcome == Rotation::Outcome::unknown);
    CHECK(store.rotate(*second.refresh, {.grace = 60}).outcome == Rotation::Outcome::reused);
    CHECK(store.is_live("access", bystander.access));
    CHECK(store.is_live("refresh", *bystander.refresh));
    // Revoking it again, or another token of the same chain, changes nothing.
    const auto after = store.snapshot();
    for (const auto& tokens : {first, second, third})
        CHECK(revoke(store, TokenKind::refresh, *tokens.refresh) != Outcome::wrong_client);
    CHECK(store.snapshot() == after);
}

TEST_CASE("STILE-store-73 revoke_command an unknown or forged token gives unknown and writes nothing")
{
    Store store;
    const auto code = store.issue_code();
    const auto tokens = store.tokens();
    const auto& grant_id = tokens.access.grant_id();
    const auto forged_access = SplitToken::of(grant_id, Secret(tokens.access.selector() + store.random.base62(24)));
    const auto forged_refresh = SplitToken::of(grant_id, Secret(tokens.refresh->selector() + store.random.base62(30)));
    const auto before = store.snapshot();
    CHECK(revoke(store, TokenKind::access, forged_access) == Outcome::unknown);
    CHECK(revoke(store, TokenKind::refresh, forged_refresh) == Outcome::unknown);
    CHECK(revoke(store, TokenKind::access, SplitToken::mint("000000000000", access_token_length, store.random))
          == Outcome::unknown);
    // A token of another kind, and a code.
    CHECK(revoke(store, TokenKind::access, *tokens.refresh) == Outcome::unknown);
    CHECK(revoke(store, TokenKind::refresh, tokens.access) == Outcome::unknown);
    CHECK(revoke(store, TokenKind::access, code) == Outcome::unknown);
    // Another client gets the same result for a forged one.
    CHECK(revoke(store, TokenKind::access, forged_access, "other") == Outcome::unknown);
    CHECK(store.snapshot() == before);
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
}

TEST_CASE("RFC7009-2.1-5 another client's token is not revoked")
{
    Store store;
    const std::string client_id = GENERATE("other", "", "App", "app ");
    CAPTURE(client_id);
    const auto first = store.tokens();
    const auto second = store.rotate(*first.refresh).tokens;
    const auto before = store.snapshot();
    CHECK(revoke(store, TokenKind::access, second.access, client_id) == Outcome::wrong_client);
    CHECK(revoke(store, TokenKind::refresh, *second.refresh, client_id) == Outcome::wrong_client);
    CHECK(revoke(store, TokenKind::refresh, *first.refresh, client_id) == Outcome::wrong_client); // a used one
    CHECK(store.snapshot() == before);
    CHECK(store.rotate(*second.refresh).outcome == Rotation::Outcome::rotated);
}

TEST_CASE("STILE-store-72 revoke_command a token of an ended grant succeeds")
{
    Store store;
    const auto tokens = store.tokens();
    const auto second = store.rotate(*tokens.refresh).tokens;
    must(GrantLists(store.admin).revoke_all_of_subject("alice"));
    REQUIRE(store.exists(token_key("access", tokens.access)));
    CHECK(revoke(store, TokenKind::access, tokens.access) == Outcome::revoked);
    CHECK(revoke(store, TokenKind::refresh, *tokens.refresh) == Outcome::unknown);
    CHECK(store.keys("grant:*").empty());
}

TEST_CASE("STILE-audit-9 a step that ends a grant returns its client and user, and whether this call ended it")
{
    Store store;
    const auto code = store.issue_code();
    const auto redeemed = store.redeem(code);
    const auto replayed = store.redeem(code);
    CHECK(replayed.issued.subject == "alice");
    CHECK(replayed.has_ended_grant);
    CHECK_FALSE(store.redeem(code).has_ended_grant);
    CHECK_FALSE(redeemed.has_ended_grant);

    const auto tokens = store.tokens();
    const auto rotated = store.rotate(*tokens.refresh);
    const auto reused = store.rotate(*tokens.refresh);
    CHECK(reused.issued.subject == "alice");
    CHECK(reused.has_ended_grant);
    CHECK_FALSE(store.rotate(*tokens.refresh).has_ended_grant);
    CHECK_FALSE(rotated.has_ended_grant);

    const auto others = store.tokens();
    CHECK(must(store.grants.revoke_token(TokenKind::refresh, *others.refresh, "app")).subject == "alice");
    std::vector<std::string> ended;
    const auto more = store.tokens();
    must(GrantLists(store.admin).revoke_all_of_subject("alice", [&](std::string_view id) { ended.emplace_back(id); }));
    CHECK(ended == std::vector{more.access.grant_id()});
}

} // namespace stile
