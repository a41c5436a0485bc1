// The indices of users and clients: user_sessions:, user_grants:, user_browsers:, user_consents:, client_grants: and
// client_consents:.
#include "shared/store/consents.h"
#include "shared/store/grant_lists.h"
#include "shared/store/indices.h"
#include "shared/store/keys.h"
#include "shared/store/known_browsers.h"
#include "shared/store/sessions.h"
#include "tests/store/store.h"

#include <functional>

namespace stile {

namespace {

const std::vector<std::string> index_patterns = {"user_sessions:*", "user_grants:*",   "user_browsers:*",
                                                 "user_consents:*", "client_grants:*", "client_consents:*"};

// What `user` has: a session, a browser, a grant and a consent.
std::string settle(Store& store, const std::string& user)
{
    must(Sessions(store.connection).save("session-of-" + user, {user, "sub-of-" + user, noon, "x"}, 600));
    must(KnownBrowsers(store.connection).save("browser-of-" + user, {user, noon, "x"}, 600));
    must(Consents(store.connection).save("app", "sub-of-" + user, must(Scope::parse("email")), noon, 600));
    const auto pair = TokenPair::mint(store.random.base62(grant_id_length), true, store.random);
    must(store.grants.issue_for_user(pair, "app", "email", {"sub-of-" + user, user, noon}, noon, {}));
    return pair.access.grant_id();
}

// As a version without indices would have left it.
void forget_indices(Store& store)
{
    for (const auto& pattern : index_patterns)
        for (const auto& key : store.keys(pattern))
            store.ask({"DEL", key});
    store.ask({"DEL", "indexed"});
}

// Ends all that the user has; counts the sessions and grants.
std::string end_all(Store& store, const std::string& user)
{
    const auto sessions = must(Sessions(store.admin).list_of(user, "sub-of-" + user));
    for (const auto& session : sessions)
        must(Sessions(store.admin).end(session.id));
    const auto grants = must(GrantLists(store.admin).revoke_all_of_subject("sub-of-" + user));
    must(KnownBrowsers(store.admin).forget_all_of(user));
    must(Consents(store.admin).forget_subject("sub-of-" + user));
    return std::to_string(sessions.size()) + " " + std::to_string(grants);
}

std::vector<std::string> records_of(Store& store, const std::string& user)
{
    std::vector<std::string> found;
    for (const auto* pattern : {"session:*", "browser:*", "consent:*"})
        for (const auto& key : store.keys(pattern))
            if (key.ends_with("of-" + user))
                found.push_back(key);
    for (const auto& key : store.keys("grant:*"))
        if (store.record(key)["username"] == user)
            found.push_back(key);
    return found;
}

// Whether SCAN was called while `run` ran.
bool walks(Store& store, const std::function<void()>& run)
{
    store.ask({"CONFIG", "RESETSTAT"});
    run();
    return store.ask({"INFO", "commandstats"}).text.contains("cmdstat_scan:");
}

} // namespace

TEST_CASE("STILE-index-1 what a user or client has is found without a walk over the keys of all")
{
    Store store;
    const auto alices = settle(store, "alice");
    settle(store, "bob");
    must(complete_indices(store.admin)); // once after the installation
    CHECK_FALSE(walks(store, [&] {
        CHECK(must(GrantLists(store.admin).list_of_subject("sub-of-alice")).front().id == alices);
        CHECK(must(GrantLists(store.admin).list_of_client("app")).size() == 2);
        CHECK(end_all(store, "alice") == "1 1");
        CHECK(must(Sessions(store.admin).list_of("bob")).size() == 1); // by the name alone
        CHECK(must(GrantLists(store.admin).revoke_all_of_user("bob")) == 1);
        must(Consents(store.admin).forget_client("app"));
    }));
    CHECK(records_of(store, "alice").empty());
    CHECK(records_of(store, "bob") == std::vector<std::string>{"session:session-of-bob", "browser:browser-of-bob"});
}

TEST_CASE("STILE-index-1 grants by a code, by a remembered consent and of a client itself are found, too")
{
    Store store;
    must(complete_indices(store.admin));
    const auto id = store.park();
    const auto code = store.code_of(id);
    REQUIRE(must(store.approve(id, code, "alice")) == ApprovalOutcome::approved);
    CHECK(must(GrantLists(store.admin).list_of_subject("alice")).size() == 1);
    const auto own = SplitToken::mint(store.random.base62(grant_id_length), access_token_length, store.random);
    must(store.grants.issue_for_client({own, std::nullopt}, "app", "email", noon, {}));
    CHECK(must(GrantLists(store.admin).revoke_all_of_client("app")) == 2);
    CHECK(must(GrantLists(store.admin).list()).empty());
}

TEST_CASE("STILE-index-2 records that a version without indices wrote are found by one walk, and then without")
{
    Store store;
    settle(store, "alice");
    settle(store, "bob");
    const auto own = SplitToken::mint(store.random.base62(grant_id_length), access_token_length, store.random);
    must(store.grants.issue_for_client({own, std::nullopt}, "app", "email", noon, {}));
    forget_indices(store);
    CHECK(walks(store, [&] { CHECK(end_all(store, "alice") == "1 1"); }));
    CHECK(records_of(store, "alice").empty());
    CHECK(records_of(store, "bob").size() == 4);
    CHECK_FALSE(walks(store, [&] {
        CHECK(must(GrantLists(store.admin).revoke_all_of_client("app")) == 2);
        CHECK(end_all(store, "bob") == "1 0");
    }));
    CHECK(records_of(store, "bob").empty());
}

TEST_CASE("STILE-index-2 a Redis that is out of memory also finds and ends them")
{
    Store store;
    settle(store, "alice");
    forget_indices(store);
    store.ask({"CONFIG", "SET", "maxmemory", "1"});
    const auto ended = end_all(store, "alice");
    store.ask({"CONFIG", "SET", "maxmemory", "0"});
    CHECK(ended == "1 1");
    CHECK(records_of(store, "alice").empty());
}

TEST_CASE("STILE-index-3 while Redis has the library of a version without indices, every call walks")
{
    Store store;
    settle(store, "dave");
    must(complete_indices(store.admin));
    must(store.admin.command({"FUNCTION", "LOAD",
                              "#!lua name=stile_000000000000\n"
                              "redis.register_function('rotate_refresh_000000000000', function() end)"}));
    for (const std::string user : {"alice", "bob"}) {
        settle(store, user);
        forget_indices(store); // it wrote them
        store.ask({"SET", "indexed", "1"}); // as before it was loaded
        CHECK(walks(store, [&] { CHECK(end_all(store, user) == "1 1"); }));
        CHECK(records_of(store, user).empty());
    }
    CHECK_FALSE(store.exists("indexed"));
    store.ask({"FUNCTION", "DELETE", "stile_000000000000"});
    settle(store, "carol");
    forget_indices(store);
    CHECK(walks(store, [&] { CHECK(end_all(store, "carol") == "1 1"); }));
    CHECK_FALSE(walks(store, [&] { CHECK(end_all(store, "carol") == "0 0"); }));
}

TEST_CASE("STILE-index-4 an index forgets what has ended, at its time and before")
{
    Store store;
    const auto names = [&] {
        std::vector<std::string> found;
        for (const auto& name : store.ask({"ZRANGE", "user_grants:alice", "0", "-1"}).elements)
            found.push_back(name.text);
        return found;
    };
    const auto ended = store.issue_code();
    const auto live = store.issue_code();
    store.ask({"ZADD", "user_grants:alice", "1000", live.grant_id()}); // as if it had been issued long ago
    store.ask({"DEL", grant_key("grant", ended.grant_id())});
    const auto last = store.issue_code(); // looks at all three
    CHECK(names() == std::vector{last.grant_id()});
    CHECK(store.lifetime("user_grants:alice") > Lifetimes().grant - 10);
    CHECK(store.lifetime("user_grants:alice") <= Lifetimes().grant + 2);

    std::vector<SplitToken> many;
    for (int i = 0; i < 40; ++i)
        many.push_back(store.issue_code());
    for (const auto& code : many)
        must(store.grants.revoke(code.grant_id()));
    for (int i = 0; i < 80; ++i)
        store.issue_code();
    // 81 live. Of the 40 about (41/121)^3, one or two, were never among the three at random.
    CHECK(names().size() >= 81);
    CHECK(names().size() < 100);
}

TEST_CASE("STILE-index-4 a record that does not exist is not noted")
{
    Store store;
    must(store.connection.run({index_command(user_grants, "alice", "000000000000", 600)}));
    CHECK(store.keys().empty());
    CHECK(must(store.approve("000000000000", store.code_of("000000000000"))) == ApprovalOutcome::unknown);
    CHECK(store.keys().empty());
}

TEST_CASE("STILE-share-1 a user has at most 100 sessions and 20 known browsers: the one that ends first goes")
{
    Store store;
    Sessions sessions(store.connection);
    KnownBrowsers browsers(store.connection);
    must(browsers.save("others", {"bob", noon, "x"}, 60));
    const auto save = [&](int number, Seconds lifetime) {
        const auto name = std::to_string(number);
        must(sessions.save("s" + name, {"alice", "sub-of-alice", noon, "x"}, lifetime));
        must(browsers.save("b" + name, {"alice", noon, "x"}, lifetime));
    };
    for (int i = 0; i < 100; ++i)
        save(i, i == 50 ? 60 : 600 + i);
    CHECK(store.keys("session:*").size() == 100);
    CHECK(store.keys("browser:b*").size() == 20);
    CHECK(store.exists("browser:b99"));
    CHECK_FALSE(store.exists("browser:b79"));
    CHECK(store.exists("browser:others"));
    save(100, 700);
    CHECK(store.keys("session:*").size() == 100);
    CHECK(store.keys("browser:b*").size() == 20);
    CHECK_FALSE(store.exists("session:s50"));
    CHECK(store.exists("session:s100"));
    for (int again = 0; again < 5; ++again) // the same browser logs in again: it is one
        must(browsers.save("b99", {"alice", noon, "x"}, 900));
    CHECK(store.keys("browser:b*").size() == 20);
    save(101, 10); // a new one stays, though it ends first
    CHECK(store.exists("session:s101"));
    CHECK(store.keys("session:*").size() == 101);
    save(102, 700);
    CHECK(store.keys("session:*").size() == 100);
}

TEST_CASE("STILE-index-5 an index of another user or client with a similar name is not read")
{
    Store store;
    settle(store, "alice");
    CHECK(must(GrantLists(store.admin).revoke_all_of_subject("sub-of-alic")) == 0);
    CHECK(must(GrantLists(store.admin).revoke_all_of_client("ap")) == 0);
    CHECK(must(GrantLists(store.admin).revoke_all_of_client("sub-of-alice")) == 0);
    CHECK(must(Sessions(store.admin).list_of("alic")).empty());
    CHECK(records_of(store, "alice").size() == 4);
    // An entry that another program has written lists no record of others.
    const auto bobs = settle(store, "bob");
    store.ask({"ZADD", "user_grants:sub-of-alice", "9000000000", bobs});
    CHECK(must(GrantLists(store.admin).revoke_all_of_subject("sub-of-alice")) == 1);
    CHECK(records_of(store, "bob").size() == 4);
}

} // namespace stile
