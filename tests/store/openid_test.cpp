// OpenID Connect in the steps: the login data of a grant, codes issued without a page, sessions that record their
// grants, profiles, and queued logout notices.
#include "shared/store/grant_lists.h"
#include "shared/store/keys.h"
#include "shared/store/logout_notices.h"
#include "shared/store/profiles.h"
#include "shared/store/silent_approval.h"
#include "tests/store/store.h"

#include <set>
#include <thread>

using namespace stile;

namespace {

const ResourceOwner alice = {"sub-of-alice", "alice", noon - 60, "alice-herself", "pwd otp", "the-sid"};

AuthorizationRequest openid_request(const Store& store)
{
    auto request = store.request({.scope = "openid email"});
    request.nonce = "n-1";
    request.id_token_claims = "email";
    request.userinfo_claims = "name groups";
    return request;
}

SplitToken openid_code(Store& store)
{
    auto code = store.code_of(store.random.base62(grant_id_length));
    must(store.connection.run({Grants::issue_code_command(code, openid_request(store), alice, noon, {})}));
    return code;
}

Redemption redeem(Store& store, const SplitToken& code, const TokenPair& tokens, bool can_sign = true)
{
    const Presented how;
    return must(store.grants.redeem_code({code, how.client_id, how.redirect_uri, how.code_challenge, 0, can_sign},
                                         tokens, noon, {}));
}

Rotation rotate(Store& store, const SplitToken& token, const TokenPair& tokens, bool can_sign = true, Seconds grace = 0)
{
    return must(store.grants.rotate_refresh({token, "app", "", grace, "sealed answer", 0, can_sign}, tokens, noon, {}));
}

TokenPair mint(Store& store, const SplitToken& of)
{
    return TokenPair::mint(of.grant_id(), true, store.random);
}

void check_identity(const Issued& issued, const std::string& nonce)
{
    CHECK(issued.subject == "sub-of-alice");
    REQUIRE(issued.identity);
    CHECK(issued.identity->sid == "the-sid");
    CHECK(issued.identity->amr == "pwd otp");
    CHECK(issued.identity->nonce == nonce);
    CHECK(issued.identity->claims == "email");
    CHECK(issued.identity->user_name == "alice");
}

} // namespace

TEST_CASE("STILE-identity-1 a grant with scope openid keeps the login data; the nonce is only for the code")
{
    Store store;
    const auto code = openid_code(store);
    const auto grant = grant_key("grant", code.grant_id());
    CHECK(store.record(grant)["own_sub"] == "alice-herself");
    const auto first = mint(store, code);
    check_identity(redeem(store, code, first).issued, "n-1");
    CHECK(store.record(grant)["nonce"].empty()); // OpenID Connect Core §12.2
    const auto second = mint(store, code);
    check_identity(rotate(store, *first.refresh, second, true, 60).issued, "");
    check_identity(rotate(store, *first.refresh, mint(store, code), true, 60).issued, ""); // within the grace period
    check_identity(rotate(store, *second.refresh, mint(store, code)).issued, "");
    const auto facts = must(store.grants.inspect(TokenKind::access, second.access));
    REQUIRE(facts);
    CHECK(facts->userinfo_claims == "name groups");
    CHECK(facts->user_name == "alice");
}

TEST_CASE("STILE-identity-2 an approved request and one with a remembered consent give the same grant")
{
    Store store;
    ParkedRequest parked;
    parked.id = store.random.base62(grant_id_length);
    parked.request = openid_request(store);
    parked.secret_sha256 = sha256_base64url("browser");
    must(store.requests.park(parked, noon, 600));
    const auto code = store.code_of(parked.id);
    must(store.requests.approve({parked.id, parked.secret_sha256, alice, code, "app"}, noon, {}));
    const auto unasked = openid_code(store);
    CHECK(store.fields(grant_key("grant", code.grant_id())) == store.fields(grant_key("grant", unasked.grant_id())));
    check_identity(redeem(store, code, mint(store, code)).issued, "n-1");
}

TEST_CASE("STILE-identity-3 a parked request is read back unchanged")
{
    Store store;
    ParkedRequest parked;
    parked.id = store.random.base62(grant_id_length);
    parked.request = openid_request(store);
    parked.request.response_mode = ResponseMode::form_post;
    parked.request.login_hint = "alice@example.org";
    parked.request.requires_consent = true;
    parked.request.expected_subject = "somebody";
    parked.request.essential_acr = {"1", "2"};
    parked.request.authenticated_since = noon - 5;
    parked.request.not_session = "SXIuOyzMqts4k6ikC5";
    parked.secret_sha256 = "x";
    must(store.requests.park(parked, noon, 600));
    const auto found = must(store.requests.find(parked.id));
    REQUIRE(found);
    const auto& request = found->request;
    CHECK(request.nonce == "n-1");
    CHECK(request.id_token_claims == "email");
    CHECK(request.userinfo_claims == "name groups");
    CHECK(request.response_mode == ResponseMode::form_post);
    CHECK(request.login_hint == "alice@example.org");
    CHECK(request.requires_consent);
    CHECK(request.expected_subject == "somebody");
    CHECK(request.essential_acr == std::vector<std::string>{"1", "2"});
    CHECK(request.authenticated_since == noon - 5);
    CHECK(request.not_session == "SXIuOyzMqts4k6ikC5");
}

TEST_CASE("STILE-identity-4 a grant without scope openid stores no login data and needs no more commands")
{
    Store store;
    const auto tokens = store.tokens();
    const auto grant = store.record(grant_key("grant", tokens.access.grant_id()));
    for (const char* field : {"sid", "amr", "nonce", "own_sub", "id_token_claims", "userinfo_claims"})
        CHECK(grant[field].empty());
    CHECK_FALSE(store.rotate(*tokens.refresh).issued.identity);
}

TEST_CASE("STILE-identity-5 if the ID token cannot be signed, the code or refresh token is not used up")
{
    Store store;
    const auto code = openid_code(store);
    const auto before = store.snapshot();
    CHECK(redeem(store, code, mint(store, code), false).outcome == Redemption::Outcome::unsignable);
    CHECK(store.snapshot() == before);
    const auto tokens = mint(store, code);
    CHECK(redeem(store, code, tokens).outcome == Redemption::Outcome::issued);
    const auto again = store.snapshot();
    CHECK(rotate(store, *tokens.refresh, mint(store, code), false).outcome == Rotation::Outcome::unsignable);
    CHECK(store.snapshot() == again);
    CHECK(rotate(store, *tokens.refresh, mint(store, code)).outcome == Rotation::Outcome::rotated);
}

TEST_CASE("STILE-identity-6 a client that cannot redeem a code does not learn that an ID token is due")
{
    Store store;
    const auto code = openid_code(store);
    const auto asked = [&](const Presented& how) {
        return must(store.grants.redeem_code({code, how.client_id, how.redirect_uri, how.code_challenge, 0, false},
                                             mint(store, code), noon, {}))
            .outcome;
    };
    CHECK(asked({.client_id = "another"}) == Redemption::Outcome::wrong_client);
    CHECK(asked({.code_challenge = "x"}) == Redemption::Outcome::wrong_verifier);
    CHECK(redeem(store, code, mint(store, code)).outcome == Redemption::Outcome::issued);
    CHECK(asked({}) == Redemption::Outcome::replayed); // and a replay is reported as one
}

TEST_CASE("STILE-identity-7 a user's grants are also found by the user's public sub if a pairwise client has another")
{
    Store store;
    const auto code = openid_code(store);
    CHECK(must(GrantLists(store.admin).revoke_all_of_subject("alice-herself")) == 1);
    CHECK_FALSE(store.exists(grant_key("grant", code.grant_id())));
}

TEST_CASE("STILE-silent-1 one round trip reads the consent, issues the code and checks the session")
{
    const auto [agrees, is_there] = GENERATE(table<bool, bool>({{true, true}, {true, false}, {false, true}}));
    CAPTURE(agrees, is_there);
    Store store;
    if (agrees)
        must(Consents(store.connection).save("app", "alice-herself", must(Scope::parse("openid email")), noon, 60));
    if (is_there)
        must(Sessions(store.connection).save("id", {"alice", "alice-herself", noon, "x"}, 60));
    const auto code = store.code_of(store.random.base62(grant_id_length));
    const auto request = openid_request(store);
    const auto found = must(
        SilentApprovals(store.connection).approve({code, request, alice, "alice-herself", "id", "first"}, noon, {}));
    CHECK(found.remembered.has_value() == agrees);
    CHECK(found.session_exists == is_there);
    CHECK(store.exists(token_key("code", code)));
    CHECK(store.record("session_grants:first")[code.grant_id()] == "app");
    must(SilentApprovals(store.connection).revoke({code, request, alice, "alice-herself", "id", "first"}));
    CHECK(store.keys("*{*}*").empty());
    CHECK_FALSE(store.exists("session_grants:first"));
}

TEST_CASE("STILE-session-grants-1 a session records its grants, and returns them once")
{
    Store store;
    Sessions sessions(store.connection);
    must(sessions.save("id", {"alice", "alice", noon, "x"}, 60));
    CHECK(must(sessions.record_grant({"id", "first", "g1", "app", true, false}, 60)));
    CHECK(must(sessions.record_grant({"id", "first", "g2", "app", true, true}, 60)));
    CHECK(must(sessions.record_grant({"id", "first", "g3", "another", false, false}, 60))); // no scope openid
    CHECK(is_about(store.lifetime("session_grants:first"), 60));
    must(sessions.end("id"));
    CHECK_FALSE(must(sessions.record_grant({"id", "first", "g4", "app", true, false}, 60)));
    std::set<std::string> found;
    for (const auto& recorded : must(sessions.pop_grants("first")))
        found.insert(recorded.grant_id + " " + recorded.client_id + (recorded.is_offline ? " outlives" : ""));
    CHECK(found == std::set<std::string>{"g1 app", "g2 app outlives", "g4 app"});
    CHECK(must(sessions.pop_grants("first")).empty());
    CHECK_FALSE(store.exists("session_grants:first"));
}

TEST_CASE("STILE-session-grants-2 when a session reaches the maximum number of grants, ended grants are removed")
{
    Store store;
    Sessions sessions(store.connection);
    for (int i = 0; i < Sessions::max_grants; ++i)
        store.ask({"HSET", "session_grants:first", "ended-" + std::to_string(i), "app"});
    const auto live = store.tokens().access.grant_id();
    store.ask({"HSET", "session_grants:first", live, "app"});
    must(sessions.record_grant({"id", "first", "g1", "app", true, false}, 60));
    REQUIRE(must(sessions.grants_of("first")).size() == 1);
    CHECK(must(sessions.grants_of("first"))[0].grant_id == live);
}

TEST_CASE("STILE-profiles-1 claims about a user are set, changed and removed one by one")
{
    Store store;
    Profiles profiles(store.connection);
    CHECK(must(profiles.find("alice")).empty());
    must(profiles.change("alice", {{"name", "\"Alice\""}, {"email_verified", "true"}}));
    must(profiles.change("alice", {{"name", ""}, {"address", R"({"locality":"Ulm"})"}}));
    CHECK(must(profiles.find("alice")) == Profile{{"email_verified", "true"}, {"address", R"({"locality":"Ulm"})"}});
    CHECK(must(profiles.find("bob")).empty());
}

TEST_CASE("STILE-logout-notices-3 processes that take notices at the same time get different ones")
{
    Store store;
    constexpr int count = 32;
    std::vector<LogoutNotice> all;
    for (int i = 0; i < count; ++i)
        all.push_back({"id" + std::to_string(i), "app", "alice", "sid"});
    must(LogoutNotices(store.connection).add(all, noon));
    std::vector<Result<std::variant<LogoutNotices::Taken, LogoutNotices::Next>>> taken(count, LogoutNotices::Next{});
    std::vector<std::jthread> threads;
    for (int i = 0; i < count; ++i)
        threads.emplace_back([&, i] {
            Store another{Store::Shared()};
            taken[static_cast<std::size_t>(i)] = LogoutNotices(another.connection).take(noon);
        });
    threads.clear();
    std::set<std::string> ids;
    for (auto& one : taken)
        ids.insert(std::get<LogoutNotices::Taken>(must(std::move(one))).notice.id);
    CHECK(ids.size() == count);
}

TEST_CASE("STILE-logout-notices-4 a malformed entry in the queue does not block delivery")
{
    Store store;
    LogoutNotices notices(store.connection);
    store.ask({"ZADD", "logout_notices", "1", "nonsense"});
    store.ask({"ZADD", "logout_notices", "2", "1 too few"});
    must(notices.add({{"id", "app", "alice", "sid"}}, noon));
    auto taken = must(notices.take(noon));
    while (std::holds_alternative<LogoutNotices::Next>(taken))
        taken = must(notices.take(noon));
    CHECK(std::get<LogoutNotices::Taken>(taken).notice.id == "id");
    CHECK(store.ask({"ZRANGE", "logout_notices", "0", "-1"}).elements.size() == 1);
}
