// rotate_refresh: refresh:{g}s is used up and a successor takes its place (RFC 6749 §6, RFC 9700 §4.14).
#include "shared/store/grant_lists.h"
#include "shared/store/keys.h"
#include "tests/store/store.h"

namespace stile {

namespace {

using Outcome = Rotation::Outcome;

} // namespace

TEST_CASE("STILE-store-18 a rotation issues an access token and a new refresh token of the same grant")
{
    Store store;
    const auto first = store.tokens();
    const auto rotated = store.rotate(*first.refresh, {.now = noon + 10});
    REQUIRE(rotated.outcome == Outcome::rotated);
    CHECK(rotated.issued.access_lifetime == 300);
    CHECK(rotated.issued.refresh_lifetime == 900);
    CHECK(rotated.issued.scope == "email profile");
    CHECK(rotated.issued.subject == "alice");
    CHECK(rotated.sealed.empty());

    const auto access = store.record(token_key("access", rotated.tokens.access));
    const auto refresh = store.record(token_key("refresh", *rotated.tokens.refresh));
    for (const auto& record : {access, refresh}) {
        CHECK(record["client_id"] == "app");
        CHECK(record["sub"] == "alice");
        CHECK(record["scope"] == "email profile");
        CHECK(record["issued_at"] == std::to_string(noon + 10));
    }
    CHECK(access["secret_sha256"] == rotated.tokens.access.secret_sha256());
    CHECK(refresh["secret_sha256"] == rotated.tokens.refresh->secret_sha256());
    CHECK(is_about(store.lifetime(token_key("access", rotated.tokens.access)), 300));
    CHECK(is_about(store.lifetime(token_key("refresh", *rotated.tokens.refresh)), 900));
    const auto grant = store.record(grant_key("grant", first.access.grant_id()));
    CHECK(grant["access"] == rotated.tokens.access.selector());
    CHECK(grant["refresh"] == rotated.tokens.refresh->selector());
    CHECK(store.is_live("access", first.access)); // until it expires
    CHECK(store.rotate(*rotated.tokens.refresh).outcome == Outcome::rotated);
}

TEST_CASE("RFC9700-4.14.2-8 a refresh token used twice ends the grant with all its tokens")
{
    Store store;
    const auto first = store.tokens();
    const auto second = store.rotate(*first.refresh);
    const auto third = store.rotate(*second.tokens.refresh);
    REQUIRE(third.outcome == Outcome::rotated);
    const auto& reused = GENERATE(0, 1) == 0 ? first : second.tokens; // an old one as well as the last
    CHECK(store.rotate(*reused.refresh).outcome == Outcome::reused);
    CHECK(live_refresh_tokens(store).empty());
    CHECK(store.keys("grant:*").empty());
    for (const auto& access : {first.access, second.tokens.access, third.tokens.access})
        CHECK_FALSE(store.is_live("access", access));
    CHECK(store.rotate(*third.tokens.refresh).outcome == Outcome::unknown);
    CHECK(store.rotate(*reused.refresh).outcome == Outcome::reused);
}

TEST_CASE("STILE-store-19 the tombstone of a used refresh token keeps its expiry")
{
    Store store;
    const auto tokens = store.tokens();
    const auto key = token_key("refresh", *tokens.refresh);
    store.ask({"EXPIRE", key, "200"});
    const auto expiry = store.ask({"PEXPIRETIME", key}).integer;
    REQUIRE(store.rotate(*tokens.refresh, {.now = noon + 5}).outcome == Outcome::rotated);
    CHECK(store.record(key)["used_at"] == std::to_string(noon + 5));
    CHECK(store.ask({"PEXPIRETIME", key}).integer == expiry);
}

TEST_CASE("RFC6749-6-8 a scope that was not granted is refused, and the refresh token is not used up")
{
    const std::string wider = GENERATE("email admin", "admin", "Email", "emai", "email.profile");
    INFO(wider);
    Store store;
    const auto tokens = store.tokens();
    const auto before = store.snapshot();
    CHECK(store.rotate(*tokens.refresh, {.scope = wider}).outcome == Outcome::wider_scope);
    CHECK(store.snapshot() == before);
    CHECK(store.rotate(*tokens.refresh).outcome == Outcome::rotated);
}

TEST_CASE("RFC6749-6-8 a grant without scope cannot get one by a refresh")
{
    Store store;
    const auto tokens = store.tokens({.request = {.scope = ""}});
    CHECK(store.rotate(*tokens.refresh, {.scope = "email"}).outcome == Outcome::wider_scope);
    const auto rotated = store.rotate(*tokens.refresh);
    CHECK(rotated.outcome == Outcome::rotated);
    CHECK(rotated.issued.scope.empty());
    CHECK(rotated.issued.subject == "alice");
}

TEST_CASE("RFC6749-6-19 a narrower scope applies only to the access token; the successor keeps the grant's scope")
{
    Store store;
    const auto tokens = store.tokens();
    const auto narrow = store.rotate(*tokens.refresh, {.scope = "profile"});
    REQUIRE(narrow.outcome == Outcome::rotated);
    CHECK(narrow.issued.scope == "profile");
    CHECK(store.record(token_key("access", narrow.tokens.access))["scope"] == "profile");
    CHECK(store.record(token_key("refresh", *narrow.tokens.refresh))["scope"] == "email profile");
    CHECK(store.record(grant_key("grant", tokens.access.grant_id()))["scope"] == "email profile");
    const auto whole = store.rotate(*narrow.tokens.refresh, {.scope = "profile email"}); // in any order
    CHECK(whole.outcome == Outcome::rotated);
    CHECK(whole.issued.scope == "profile email");
}

TEST_CASE("RFC6749-6-9 another client can neither use, use up nor revoke a refresh token")
{
    Store store;
    const auto tokens = store.tokens();
    const auto before = store.snapshot();
    CHECK(store.rotate(*tokens.refresh, {.client_id = "other"}).outcome == Outcome::wrong_client);
    CHECK(store.snapshot() == before);

    const auto rotated = store.rotate(*tokens.refresh);
    REQUIRE(rotated.outcome == Outcome::rotated);
    const auto after = store.snapshot();
    CHECK(store.rotate(*tokens.refresh, {.client_id = "other"}).outcome == Outcome::wrong_client); // a used one, too
    CHECK(store.snapshot() == after);
    CHECK(store.is_live("refresh", *rotated.tokens.refresh));
}

TEST_CASE("RFC6749-6-14 unknown, forged and revoked refresh tokens are unknown and write nothing")
{
    Store store;
    const auto tokens = store.tokens();
    const auto& grant_id = tokens.access.grant_id();
    const auto forged = SplitToken::of(grant_id, Secret(tokens.refresh->selector() + store.random.base62(30)));
    const auto before = store.snapshot();
    CHECK(store.rotate(forged).outcome == Outcome::unknown);
    CHECK(store.rotate(SplitToken::mint(grant_id, refresh_token_length, store.random)).outcome == Outcome::unknown);
    CHECK(store.rotate(tokens.access).outcome == Outcome::unknown); // of another kind
    CHECK(store.snapshot() == before);

    must(GrantLists(store.admin).revoke_all_of_client("app"));
    const auto revoked = store.snapshot();
    CHECK(store.rotate(*tokens.refresh).outcome == Outcome::unknown);
    CHECK(store.snapshot() == revoked);
}

TEST_CASE("STILE-store-20 no token outlives the absolute end of its grant, however often it is refreshed")
{
    const ACode how = {.lifetimes = {.grant = 1000}};
    const auto [at, access, refresh] = GENERATE(table<Seconds, Seconds, Seconds>({
        {noon, 300, 900},
        {noon + 100, 300, 900},
        {noon + 101, 300, 899},
        {noon + 700, 300, 300},
        {noon + 701, 299, 299},
        {noon + 999, 1, 1},
    }));
    INFO("at noon + " << at - noon);
    Store store;
    const auto tokens = store.tokens(how);
    const auto rotated = store.rotate(*tokens.refresh, {.now = at, .lifetimes = how.lifetimes});
    REQUIRE(rotated.outcome == Outcome::rotated);
    CHECK(rotated.issued.access_lifetime == access);
    CHECK(rotated.issued.refresh_lifetime == refresh);
    if (access > 1) { // otherwise it may expire before the check
        CHECK(is_about(store.lifetime(token_key("access", rotated.tokens.access)), access));
        CHECK(is_about(store.lifetime(token_key("refresh", *rotated.tokens.refresh)), refresh));
    }
    CHECK(store.record(grant_key("grant", tokens.access.grant_id()))["expires_at"] == std::to_string(noon + 1000));
}

TEST_CASE("STILE-store-20 after the absolute end of its grant a refresh token is unknown")
{
    const Seconds at = GENERATE(noon + 1000, noon + 1001, noon + 100'000);
    Store store;
    const auto tokens = store.tokens({.lifetimes = {.grant = 1000}});
    const auto before = store.snapshot();
    CHECK(store.rotate(*tokens.refresh, {.now = at}).outcome == Outcome::unknown);
    CHECK(store.snapshot() == before);
}

TEST_CASE("STILE-store-20 a code's tokens also expire at the absolute end")
{
    Store store;
    const Lifetimes lifetimes = {.grant = 200};
    const auto code = store.issue_code({.lifetimes = lifetimes});
    const auto redeemed = store.redeem(code, {.now = noon + 50, .lifetimes = lifetimes});
    REQUIRE(redeemed.outcome == Redemption::Outcome::issued);
    CHECK(redeemed.issued.access_lifetime == 150);
    CHECK(redeemed.issued.refresh_lifetime == 150);
    CHECK(is_about(store.lifetime(token_key("refresh", *redeemed.tokens.refresh)), 150));
}

TEST_CASE("STILE-store-21 the grant lives as long as the longest of its tokens")
{
    Store store;
    const Lifetimes long_access = {.access_token = 2000, .refresh_token = 100};
    const auto tokens = store.tokens({.lifetimes = long_access});
    const auto grant = grant_key("grant", tokens.access.grant_id());
    CHECK(is_about(store.lifetime(grant), 2000));
    // A successor with shorter lifetimes does not shorten that of the older access token.
    REQUIRE(store.rotate(*tokens.refresh, {.lifetimes = {.access_token = 10, .refresh_token = 20}}).outcome
            == Outcome::rotated);
    CHECK(is_about(store.lifetime(grant), 2000));
}

TEST_CASE("STILE-store-22 within the grace period the same request gets the same sealed response and no new token")
{
    Store store;
    const auto tokens = store.tokens();
    const auto rotated = store.rotate(*tokens.refresh, {.scope = "email", .grace = 10, .sealed = "the answer"});
    REQUIRE(rotated.outcome == Outcome::rotated);
    const auto before = store.snapshot();
    const Seconds at = GENERATE(as<Seconds>(), noon, noon + 10, noon + 3600, noon - 3600); // callers' clocks may differ
    const auto again =
        store.rotate(*tokens.refresh, {.scope = "email", .grace = 10, .sealed = "another answer", .now = at});
    CHECK(again.outcome == Outcome::repeated);
    CHECK(again.sealed == "the answer");
    CHECK(again.issued.scope == "email");
    CHECK(again.issued.subject == "alice");
    CHECK(is_about(again.issued.access_lifetime, 300));
    CHECK(is_about(again.issued.refresh_lifetime, 900));
    CHECK(store.snapshot() == before);
    CHECK(store.rotate(*rotated.tokens.refresh).outcome == Outcome::rotated);
}

TEST_CASE("STILE-store-23 after the grace period, or for another scope, a second use ends the grant")
{
    const auto [what, second] = GENERATE(table<std::string, Refreshed>({
        {"too late", {.scope = "email", .grace = 10}},
        {"too late, by a clock that is slow", {.scope = "email", .grace = 10, .now = noon - 3600}},
        {"another scope", {.scope = "profile", .grace = 10}},
        {"no scope", {.grace = 10}},
        {"a wider scope", {.scope = "email admin", .grace = 10}},
        {"the grace was taken away", {.scope = "email", .grace = 0, .now = noon + 1}},
    }));
    INFO(what);
    Store store;
    const auto tokens = store.tokens();
    REQUIRE(store.rotate(*tokens.refresh, {.scope = "email", .grace = 10}).outcome == Outcome::rotated);
    if (what.starts_with("too late")) {
        const auto key = token_key("refresh", *tokens.refresh);
        const auto until = store.record(key).number("sealed_until");
        CHECK(is_about(until / 1000, store.clock.now() + 10));
        store.ask({"HSET", key, "sealed_until", std::to_string(until - 11'000)});
    }
    CHECK(store.rotate(*tokens.refresh, second).outcome == Outcome::reused);
    CHECK(store.keys("grant:*").empty());
    CHECK(live_refresh_tokens(store).empty());
}

TEST_CASE("STILE-store-24 without a grace period no sealed response is stored, and a later grace period has no effect")
{
    Store store;
    const auto tokens = store.tokens();
    REQUIRE(store.rotate(*tokens.refresh, {.grace = 0}).outcome == Outcome::rotated);
    CHECK(store.fields(token_key("refresh", *tokens.refresh))
          == std::vector<std::string>{"client_id", "issued_at", "scope", "secret_sha256", "sub", "used_at"});
    CHECK(store.rotate(*tokens.refresh, {.grace = 60}).outcome == Outcome::reused);
}

TEST_CASE("STILE-store-25 within the grace period, too, only the right secret and client get the response")
{
    Store store;
    const auto tokens = store.tokens();
    REQUIRE(store.rotate(*tokens.refresh, {.grace = 10}).outcome == Outcome::rotated);
    const auto before = store.snapshot();
    const auto forged =
        SplitToken::of(tokens.access.grant_id(), Secret(tokens.refresh->selector() + store.random.base62(30)));
    CHECK(store.rotate(forged, {.grace = 10}).outcome == Outcome::unknown);
    CHECK(store.rotate(*tokens.refresh, {.client_id = "other", .grace = 10}).outcome == Outcome::wrong_client);
    CHECK(store.snapshot() == before);
    must(GrantLists(store.admin).revoke_all_of_subject("alice"));
    CHECK(store.rotate(*tokens.refresh, {.grace = 10}).outcome == Outcome::reused); // a revoked grant stays revoked
}

// A client with a grace period, whose owner has refreshed `times` times; each entry is presented once, by the owner.
std::vector<SplitToken> refreshed(Store& store, int times)
{
    std::vector<SplitToken> chain = {*store.tokens().refresh};
    for (int i = 0; i < times; ++i) {
        auto rotated = store.rotate(chain.back(), {.grace = 60});
        REQUIRE(rotated.outcome == Outcome::rotated);
        chain.push_back(*rotated.tokens.refresh);
    }
    return chain;
}

TEST_CASE(
    "STILE-grace-1 the grace period of a refresh token ends when its successor is used; then reuse ends the grant")
{
    const std::size_t age = GENERATE(as<std::size_t>{}, 2, 3, 5); // how many steps the thief is behind
    Store store;
    const auto chain = refreshed(store, 5);
    const auto& stolen = chain.at(chain.size() - 1 - age);
    CHECK(store.rotate(stolen, {.grace = 60}).outcome == Outcome::reused);
    CHECK(store.keys("grant:*").empty());
    CHECK(live_refresh_tokens(store).empty());
    CHECK(store.rotate(chain.back(), {.grace = 60}).outcome == Outcome::unknown); // nobody goes on
}

TEST_CASE("STILE-grace-1 a thief who uses the successor is found out when the owner asks for the answer again")
{
    Store store;
    const auto first = *store.tokens().refresh;
    const auto owners = store.rotate(first, {.grace = 60});
    REQUIRE(store.rotate(first, {.grace = 60}).outcome == Outcome::repeated); // the thief reads the owner's answer
    const auto thiefs = store.rotate(*owners.tokens.refresh, {.grace = 60});
    REQUIRE(thiefs.outcome == Outcome::rotated);
    const int step = GENERATE(0, 1);
    if (step == 1) // the owner's answer got lost: the same once more
        REQUIRE(store.rotate(*owners.tokens.refresh, {.grace = 60}).outcome == Outcome::repeated);
    CHECK(store.rotate(first, {.grace = 60}).outcome == Outcome::reused);
    CHECK(store.rotate(*thiefs.tokens.refresh, {.grace = 60}).outcome == Outcome::unknown);
}

TEST_CASE("STILE-grace-2 an owner who loses the answer gets it again at every step, until the successor is used")
{
    Store store;
    auto token = *store.tokens().refresh;
    for (int step = 0; step < 3; ++step) {
        const auto rotated = store.rotate(token, {.grace = 60, .sealed = "answer " + std::to_string(step)});
        REQUIRE(rotated.outcome == Outcome::rotated);
        for (int again = 0; again < 2; ++again) {
            const auto repeated = store.rotate(token, {.grace = 60, .sealed = "another"});
            CHECK(repeated.outcome == Outcome::repeated);
            CHECK(repeated.sealed == "answer " + std::to_string(step));
        }
        CHECK(live_refresh_tokens(store).size() == 1);
        token = *rotated.tokens.refresh;
    }
}

} // namespace stile
