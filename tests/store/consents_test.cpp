// consent:<client_id>:<sub>.
#include "shared/store/consents.h"
#include "tests/store/store.h"

namespace stile {

namespace {

void agree(Store& store, std::string_view client_id, std::string_view subject, std::string_view scope = "email")
{
    must(Consents(store.connection).save(client_id, subject, must(Scope::parse(scope)), noon, Lifetimes().consent));
}

} // namespace

TEST_CASE("STILE-store-53 a remembered consent is read back with its scope, for its lifetime")
{
    Store store;
    Consents consents(store.connection);
    agree(store, "app", "alice", "email profile");
    const auto found = must(consents.find("app", "alice"));
    REQUIRE(found);
    CHECK(found->to_string() == "email profile");
    CHECK(is_about(store.lifetime("consent:app:alice"), 90 * 24 * 3600));
    CHECK(store.fields("consent:app:alice") == std::vector<std::string>{"given_at", "scope"});
    CHECK_FALSE(must(consents.find("app", "bob")));
    CHECK_FALSE(must(consents.find("other", "alice")));
}

TEST_CASE("STILE-store-53 a later consent adds to an earlier one")
{
    Store store;
    agree(store, "app", "alice", "email profile");
    agree(store, "app", "alice", "phone email");
    CHECK(must(Consents(store.connection).find("app", "alice"))->to_string() == "email profile phone");
}

TEST_CASE("STILE-store-53 consent to the empty scope is a consent")
{
    Store store;
    agree(store, "app", "alice", "");
    const auto found = must(Consents(store.connection).find("app", "alice"));
    REQUIRE(found);
    CHECK(found->empty());
}

TEST_CASE("STILE-store-54 the consents of a user, or to a client, are deleted, and no others")
{
    Store store;
    Consents consents(store.connection);
    agree(store, "app", "alice");
    agree(store, "app2", "alice");
    agree(store, "app", "alice2");
    agree(store, "alice", "app");
    SECTION("of a user")
    {
        must(Consents(store.admin).forget_subject("alice"));
        CHECK(store.keys("consent:*") == std::vector<std::string>{"consent:alice:app", "consent:app:alice2"});
    }
    SECTION("to a client")
    {
        must(Consents(store.admin).forget_client("app"));
        CHECK(store.keys("consent:*") == std::vector<std::string>{"consent:alice:app", "consent:app2:alice"});
    }
    SECTION("of nobody")
    {
        must(Consents(store.admin).forget_subject("ali"));
        must(Consents(store.admin).forget_client("ap"));
        CHECK(store.keys("consent:*").size() == 4);
    }
}

} // namespace stile
