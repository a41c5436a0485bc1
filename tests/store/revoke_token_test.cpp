// revoke_token: a client gives a token back (RFC 7009 §2.1).
#include "shared/store/keys.h"
#include "tests/store/store.h"

namespace stile {

namespace {

Revocation revoke(Store& store, TokenKind kind, const SplitToken& token, std::string_view client_id = "app")
{
    return must(store.grants.revoke_token(kind, token, client_id));
}

} // namespace

TEST_CASE("STILE-store-72 an access token is taken back alone")
{
    Store store;
    const auto first = store.tokens();
    const auto second = store.rotate(*first.refresh).tokens;
    const auto& given_back = GENERATE(0, 1) == 0 ? first.access : second.access; // an older one as well as the newest
    const auto& other = given_back.selector() == first.access.selector() ? second.access : first.access;
    auto expected = store.snapshot();
    expected.erase(token_key("access", given_back));
    CHECK(revoke(store, TokenKind::access, given_back) == Revocation::revoked);
    CHECK(store.snapshot() == expected);
    CHECK(store.is_live("access", other));
    CHECK(revoke(store, TokenKind::access, given_back) == Revocation::unknown);
    CHECK(store.snapshot() == expected);
    CHECK(store.rotate(*second.refresh).outcome == Rotation::Outcome::rotated);
}

TEST_CASE("RFC7009-2.1-7 a refresh token, used or not, takes its grant and every access token with it")
{
    Store store;
    const auto first = store.tokens();
    const auto second = store.rotate(*first.refresh).tokens;
    const auto third = store.rotate(*second.refresh, {.grace = 60}).tokens;
    const auto which = GENERATE(0, 1, 2);
    const auto& given_back = *(which == 0 ? first : which == 1 ? second : third).refresh;
    const auto bystander = store.tokens();
    CHECK(revoke(store, TokenKind::refresh, given_back) == Revocation::revoked);
    CHECK_FALSE(store.exists(grant_key("grant", first.access.grant_id())));
    for (const auto& tokens : {first, second, third}) {
        CHECK_FALSE(must(store.grants.inspect(TokenKind::access, tokens.access)));
        CHECK_FALSE(must(store.grants.inspect(TokenKind::refresh, *tokens.refresh)));
    }
    CHECK(store.rotate(*third.refresh).outcome == Rotation::Outcome::unknown);
    CHECK(store.rotate(*second.refresh, {.grace = 60}).outcome == Rotation::Outcome::reused);
    CHECK(store.is_live("access", bystander.access));
    CHECK(store.is_live("refresh", *bystander.refresh));
    // Giving it back again, or another of the same chain, changes nothing.
    const auto after = store.snapshot();
    for (const auto& tokens : {first, second, third})
        CHECK(revoke(store, TokenKind::refresh, *tokens.refresh) != Revocation::wrong_client);
    CHECK(store.snapshot() == after);
}

TEST_CASE("STILE-store-73 an unknown or forged token is unknown, and nothing is written")
{
    Store store;
    const auto code = store.issue_code();
    const auto tokens = store.tokens();
    const auto& grant_id = tokens.access.grant_id();
    const auto forged_access = SplitToken::of(grant_id, Secret(tokens.access.selector() + store.random.base62(24)));
    const auto forged_refresh = SplitToken::of(grant_id, Secret(tokens.refresh->selector() + store.random.base62(30)));
    const auto before = store.snapshot();
    CHECK(revoke(store, TokenKind::access, forged_access) == Revocation::unknown);
    CHECK(revoke(store, TokenKind::refresh, forged_refresh) == Revocation::unknown);
    CHECK(revoke(store, TokenKind::access, SplitToken::mint("000000000000", access_token_length, store.random))
          == Revocation::unknown);
    // A token of another kind, and a code.
    CHECK(revoke(store, TokenKind::access, *tokens.refresh) == Revocation::unknown);
    CHECK(revoke(store, TokenKind::refresh, tokens.access) == Revocation::unknown);
    CHECK(revoke(store, TokenKind::access, code) == Revocation::unknown);
    // A forged one tells another client nothing else.
    CHECK(revoke(store, TokenKind::access, forged_access, "other") == Revocation::unknown);
    CHECK(store.snapshot() == before);
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
}

TEST_CASE("RFC7009-2.1-5 another client's token stays")
{
    Store store;
    const std::string client_id = GENERATE("other", "", "App", "app ");
    CAPTURE(client_id);
    const auto first = store.tokens();
    const auto second = store.rotate(*first.refresh).tokens;
    const auto before = store.snapshot();
    CHECK(revoke(store, TokenKind::access, second.access, client_id) == Revocation::wrong_client);
    CHECK(revoke(store, TokenKind::refresh, *second.refresh, client_id) == Revocation::wrong_client);
    CHECK(revoke(store, TokenKind::refresh, *first.refresh, client_id) == Revocation::wrong_client); // a used one
    CHECK(store.snapshot() == before);
    CHECK(store.rotate(*second.refresh).outcome == Rotation::Outcome::rotated);
}

TEST_CASE("STILE-store-72 a token of a grant that has ended is taken back without complaint")
{
    Store store;
    const auto tokens = store.tokens();
    const auto second = store.rotate(*tokens.refresh).tokens;
    must(store.grants.revoke_all_with("sub", "alice"));
    REQUIRE(store.exists(token_key("access", tokens.access)));
    CHECK(revoke(store, TokenKind::access, tokens.access) == Revocation::revoked);
    CHECK(revoke(store, TokenKind::refresh, *tokens.refresh) == Revocation::revoked);
    CHECK(store.keys("grant:*").empty());
}

} // namespace stile
