// signing_key:<kid>, and access tokens that are verified by a signature.
#include "shared/store/keys.h"
#include "shared/store/signing_keys.h"
#include "tests/store/store.h"

namespace stile {

TEST_CASE("STILE-store-92 signing keys are listed, newest first, and end at their time or at once")
{
    Store store;
    SigningKeys keys(store.admin);
    CHECK(must(keys.list()).empty());
    must(keys.add({"old", "ES256", "public", "sealed", "", noon, noon + 5}));
    must(keys.add({"new", "RS256", "public 2", "sealed 2", "", noon + 1, noon + 600}));
    const auto listed = must(keys.list());
    REQUIRE(listed.size() == 2);
    CHECK(listed[0].kid == "new");
    CHECK(listed[0].algorithm == "RS256");
    CHECK(listed[0].public_jwk == "public 2");
    CHECK(listed[0].sealed == "sealed 2");
    CHECK(listed[0].created_at == noon + 1);
    CHECK(listed[0].signs_from == noon + 600);
    CHECK(listed[0].expires_at == 0);
    must(keys.expire("old", store.clock.now() + 100));
    CHECK(is_about(must(keys.list())[1].expires_at, store.clock.now() + 100));
    must(keys.expire("old", store.clock.now() - 1));
    CHECK(must(keys.list()).size() == 1);
    CHECK(must(keys.remove("new")));
    CHECK_FALSE(must(keys.remove("new")));
    CHECK(must(keys.list()).empty());
    must(keys.add({"next", "ES256", "public", "sealed", "", noon, noon}));
    CHECK(store.ask({"SMEMBERS", "signing_keys"}).elements.size() == 1); // the retired one is deleted
}

TEST_CASE("STILE-keys-5 a key keeps its purpose; one that has none is for tokens, as keys of older versions are")
{
    Store store;
    SigningKeys keys(store.admin);
    must(keys.add({.kid = "a", .algorithm = "ES256", .public_jwk = "public", .sealed = "s", .created_at = noon}));
    must(keys.add({.kid = "b",
                   .algorithm = "ES256",
                   .public_jwk = "public",
                   .sealed = "s",
                   .created_at = noon + 1,
                   .purpose = KeyPurpose::logout}));
    CHECK(store.ask({"HEXISTS", "signing_key:a", "purpose"}).integer == 0); // older versions read this record
    const auto listed = must(keys.list());
    CHECK(listed[0].purpose == KeyPurpose::logout);
    CHECK(listed[1].purpose == KeyPurpose::tokens);
    for (const auto purpose : {KeyPurpose::tokens, KeyPurpose::userinfo, KeyPurpose::logout})
        CHECK(parse_key_purpose(to_string(purpose)) == purpose);
    CHECK_FALSE(parse_key_purpose(""));
    // One that this version does not know is not for tokens.
    store.ask({"HSET", "signing_key:" + listed[1].kid, "purpose", "another"});
    CHECK(must(keys.list()).size() == 1);
}

TEST_CASE("STILE-keys-6 a key that is gone is not sealed anew")
{
    Store store;
    SigningKeys keys(store.admin);
    must(keys.seal_for_next("gone", "new"));
    must(keys.finish_sealing("gone", "new"));
    CHECK_FALSE(store.exists("signing_key:gone"));
}

TEST_CASE("STILE-keys-6 a key has a second seal while the master key is changed")
{
    Store store;
    SigningKeys keys(store.admin);
    must(keys.add({.kid = "a", .algorithm = "ES256", .public_jwk = "public", .sealed = "old", .created_at = noon}));
    must(keys.seal_for_next("a", "new"));
    CHECK(must(keys.list())[0].sealed == "old");
    CHECK(must(keys.list())[0].sealed_next == "new");
    must(keys.finish_sealing("a", "newest"));
    CHECK(must(keys.list())[0].sealed == "newest");
    CHECK(must(keys.list())[0].sealed_next.empty());
}

TEST_CASE("STILE-store-93 the record of a signed token has no digest and is found by its id; no other record is")
{
    Store store;
    const auto code = store.issue_code();
    auto pair = TokenPair::mint(code.grant_id(), true, store.random);
    pair.access_alg = "HS256";
    pair.access_aud = "https://api.example";
    const auto opaque = store.tokens();
    const auto redemption = must(store.grants.redeem_code(
        {code, "app", "https://app.example/cb", ARequest().code_challenge, 0}, pair, noon, Lifetimes()));
    REQUIRE(redemption.outcome == Redemption::Outcome::issued);
    CHECK(redemption.issued.auth_time == noon - 60);
    CHECK(store.record(token_key("access", pair.access))["client_id"] == "app");
    CHECK(store.record(token_key("access", pair.access))["secret_sha256"].empty());

    const auto named = *SplitToken::parse(pair.access.token_id(), token_id_length);
    REQUIRE(named.secret_sha256().empty());
    const auto facts = must(store.grants.inspect(TokenKind::access, named));
    REQUIRE(facts);
    CHECK(facts->subject == "alice");
    CHECK(facts->alg == "HS256");
    CHECK(facts->aud == "https://api.example");
    CHECK_FALSE(must(store.grants.inspect(TokenKind::access, pair.access))); // an opaque token with that id
    CHECK(must(store.grants.revoke_token(TokenKind::access, pair.access, "app")).outcome
          == Revocation::Outcome::unknown);

    // The id of an opaque token, or of a refresh token, finds no record.
    const auto opaque_id = *SplitToken::parse(opaque.access.token_id(), token_id_length);
    const auto refresh_id = *SplitToken::parse(opaque.refresh->token_id(), token_id_length);
    CHECK_FALSE(must(store.grants.inspect(TokenKind::access, opaque_id)));
    CHECK_FALSE(must(store.grants.inspect(TokenKind::refresh, refresh_id)));
    CHECK(must(store.grants.revoke_token(TokenKind::access, opaque_id, "app")).outcome == Revocation::Outcome::unknown);
    CHECK(must(store.grants.revoke_token(TokenKind::refresh, refresh_id, "app")).outcome
          == Revocation::Outcome::unknown);
    CHECK(store.is_live("refresh", *opaque.refresh));

    CHECK(must(store.grants.revoke_token(TokenKind::access, named, "other")).outcome
          == Revocation::Outcome::wrong_client);
    CHECK(must(store.grants.revoke_token(TokenKind::access, named, "app")).outcome == Revocation::Outcome::revoked);
    CHECK_FALSE(must(store.grants.inspect(TokenKind::access, named)));
}

} // namespace stile
