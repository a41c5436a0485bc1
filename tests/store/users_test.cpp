// user:<name>.
#include "shared/store/users.h"
#include "tests/store/store.h"

namespace stile {

TEST_CASE("STILE-store-49 a user is read back as added and never expires")
{
    Store store;
    Users users(store.admin);
    CHECK(must(users.add({"alice", "subject-1", "$argon2id$hash"}, noon)) == Registration::done);
    const auto found = must(users.find("alice"));
    REQUIRE(found);
    CHECK(found->name == "alice");
    CHECK(found->subject == "subject-1");
    CHECK(found->password_hash == "$argon2id$hash");
    CHECK(store.record("user:alice")["created_at"] == std::to_string(noon));
    CHECK(store.lifetime("user:alice") == -1);
    CHECK_FALSE(must(users.find("bob")));
}

TEST_CASE("STILE-store-50 an existing user name is not overwritten")
{
    Store store;
    Users users(store.admin);
    REQUIRE(must(users.add({"alice", "subject-1", "hash 1"}, noon)) == Registration::done);
    const auto before = store.snapshot();
    CHECK(must(users.add({"alice", "subject-2", "hash 2"}, noon + 1)) == Registration::exists);
    CHECK(store.snapshot() == before);
}

TEST_CASE("STILE-store-51 a password is changed only for an existing user")
{
    Store store;
    Users users(store.admin);
    REQUIRE(must(users.add({"alice", "subject-1", "hash 1"}, noon)) == Registration::done);
    CHECK(must(users.set_password_hash("alice", "hash 2")));
    CHECK(must(users.find("alice"))->password_hash == "hash 2");
    CHECK(must(users.find("alice"))->subject == "subject-1");
    CHECK_FALSE(must(users.set_password_hash("bob", "hash")));
    CHECK_FALSE(must(users.find("bob")));
}

TEST_CASE("STILE-store-52 users are listed by name and can be removed once")
{
    Store store;
    Users users(store.admin);
    for (const auto* name : {"carol", "alice", "bob@example.com"})
        must(users.add({name, name, "hash"}, noon));
    CHECK(must(users.list()) == std::vector<std::string>{"alice", "bob@example.com", "carol"});
    const auto alice = must(users.find("alice"));
    REQUIRE(alice);
    CHECK(must(users.remove(*alice, noon)));
    CHECK_FALSE(must(users.remove(*alice, noon)));
    CHECK_FALSE(must(users.find("alice")));
    CHECK(must(users.list()).size() == 2);
}

TEST_CASE("STILE-store-60 a partly written record is no user")
{
    Store store;
    Users users(store.admin);
    store.ask({"HSETNX", "user:alice", "created_at", std::to_string(noon)}); // the first half of add()
    CHECK_FALSE(must(users.find("alice")));
}

} // namespace stile
