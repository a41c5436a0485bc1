// session:<id>.
#include "shared/store/sessions.h"
#include "tests/store/store.h"

namespace stile {

namespace {

Session session_of(const std::string& user)
{
    return {user, "sub-of-" + user, noon, sha256_base64url("cookie of " + user), "pwd otp"};
}

std::vector<std::string> ids_of(const std::vector<Sessions::Listed>& sessions)
{
    std::vector<std::string> ids;
    for (const auto& listed : sessions)
        ids.push_back(listed.id);
    return ids;
}

} // namespace

TEST_CASE("STILE-store-47 a session is read back unchanged, for its lifetime")
{
    Store store;
    Sessions sessions(store.connection);
    must(sessions.save("abc", session_of("alice"), Lifetimes().session));
    const auto found = must(sessions.find("abc"));
    REQUIRE(found);
    CHECK(found->user_name == "alice");
    CHECK(found->subject == "sub-of-alice");
    CHECK(found->auth_time == noon);
    CHECK(found->amr == "pwd otp");
    CHECK(found->secret_sha256 == sha256_base64url("cookie of alice"));
    CHECK(is_about(store.lifetime("session:abc"), 8 * 3600));
    CHECK_FALSE(must(sessions.find("ab")));
    CHECK_FALSE(must(sessions.find("")));
}

TEST_CASE("STILE-store-48 all sessions of a user are found, and no others")
{
    Store store;
    Sessions sessions(store.connection);
    for (const auto* id : {"a1", "a2", "a3"})
        must(sessions.save(id, session_of("alice"), 60));
    must(sessions.save("b1", session_of("alice2"), 60));
    CHECK(ids_of(must(Sessions(store.admin).list_of("alice"))) == std::vector<std::string>{"a1", "a2", "a3"});
    CHECK(must(Sessions(store.admin).list_of("alice"))[1].session.subject == "sub-of-alice");
    CHECK(must(Sessions(store.admin).list_of("nobody")).empty());
}

TEST_CASE("STILE-store-96 sessions are found by user name or by subject")
{
    Store store;
    Sessions sessions(store.connection);
    must(sessions.save("a1", session_of("alice"), 60));
    must(sessions.save("b1", session_of("bob"), 60));
    Session nameless = session_of("carol");
    nameless.subject = "";
    must(sessions.save("c1", nameless, 60));
    CHECK(ids_of(must(Sessions(store.admin).list_of("", "sub-of-alice"))) == std::vector<std::string>{"a1"});
    CHECK(ids_of(must(Sessions(store.admin).list_of("bob", ""))) == std::vector<std::string>{"b1"});
}

} // namespace stile
