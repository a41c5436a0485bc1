// session:<id>.
#include "shared/store/sessions.h"
#include "tests/store/store.h"

namespace stile {

namespace {

Session session_of(const std::string& user)
{
    return {user, "sub-of-" + user, noon, sha256_base64url("cookie of " + user), "pwd otp"};
}

} // namespace

TEST_CASE("STILE-store-47 a session comes back as it was, for its lifetime")
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

TEST_CASE("STILE-store-48 ending a user's sessions ends all of them and nobody else's")
{
    Store store;
    Sessions sessions(store.connection);
    for (const auto* id : {"a1", "a2", "a3"})
        must(sessions.save(id, session_of("alice"), 60));
    must(sessions.save("b1", session_of("alice2"), 60));
    CHECK(must(Sessions(store.admin).end_all_of("alice")) == 3);
    CHECK(store.keys() == std::vector<std::string>{"session:b1"});
    CHECK(must(Sessions(store.admin).end_all_of("alice")) == 0);
}

TEST_CASE("STILE-store-96 sessions end by name or by subject, and without one of them by the other alone")
{
    Store store;
    Sessions sessions(store.connection);
    must(sessions.save("a1", session_of("alice"), 60));
    must(sessions.save("b1", session_of("bob"), 60));
    Session nameless = session_of("carol");
    nameless.subject = "";
    must(sessions.save("c1", nameless, 60));
    CHECK(must(Sessions(store.admin).end_all_of("", "sub-of-alice")) == 1);
    CHECK(must(Sessions(store.admin).end_all_of("bob", "")) == 1);
    CHECK(store.keys() == std::vector<std::string>{"session:c1"});
}

} // namespace stile
