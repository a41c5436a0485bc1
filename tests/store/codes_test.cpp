// issue_code and redeem_code: code:{g}s becomes access:{g}s and refresh:{g}s, once (RFC 6749 §4.1.2, §4.1.3).
#include "shared/store/grant_lists.h"
#include "shared/store/keys.h"
#include "tests/store/store.h"

namespace stile {

namespace {

using Outcome = Redemption::Outcome;

const std::string other_challenge = "0fUyLVkTRHW3wsCmt9LGh_F0GlgGl7yCSUyIW0WpEjQ";

// The same public part with another secret: what an attacker could make who has seen the key's name in redis-cli.
SplitToken forged(const SplitToken& token, Store& store)
{
    return SplitToken::of(token.grant_id(), Secret(token.selector() + store.random.base62(24)));
}

} // namespace

TEST_CASE("STILE-store-10 a code and its grant record what was requested and approved")
{
    Store store;
    const auto code = store.issue_code();
    const auto record = store.record(token_key("code", code));
    CHECK(record["client_id"] == "app");
    CHECK(record["sub"] == "alice");
    CHECK(record["scope"] == "email profile");
    CHECK(record["issued_at"] == std::to_string(noon));
    CHECK(record["redirect_uri"] == "https://app.example/cb");
    CHECK(record["redirect_uri_was_sent"] == "1");
    CHECK(record["code_challenge"] == ARequest().code_challenge);
    CHECK(record["secret_sha256"] == code.secret_sha256());

    const auto grant = store.record(grant_key("grant", code.grant_id()));
    CHECK(grant["client_id"] == "app");
    CHECK(grant["sub"] == "alice");
    CHECK(grant["scope"] == "email profile");
    CHECK(grant["auth_time"] == std::to_string(noon - 60));
    CHECK(grant["expires_at"] == std::to_string(noon + Lifetimes().grant));
    CHECK(grant["code"] == code.selector());
}

TEST_CASE("STILE-store-11 absent values are not stored: no scope, no challenge, no redirect_uri in the request")
{
    Store store;
    const auto code =
        store.issue_code({.request = {.scope = "", .redirect_uri_was_sent = false, .code_challenge = ""}});
    CHECK(store.fields(token_key("code", code))
          == std::vector<std::string>{"client_id", "issued_at", "redirect_uri", "secret_sha256", "sub"});
    const auto redeemed = store.redeem(code, {.code_challenge = ""});
    CHECK(redeemed.outcome == Outcome::issued);
    CHECK(redeemed.issued.scope.empty());
}

TEST_CASE("RFC6749-4.1.2-4 a code expires 300 seconds after its issue, or as configured")
{
    Store store;
    CHECK(is_about(store.lifetime(token_key("code", store.issue_code())), 300));
    const auto code = store.issue_code({.lifetimes = {.code = 60}});
    CHECK(is_about(store.lifetime(token_key("code", code)), 60));
    CHECK(is_about(store.lifetime(grant_key("grant", code.grant_id())), 60));
    store.ask({"PEXPIRE", token_key("code", code), "1"});
    while (store.exists(token_key("code", code))) {}
    CHECK(store.redeem(code).outcome == Outcome::unknown);
}

TEST_CASE("STILE-store-12 a code is redeemed for an access token of 300 seconds and a refresh token of 900 seconds")
{
    Store store;
    const auto code = store.issue_code();
    const auto redeemed = store.redeem(code);
    REQUIRE(redeemed.outcome == Outcome::issued);
    CHECK(redeemed.issued.access_lifetime == 300);
    CHECK(redeemed.issued.refresh_lifetime == 900);
    CHECK(redeemed.issued.scope == "email profile");
    CHECK(redeemed.issued.subject == "alice");

    const auto access = token_key("access", redeemed.tokens.access);
    const auto refresh = token_key("refresh", *redeemed.tokens.refresh);
    const auto grant = grant_key("grant", code.grant_id());
    CHECK(store.keys("*{*") == std::vector{access, token_key("code", code), grant, refresh});
    CHECK(is_about(store.lifetime(access), 300));
    CHECK(is_about(store.lifetime(refresh), 900));
    CHECK(is_about(store.lifetime(grant), 900));
    CHECK(store.record(access)["secret_sha256"] == redeemed.tokens.access.secret_sha256());
    CHECK(store.record(refresh)["secret_sha256"] == redeemed.tokens.refresh->secret_sha256());
    for (const auto& key : {access, refresh}) {
        CHECK(store.record(key)["client_id"] == "app");
        CHECK(store.record(key)["sub"] == "alice");
        CHECK(store.record(key)["scope"] == "email profile");
        CHECK(store.record(key)["issued_at"] == std::to_string(noon));
    }
    CHECK(store.record(grant)["access"] == redeemed.tokens.access.selector());
    CHECK(store.record(grant)["refresh"] == redeemed.tokens.refresh->selector());
    CHECK(store.record(grant)["code"].empty());
}

TEST_CASE("STILE-store-13 a client that may not refresh gets only an access token")
{
    Store store;
    const auto code = store.issue_code();
    const auto redeemed = store.redeem(code, {.refresh = false});
    REQUIRE(redeemed.outcome == Outcome::issued);
    CHECK(redeemed.issued.access_lifetime == 300);
    CHECK(store.keys("refresh:*").empty());
    CHECK(store.record(grant_key("grant", code.grant_id()))["refresh"].empty());
    CHECK(is_about(store.lifetime(grant_key("grant", code.grant_id())), 300));
    CHECK(store.is_live("access", redeemed.tokens.access));
}

TEST_CASE("RFC6749-4.1.3-14 each check of a code refuses independently, and a refusal writes nothing")
{
    const auto [what, request, presented, expected] = GENERATE(table<std::string, ARequest, Presented, Outcome>({
        {"another client", {}, {.client_id = "other"}, Outcome::wrong_client},
        {"no client", {}, {.client_id = ""}, Outcome::wrong_client},
        {"a client whose id begins alike", {}, {.client_id = "app2"}, Outcome::wrong_client},
        {"another redirect_uri", {}, {.redirect_uri = "https://evil.example/"}, Outcome::wrong_redirect},
        {"a redirect_uri with a slash more", {}, {.redirect_uri = "https://app.example/cb/"}, Outcome::wrong_redirect},
        {"a redirect_uri in other case", {}, {.redirect_uri = "https://APP.example/cb"}, Outcome::wrong_redirect},
        {"a redirect_uri with a NUL behind",
         {},
         {.redirect_uri = std::string("https://app.example/cb\0x", 24)},
         Outcome::wrong_redirect},
        {"no redirect_uri though it was sent", {}, {.redirect_uri = ""}, Outcome::wrong_redirect},
        {"another redirect_uri though none was sent",
         {.redirect_uri_was_sent = false},
         {.redirect_uri = "https://evil.example/"},
         Outcome::wrong_redirect},
        {"another verifier", {}, {.code_challenge = other_challenge}, Outcome::wrong_verifier},
        {"the grant's absolute end", {}, {.now = noon + Lifetimes().grant}, Outcome::unknown},
    }));
    INFO(what);
    Store store;
    const auto code = store.issue_code({.request = request});
    const auto before = store.snapshot();
    CHECK(store.redeem(code, presented).outcome == expected);
    CHECK(store.snapshot() == before);
    // A wrong request does not use up the code of another client.
    CHECK(store.redeem(code).outcome == Outcome::issued);
}

TEST_CASE("RFC6749-4.1.3-13 an unknown code and a code with a forged secret both give unknown")
{
    Store store;
    const auto code = store.issue_code();
    const auto before = store.snapshot();
    CHECK(store.redeem(forged(code, store)).outcome == Outcome::unknown);
    CHECK(store.redeem(store.code_of(code.grant_id())).outcome == Outcome::unknown);
    CHECK(store.redeem(store.code_of("000000000000")).outcome == Outcome::unknown);
    CHECK(store.snapshot() == before);
    CHECK(store.redeem(code).outcome == Outcome::issued);
}

TEST_CASE("RFC6749-4.1.3-6 redirect_uri may be absent only if the authorization request had none")
{
    const std::string redirect_uri = GENERATE("", "https://app.example/cb");
    Store store;
    const auto code = store.issue_code({.request = {.redirect_uri_was_sent = false}});
    CHECK(store.redeem(code, {.redirect_uri = redirect_uri}).outcome == Outcome::issued);
}

TEST_CASE("RFC7636-4.6-5 a code with a challenge is refused without its verifier")
{
    Store store;
    const auto code = store.issue_code();
    const auto before = store.snapshot();
    CHECK(store.redeem(code, {.code_challenge = ""}).outcome == Outcome::wrong_verifier);
    CHECK(store.snapshot() == before);
    CHECK(store.redeem(code).outcome == Outcome::issued);
}

TEST_CASE("RFC9700-2.1.1-12 a verifier for a code without challenge is refused")
{
    Store store;
    const auto code = store.issue_code({.request = {.code_challenge = ""}});
    const auto before = store.snapshot();
    CHECK(store.redeem(code).outcome == Outcome::wrong_verifier);
    CHECK(store.snapshot() == before);
    CHECK(store.redeem(code, {.code_challenge = ""}).outcome == Outcome::issued);
}

TEST_CASE("RFC6749-4.1.2-7 a second use of a code is denied and revokes its tokens")
{
    Store store;
    const auto code = store.issue_code();
    const auto redeemed = store.redeem(code);
    REQUIRE(store.is_live("access", redeemed.tokens.access));
    REQUIRE(store.is_live("refresh", *redeemed.tokens.refresh));

    CHECK(store.redeem(code).outcome == Outcome::replayed);
    CHECK(store.keys("*{*") == std::vector{token_key("code", code)}); // only the tombstone
    CHECK(store.rotate(*redeemed.tokens.refresh).outcome == Rotation::Outcome::unknown);
    CHECK(store.redeem(code).outcome == Outcome::replayed); // also at a second replay
    CHECK(store.keys("*{*") == std::vector{token_key("code", code)});
}

TEST_CASE("RFC6749-4.1.2-7 a replay also revokes the tokens of later refreshes")
{
    Store store;
    const auto code = store.issue_code();
    const auto first = store.redeem(code);
    const auto second = store.rotate(*first.tokens.refresh);
    REQUIRE(store.is_live("access", first.tokens.access));
    CHECK(store.redeem(code).outcome == Outcome::replayed);
    CHECK_FALSE(store.is_live("access", first.tokens.access));
    CHECK_FALSE(store.is_live("access", second.tokens.access));
    CHECK(live_refresh_tokens(store).empty());
}

TEST_CASE("STILE-store-14 only a client that could have redeemed a code can cause a revocation by replaying it")
{
    const auto [what, presented, expected] = GENERATE(table<std::string, Presented, Outcome>({
        {"another client", {.client_id = "other"}, Outcome::wrong_client},
        {"another redirect_uri", {.redirect_uri = "https://evil.example/"}, Outcome::wrong_redirect},
        {"another verifier", {.code_challenge = other_challenge}, Outcome::wrong_verifier},
        {"no verifier", {.code_challenge = ""}, Outcome::wrong_verifier},
    }));
    INFO(what);
    Store store;
    const auto code = store.issue_code();
    const auto redeemed = store.redeem(code);
    const auto before = store.snapshot();
    CHECK(store.redeem(code, presented).outcome == expected);
    CHECK(store.redeem(forged(code, store)).outcome == Outcome::unknown);
    CHECK(store.snapshot() == before);
    CHECK(store.is_live("refresh", *redeemed.tokens.refresh));
}

TEST_CASE("STILE-store-15 the tombstone of a used code keeps its expiry")
{
    Store store;
    const auto code = store.issue_code();
    const auto key = token_key("code", code);
    store.ask({"EXPIRE", key, "100"});
    const auto expiry = store.ask({"PEXPIRETIME", key}).integer;
    REQUIRE(store.redeem(code).outcome == Outcome::issued);
    CHECK(store.record(key)["used_at"] == std::to_string(noon));
    CHECK(store.ask({"PEXPIRETIME", key}).integer == expiry);
    CHECK(store.redeem(code).outcome == Outcome::replayed);
    CHECK(store.ask({"PEXPIRETIME", key}).integer == expiry);
}

TEST_CASE("STILE-store-16 a code is unknown after its grant was revoked")
{
    Store store;
    const auto code = store.issue_code();
    REQUIRE(must(GrantLists(store.admin).revoke_all_of_subject("alice")) == 1);
    CHECK(store.redeem(code).outcome == Outcome::unknown);
    CHECK(store.keys("access:*").empty());
    CHECK(store.keys("grant:*").empty());
}

TEST_CASE("STILE-store-17 a used code is still known as used after a crash of Redis")
{
    Store store;
    const auto code = store.issue_code();
    REQUIRE(store.redeem(code).outcome == Outcome::issued);
    redis_server().restart();
    Store again{Store::Shared()};
    CHECK(again.redeem(code).outcome == Outcome::replayed);
    CHECK(live_refresh_tokens(again).empty());
}

TEST_CASE("STILE-store-91 a client does not get the grants of an earlier client with the same id")
{
    Store store;
    const auto code = store.issue_code();
    const auto tokens = store.tokens();
    Grants grants(store.connection);
    const auto redeem_as_registered_at = [&](Seconds registered_at) {
        return must(
                   grants.redeem_code({code, "app", "https://app.example/cb", ARequest().code_challenge, registered_at},
                                      TokenPair::mint(code.grant_id(), true, store.random), noon, {}))
            .outcome;
    };
    CHECK(redeem_as_registered_at(noon + 1) == Redemption::Outcome::unknown);
    CHECK(redeem_as_registered_at(noon) == Redemption::Outcome::issued);
    const auto rotate_as_registered_at = [&](Seconds registered_at) {
        return must(grants.rotate_refresh({*tokens.refresh, "app", "", 0, "", registered_at},
                                          TokenPair::mint(tokens.access.grant_id(), true, store.random), noon, {}))
            .outcome;
    };
    CHECK(rotate_as_registered_at(noon + 1) == Rotation::Outcome::unknown);
    CHECK(rotate_as_registered_at(noon) == Rotation::Outcome::rotated);
}

} // namespace stile
