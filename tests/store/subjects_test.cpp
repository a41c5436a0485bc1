// subject:<sub>: a sub belongs to one user for ever, and is the id of no client.
#include "shared/store/clients.h"
#include "shared/store/profiles.h"
#include "shared/store/users.h"
#include "tests/store/store.h"

namespace stile {

namespace {

struct Registry {
    Store store{};
    Users users{store.admin};
    Subjects subjects{store.admin};
    Profiles profiles{store.admin};
    ClientCache cache{0, store.clock};
    Clients clients{store.admin, cache};

    Registration add(const std::string& name, const std::string& subject, Seconds when = noon)
    {
        return must(users.add({name, subject, "hash"}, when));
    }
    Registration add_client(const std::string& id)
    {
        Client client;
        client.id = id;
        return must(clients.add(client, noon));
    }
    User user(const std::string& name) { return must(users.find(name)).value(); }
    // As a version before the records of subs wrote it; `subject` empty: none.
    void add_old(const std::string& name, const std::string& subject, Seconds when)
    {
        store.ask({"HSET", "user:" + name, "password_hash", "hash", "created_at", std::to_string(when)});
        if (!subject.empty())
            store.ask({"HSET", "user:" + name, "sub", subject});
    }
    std::string owner_of(const std::string& subject) { return store.record("subject:" + subject)["user"]; }
    Imported import(const std::vector<User>& users_of_document, const std::vector<User>& former = {},
                    bool only_check = false)
    {
        Import all = {
            .users = users_of_document, .former = former, .replace = true, .only_check = only_check, .now = noon};
        for (const auto& user : users_of_document)
            all.records.push_back(Users::stored(user));
        return must(import_records(store.admin, all));
    }
};

} // namespace

TEST_CASE_METHOD(Registry, "STILE-subject-1 a sub that a user has is given to no other")
{
    CHECK(add("ann", "one") == Registration::done);
    const auto before = store.snapshot();
    CHECK(add("bob", "one") == Registration::sub_taken);
    CHECK(store.snapshot() == before);
    CHECK(add("bob", "two") == Registration::done);
    CHECK(must(users.set_subject(user("bob"), "one", noon)) == Registration::sub_taken);
    CHECK(user("bob").subject == "two");
    CHECK(owner_of("one") == "ann");
    CHECK(store.lifetime("subject:one") == -1);
    CHECK(must(subjects.is_of(user("ann"))));
}

TEST_CASE_METHOD(Registry, "STILE-subject-2 a sub is given to no one after its user is gone, or has another")
{
    add("ann", "one");
    must(profiles.put("one", {{"email", R"("ann@example.com")"}}));
    CHECK(must(users.remove(user("ann"), noon + 5)));
    CHECK_FALSE(store.exists("profile:one"));
    CHECK(store.record("subject:one")["ended_at"] == std::to_string(noon + 5));
    CHECK(add("bob", "one") == Registration::sub_taken);
    CHECK(add("ann", "one", noon + 9) == Registration::sub_taken); // another person of the same name
    CHECK(add("ann", "two", noon + 9) == Registration::done);
    CHECK(must(users.set_subject(user("ann"), "one", noon)) == Registration::sub_taken);

    must(profiles.put("two", {{"email", R"("ann@example.com")"}}));
    must(profiles.put("three", {{"name", R"("of a login program")"}}));
    CHECK(must(users.set_subject(user("ann"), "three", noon + 10)) == Registration::done);
    CHECK(must(profiles.find("three")) == Profile{{"email", R"("ann@example.com")"}});
    CHECK_FALSE(store.exists("profile:two"));
    CHECK(must(users.set_subject(user("ann"), "two", noon + 11)) == Registration::sub_taken);
    CHECK(must(subjects.of_removed("ann")) == std::vector<std::string>{"one", "two"});
}

TEST_CASE_METHOD(Registry, "STILE-subject-3 a sub is the id of no client, and an id is no user's sub")
{
    add("ann", "one");
    CHECK(add_client("one") == Registration::sub_taken);
    CHECK_FALSE(store.exists("client:one"));
    CHECK(add_client("shop") == Registration::done);
    CHECK(add_client("shop") == Registration::exists);
    CHECK(add("bob", "shop") == Registration::sub_is_client);
    CHECK(must(users.set_subject(user("ann"), "shop", noon)) == Registration::sub_is_client);
    CHECK(user("ann").subject == "one");
    must(users.remove(user("ann"), noon));
    CHECK(add_client("one") == Registration::sub_taken);
}

TEST_CASE_METHOD(Registry,
                 "STILE-subject-4 users of an older version keep their subs; of two with one, the older owns it")
{
    add_old("mallory", "admin", noon + 1); // given by hand
    add_old("admin", "", noon);
    add_old("zoe", "zoe", noon);
    must(profiles.put("admin", {{"email", R"("admin@example.com")"}}));
    CHECK(user("admin").subject == "admin");
    CHECK(user("mallory").subject == "admin");
    const auto write = GENERATE(0, 1, 2, 3);
    CAPTURE(write);
    switch (write) {
    case 0: CHECK(add("bob", "zoe") == Registration::sub_taken); break;
    case 1: CHECK(add_client("zoe") == Registration::sub_taken); break;
    case 2: CHECK(must(users.remove(user("mallory"), noon + 2))); break;
    default: CHECK(import({{"bob", "zoe", "hash", noon}}).refused == std::vector<std::string>{"subject:zoe"});
    }
    CHECK(owner_of("admin") == "admin");
    CHECK(owner_of("zoe") == "zoe");
    CHECK(must(subjects.is_of(user("admin"))));
    if (write == 2) {
        CHECK(store.record("subject:admin")["ended_at"].empty());
        CHECK(must(profiles.find("admin")).size() == 1); // the claims are admin's
        return;
    }
    CHECK_FALSE(must(subjects.is_of(user("mallory"))));
    CHECK(must(users.set_subject(user("mallory"), "another", noon + 2)) == Registration::done);
    CHECK(store.record("subject:admin")["ended_at"].empty());
    CHECK(must(profiles.find("admin")).size() == 1);
    CHECK(must(profiles.find("another")).empty());
    CHECK(must(users.remove(user("admin"), noon + 3)));
    CHECK_FALSE(store.exists("profile:admin"));
}

TEST_CASE_METHOD(Registry, "STILE-subject-5 users whose sub is another's, a client's or not recorded are found")
{
    add("ann", "one");
    CHECK(must(subjects.doubtful()).empty());
    add_old("bob", "one", noon + 1);
    add_old("eve", "eve", noon + 1);
    add_client("shop");
    add_old("sam", "shop", noon + 1);
    auto found = must(subjects.doubtful());
    REQUIRE(found.size() == 3);
    CHECK(found[0].user.name == "bob");
    CHECK(found[0].owner == "ann");
    CHECK(found[1].user.name == "eve");
    CHECK(found[1].owner.empty());
    CHECK(found[2].user.name == "sam");
    CHECK(found[2].is_client);
    must(subjects.record_all());
    found = must(subjects.doubtful());
    REQUIRE(found.size() == 2);
    CHECK(found[0].user.name == "bob");
    CHECK(found[1].user.name == "sam");
}

TEST_CASE_METHOD(Registry,
                 "STILE-subject-6 an import gives no sub that is or was another's, and brings a removed user back")
{
    add("ann", "one");
    add("bob", "two");
    add_client("shop");
    const auto before = store.snapshot();
    CHECK(import({{"bob", "one", "hash", noon}}, {user("bob")}).refused == std::vector<std::string>{"subject:one"});
    CHECK(import({{"eve", "shop", "hash", noon}}).refused == std::vector<std::string>{"client:shop"});
    CHECK(import({{"eve", "new", "hash", noon}}, {}, true).refused.empty());
    CHECK(must(import_records(store.admin, {.client_ids = {"one"}, .replace = true})).refused
          == std::vector<std::string>{"subject:one"});
    CHECK(store.snapshot() == before);

    // Another sub: the former one is over.
    CHECK(import({{"bob", "three", "hash", noon}}, {user("bob")}).refused.empty());
    CHECK(owner_of("three") == "bob");
    CHECK_FALSE(store.record("subject:two")["ended_at"].empty());
    CHECK(add("eve", "two") == Registration::sub_taken);

    // The same sub from another installation, where the user was registered at another time.
    CHECK(import({{"bob", "three", "hash", noon - 7}}).refused.empty());
    CHECK(must(subjects.is_of(user("bob"))));

    // Removed by mistake: the same user may come back, and no other of that name.
    must(users.remove(user("ann"), noon + 1));
    CHECK(import({{"ann", "one", "hash", noon + 2}}).refused == std::vector<std::string>{"subject:one"});
    CHECK(import({{"ann", "one", "hash", noon}}).refused.empty());
    CHECK(must(subjects.is_of(user("ann"))));
}

} // namespace stile
