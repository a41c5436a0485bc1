// grant:{g} as a whole: what ends with it, the fields in Redis, and that none of them is a secret.
#include "shared/crypto/seal.h"
#include "shared/store/grant_lists.h"
#include "shared/store/indices.h"
#include "shared/store/keys.h"
#include "shared/store/sessions.h"
#include "tests/store/store.h"

#include <algorithm>

namespace stile {

TEST_CASE("STILE-store-35 ending a grant ends all its tokens, older access tokens too")
{
    Store store;
    const auto first = store.tokens();
    const auto second = store.rotate(*first.refresh);
    const bool by_user = GENERATE(true, false);
    const auto revoke_all = [&] {
        return must(by_user ? GrantLists(store.admin).revoke_all_of_subject("alice")
                            : GrantLists(store.admin).revoke_all_of_client("app"));
    };
    CHECK(revoke_all() == 1);
    CHECK_FALSE(store.is_live("access", first.access));
    CHECK_FALSE(store.is_live("access", second.tokens.access));
    CHECK_FALSE(store.exists(token_key("access", second.tokens.access)));
    CHECK(live_refresh_tokens(store).empty());
    CHECK(store.rotate(*second.tokens.refresh).outcome == Rotation::Outcome::unknown);
    CHECK(revoke_all() == 0);
}

TEST_CASE("STILE-store-36 revoke_all_of_subject ends the matching grants and no others")
{
    Store store;
    std::vector<TokenPair> all;
    for (int i = 0; i < 3; ++i)
        all.push_back(store.tokens());
    store.issue_code();
    must(complete_indices(store.admin));
    const auto before = store.snapshot();
    CHECK(must(GrantLists(store.admin).revoke_all_of_subject("ali")) == 0);
    CHECK(must(GrantLists(store.admin).revoke_all_of_subject("")) == 0);
    CHECK(must(GrantLists(store.admin).revoke_all_of_user("")) == 0);
    CHECK(must(GrantLists(store.admin).revoke_all_of_client("")) == 0);
    CHECK(must(GrantLists(store.admin).revoke_all_of_client("alice")) == 0);
    CHECK(store.snapshot() == before);

    store.ask({"HSET", grant_key("grant", all[1].access.grant_id()), "sub", "bob"});
    CHECK(must(GrantLists(store.admin).revoke_all_of_subject("alice")) == 3);
    CHECK(store.is_live("access", all[1].access));
    CHECK(store.keys("grant:*").size() == 1);
}

TEST_CASE("STILE-store-37 revoke_grant returns whether the grant existed")
{
    Store store;
    const auto tokens = store.tokens();
    const auto grant = grant_key("grant", tokens.access.grant_id());
    CHECK(must(store.connection.call(Step("revoke_grant").key("grant_key", grant)))["outcome"] == "revoked");
    CHECK(must(store.connection.call(Step("revoke_grant").key("grant_key", grant)))["outcome"] == "unknown");
    CHECK(store.keys("access:*").empty());
    CHECK(store.keys("refresh:*").empty());
}

TEST_CASE("STILE-store-38 a token's record is found by its first 18 characters")
{
    Store store;
    const auto code = store.issue_code();
    const auto tokens = store.redeem(code).tokens;
    const std::vector<std::pair<std::string, SplitToken>> all = {
        {"code", code}, {"access", tokens.access}, {"refresh", *tokens.refresh}};
    for (const auto& [family, token] : all) {
        INFO(family);
        const auto shown = must(GrantLists(store.admin).show(token.grant_id(), token.selector()));
        REQUIRE(shown);
        CHECK(shown->key == token_key(family, token));
        CHECK(shown->record["secret_sha256"] == token.secret_sha256());
        CHECK(is_about(shown->expires_in, family == "refresh" ? 900 : 300));
    }
    CHECK_FALSE(must(GrantLists(store.admin).show(code.grant_id(), "nosuch")));
    CHECK_FALSE(must(GrantLists(store.admin).show("000000000000", code.selector())));
}

TEST_CASE("STILE-store-39 each key family has the fields that redis/README.md lists")
{
    using Names = std::vector<std::string>;
    Store store;
    const auto id = store.park();
    const auto code = store.code_of(id);
    must(store.approve(id, code));
    const auto tokens = store.redeem(code).tokens;
    const auto next = store.rotate(*tokens.refresh, {.grace = 10}).tokens;
    must(Sessions(store.connection).save("id", {"alice", "alice", noon, sha256_base64url("x")}, 60));

    CHECK(store.fields(grant_key("request", id))
          == Names{"answer", "client_id", "code_challenge", "issued_at", "redirect_uri", "redirect_uri_was_sent",
                   "scope", "secret_sha256", "state"});
    CHECK(store.fields(token_key("code", code))
          == Names{"client_id", "code_challenge", "issued_at", "redirect_uri", "redirect_uri_was_sent", "scope",
                   "secret_sha256", "sub", "used_at"});
    CHECK(store.fields(grant_key("grant", id))
          == Names{"access", "auth_time", "client_id", "expires_at", "issued_at", "refresh", "scope", "sub"});
    const Names of_a_token = {"client_id", "issued_at", "scope", "secret_sha256", "sub"};
    CHECK(store.fields(token_key("access", next.access)) == of_a_token);
    CHECK(store.fields(token_key("refresh", *next.refresh)) == of_a_token);
    CHECK(store.fields(token_key("refresh", *tokens.refresh))
          == Names{"client_id", "issued_at", "next_access", "next_refresh", "scope", "sealed", "sealed_scope",
                   "sealed_until", "secret_sha256", "sub", "used_at"});
    CHECK(store.fields("session:id") == Names{"auth_time", "secret_sha256", "sub", "user"});
}

TEST_CASE("STILE-store-40 no secret is in any key or value, or in any command to Redis")
{
    Store store;
    store.ask({"CONFIG", "SET", "slowlog-log-slower-than", "0"});
    store.ask({"SLOWLOG", "RESET"});
    const auto id = store.park();
    const auto code = store.code_of(id);
    must(store.approve(id, code));
    const auto first = store.redeem(code).tokens;
    const auto sealed = seal(std::string(first.access.whole().reveal()), first.refresh->secret(), "test", store.random);
    const auto second = store.rotate(*first.refresh, {.grace = 10, .sealed = sealed}).tokens;
    const auto third = store.rotate(*second.refresh).tokens;

    std::string all;
    for (const auto& key : store.keys()) {
        all += key + '\n';
        if (!key.contains('{')) { // an index
            for (const auto& name : store.ask({"ZRANGE", key, "0", "-1"}).elements)
                all += name.text + '\n';
            continue;
        }
        const auto record = store.record(key);
        for (const auto& [name, value] : record.fields())
            all.append(name).append("=").append(value).append("\n");
    }
    for (const auto& entry : store.ask({"SLOWLOG", "GET", "1000"}).elements)
        for (const auto& word : entry.elements.at(3).elements)
            all += word.text + '\n';
    store.ask({"CONFIG", "SET", "slowlog-log-slower-than", "10000"});
    REQUIRE(all.find(code.secret_sha256()) != std::string::npos); // so the test looks at the right place
    for (const auto& token :
         {code, first.access, *first.refresh, second.access, *second.refresh, third.access, *third.refresh}) {
        CHECK(all.find(token.secret().reveal()) == std::string::npos);
        CHECK(all.find(token.secret().reveal().substr(0, 12)) == std::string::npos);
    }
}

} // namespace stile
