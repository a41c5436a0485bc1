// put, approve_request, deny_request: request:{g}, answered once (RFC 6749 §4.1.1, §4.1.2).
#include "shared/store/keys.h"
#include "tests/store/store.h"

namespace stile {

namespace {

using enum ApprovalOutcome;

} // namespace

TEST_CASE("STILE-store-26 a parked request is read back unchanged, for 600 seconds")
{
    Store store;
    const auto [what, how] = GENERATE(table<std::string, ARequest>({
        {"everything given", {}},
        {"nothing optional given", {.scope = "", .redirect_uri_was_sent = false, .code_challenge = ""}},
    }));
    INFO(what);
    const auto id = store.park(how);
    const auto expected = store.request(how);
    const auto parked = must(store.requests.find(id));
    REQUIRE(parked);
    CHECK(parked->id == id);
    CHECK(parked->request.client_id == "app");
    CHECK(parked->request.redirect_uri == expected.redirect_uri);
    CHECK(parked->request.redirect_uri_was_sent == expected.redirect_uri_was_sent);
    CHECK(parked->request.scope.to_string() == expected.scope.to_string());
    CHECK(parked->request.state == "some state");
    CHECK(parked->request.code_challenge == expected.code_challenge);
    CHECK(parked->secret_sha256 == sha256_base64url("browser"));
    CHECK_FALSE(parked->is_answered);
    CHECK(is_about(store.lifetime("request:{" + id + "}"), 600));
    CHECK_FALSE(must(store.requests.find("000000000000")));
}

TEST_CASE("STILE-store-26 every byte of a state is kept: quotes, line ends, NUL, 8 kB")
{
    Store store;
    const auto state = GENERATE(std::string("a\"b'c\\d"), std::string("a\0b", 3), std::string("\r\n$5\r\n*1\r\n"),
                                std::string(8192, 'x'));
    ParkedRequest parked;
    parked.id = "abcdefghijkl";
    parked.request = store.request();
    parked.request.state = state;
    must(store.requests.park(parked, noon, 600));
    CHECK(must(store.requests.find(parked.id))->request.state == state);
}

TEST_CASE("STILE-store-27 save_record replaces the whole record, with a new lifetime")
{
    Store store;
    const auto save = [&](std::string_view ttl, const Command& fields) {
        must(store.connection.call(Step("save_record").key("record_key", "session:a").with("ttl", ttl).fields(fields)));
    };
    save("100", {"old", "1", "both", "1"});
    save("50", {"both", "2", "new", "2", "empty", ""});
    CHECK(store.fields("session:a") == std::vector<std::string>{"both", "new"});
    CHECK(store.record("session:a")["both"] == "2");
    CHECK(is_about(store.lifetime("session:a"), 50));
}

TEST_CASE("STILE-store-28 approving a request issues a code for the parked request")
{
    Store store;
    const auto id = store.park();
    const auto code = store.code_of(id);
    REQUIRE(must(store.approve(id, code)) == approved);
    CHECK(must(store.requests.find(id))->is_answered);
    CHECK(is_about(store.lifetime("request:{" + id + "}"), 600));
    const auto record = store.record(token_key("code", code));
    CHECK(record["client_id"] == "app");
    CHECK(record["sub"] == "alice");
    CHECK(record["scope"] == "email profile");
    CHECK(record["code_challenge"] == ARequest().code_challenge);
    CHECK(record["secret_sha256"] == code.secret_sha256());
    CHECK(store.record(grant_key("grant", id))["auth_time"] == std::to_string(noon - 60));
    CHECK(is_about(store.lifetime(token_key("code", code)), 300));
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
}

TEST_CASE("STILE-store-28 a parameter that the request did not send is not required to redeem the code")
{
    Store store;
    const auto id = store.park({.redirect_uri_was_sent = false, .code_challenge = ""});
    const auto code = store.code_of(id);
    REQUIRE(must(store.approve(id, code)) == approved);
    CHECK(store.redeem(code, {.code_challenge = ARequest().code_challenge}).outcome
          == Redemption::Outcome::wrong_verifier);
    CHECK(store.redeem(code, {.redirect_uri = "", .code_challenge = ""}).outcome == Redemption::Outcome::issued);
}

TEST_CASE("STILE-store-29 approving twice before the code is used gives one code")
{
    Store store;
    const auto id = store.park();
    const auto code = store.code_of(id);
    REQUIRE(must(store.approve(id, code)) == approved);
    const auto before = store.snapshot();
    CHECK(must(store.approve(id, code)) == repeated);
    CHECK(store.snapshot() == before);
    // Another user in the same browser, or another code, is not a double click.
    CHECK(must(store.approve(id, code, "mallory")) == answered);
    CHECK(must(store.approve(id, store.code_of(id))) == answered);
    auto after = store.snapshot();
    after.erase("user_grants:mallory"); // an entry of an index proves nothing
    CHECK(after == before);
}

TEST_CASE("STILE-store-30 a request that was answered issues no second code")
{
    Store store;
    const auto id = store.park();
    const auto code = store.code_of(id);

    SECTION("after its code was redeemed")
    {
        REQUIRE(must(store.approve(id, code)) == approved);
        REQUIRE(store.redeem(code).outcome == Redemption::Outcome::issued);
    }
    SECTION("after its code has expired")
    {
        REQUIRE(must(store.approve(id, code)) == approved);
        store.ask({"DEL", token_key("code", code)});
    }
    SECTION("after it was denied")
    {
        REQUIRE(must(store.requests.deny(id, sha256_base64url("browser"))) == DenialOutcome::denied);
    }
    const auto before = store.snapshot();
    CHECK(must(store.approve(id, code)) == answered);
    CHECK(store.snapshot() == before);
}

TEST_CASE("STILE-store-31 only the browser that began a request can answer it")
{
    const std::string state = GENERATE("waiting", "approved", "denied");
    INFO(state);
    Store store;
    const auto id = store.park();
    const auto code = store.code_of(id);
    if (state == "approved")
        REQUIRE(must(store.approve(id, code)) == approved);
    if (state == "denied")
        REQUIRE(must(store.requests.deny(id, sha256_base64url("browser"))) == DenialOutcome::denied);
    const auto before = store.snapshot();
    CHECK(must(store.approve(id, code, "alice", "another browser")) == unknown);
    CHECK(must(store.requests.approve({id, "", ResourceOwner{"alice", "alice", noon}, code, "app"}, noon, {}))
          == unknown);
    CHECK(must(store.requests.deny(id, sha256_base64url("another browser"))) == DenialOutcome::unknown);
    CHECK(must(store.requests.deny(id, "")) == DenialOutcome::unknown);
    CHECK(store.snapshot() == before);
}

TEST_CASE("STILE-store-32 an unknown request can be neither approved nor denied")
{
    Store store;
    const std::string id = "000000000000";
    CHECK(must(store.approve(id, store.code_of(id))) == unknown);
    CHECK(must(store.requests.deny(id, sha256_base64url("browser"))) == DenialOutcome::unknown);
    CHECK(store.keys().empty());
}

TEST_CASE("STILE-store-34 a request that is denied once or twice creates no grant")
{
    Store store;
    const auto id = store.park();
    const auto browser = sha256_base64url("browser");
    CHECK(must(store.requests.deny(id, browser)) == DenialOutcome::denied);
    CHECK(must(store.requests.find(id))->is_answered);
    const auto before = store.snapshot();
    CHECK(must(store.requests.deny(id, browser)) == DenialOutcome::denied);
    CHECK(store.snapshot() == before);
    CHECK(store.keys() == std::vector<std::string>{"request:{" + id + "}"});
    CHECK(is_about(store.lifetime("request:{" + id + "}"), 600));
}

TEST_CASE("STILE-store-33 an approved request cannot be denied")
{
    Store store;
    const auto id = store.park();
    const auto code = store.code_of(id);
    REQUIRE(must(store.approve(id, code)) == approved);
    const auto before = store.snapshot();
    CHECK(must(store.requests.deny(id, sha256_base64url("browser"))) == DenialOutcome::answered);
    CHECK(store.snapshot() == before);
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
}

} // namespace stile
