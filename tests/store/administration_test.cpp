// Store operations that only the admin command uses: changing single settings, writing many records, listing grants.
#include "shared/store/clients.h"
#include "shared/store/grant_lists.h"
#include "shared/store/keys.h"
#include "shared/store/users.h"
#include "tests/store/store.h"

#include <barrier>
#include <memory>
#include <thread>

namespace stile {

namespace {

Client shop()
{
    Client client;
    client.id = "shop";
    client.name = "Shop";
    client.secret_hash = "$sha256$salt$digest";
    client.redirect_uris = {"https://shop.example/cb"};
    client.scope = must(Scope::parse("read write"));
    client.grant_types = {"authorization_code"};
    client.refresh_grace = 30;
    return client;
}

Clients::Change rename_to(const std::string& name)
{
    return [=](const Client& before) -> Result<Client> {
        auto after = before;
        after.name = name;
        return after;
    };
}

struct Both {
    explicit Both(Store& store) : cache(0, store.clock), clients(store.admin, cache) {}
    ClientCache cache;
    Clients clients;
};

} // namespace

TEST_CASE("STILE-admin-1 changing one client setting leaves all other fields unchanged, also unknown ones")
{
    Store store;
    Both both(store);
    must(both.clients.add(shop(), noon));
    store.ask({"HSET", "client:shop", "of_a_newer_version", "x"});
    CHECK(must(both.clients.update("shop", rename_to("The Shop"))));
    const auto record = store.record("client:shop");
    CHECK(record["name"] == "The Shop");
    CHECK(record["of_a_newer_version"] == "x");
    CHECK(record["created_at"] == std::to_string(noon));
    CHECK(record["secret_hash"] == "$sha256$salt$digest");
    CHECK(record["refresh_grace"] == "30");
    CHECK(must(both.clients.update("shop", [](const Client& before) -> Result<Client> {
        auto after = before;
        after.refresh_grace = 0;
        return after;
    })));
    CHECK(store.fields("client:shop")
          == std::vector<std::string>{"created_at", "grant_types", "introspect", "name", "of_a_newer_version",
                                      "redirect_uris", "scope", "secret_hash", "token_endpoint_auth_method"});
    CHECK(store.lifetime("client:shop") == -1);
}

TEST_CASE("STILE-admin-1 a refused change, or a change of an unknown client, writes nothing")
{
    Store store;
    Both both(store);
    must(both.clients.add(shop(), noon));
    const auto before = store.snapshot();
    CHECK(error_of(both.clients.update(
              "shop", [](const Client&) -> Result<Client> { return fail(ErrorCode::invalid_request, "no"); }))
          == "invalid_request");
    CHECK_FALSE(must(both.clients.update("nosuch", rename_to("x"))));
    CHECK_FALSE(must(both.clients.update("*", rename_to("x"))));
    CHECK(store.snapshot() == before);
}

TEST_CASE("STILE-admin-2 a change of a client is retried if the record has changed since it was read")
{
    Store store;
    Both both(store);
    must(both.clients.add(shop(), noon));
    const auto [meanwhile, seen] = GENERATE(table<std::vector<std::string_view>, std::string>({
        {{"HSET", "client:shop", "scope", "read"}, "read"}, // a value
        {{"HSET", "client:shop", "another", "field"}, "read write"},
        {{"HDEL", "client:shop", "scope"}, ""},
    }));
    int asked = 0;
    std::string scope;
    CHECK(must(both.clients.update("shop", [&](const Client& before) -> Result<Client> {
        if (++asked == 1)
            store.ask(meanwhile);
        scope = before.scope.to_string();
        return rename_to("new")(before);
    })));
    CHECK(asked == 2);
    CHECK(scope == seen);
    CHECK(must(both.clients.find("shop"))->name == "new");
    CHECK(must(both.clients.find("shop"))->scope.to_string() == seen);
    // If the record is removed meanwhile, it is not written again.
    CHECK_FALSE(must(both.clients.update("shop", [&](const Client& before) -> Result<Client> {
        store.ask({"DEL", "client:shop"});
        return rename_to("again")(before);
    })));
    CHECK_FALSE(store.exists("client:shop"));
}

TEST_CASE("STILE-admin-2 simultaneous changes of one client are all kept")
{
    Store store;
    Both both(store);
    must(both.clients.add(shop(), noon));
    constexpr std::size_t threads = 8;
    std::vector<std::unique_ptr<Store>> stores;
    for (std::size_t i = 0; i < threads; ++i)
        stores.push_back(std::make_unique<Store>(Store::Shared()));
    std::vector<std::optional<Result<bool>>> answers(threads);
    std::barrier start(static_cast<std::ptrdiff_t>(threads));
    {
        std::vector<std::jthread> runners;
        for (std::size_t i = 0; i < threads; ++i)
            runners.emplace_back([&, i] {
                Both mine(*stores[i]);
                start.arrive_and_wait();
                answers[i].emplace(mine.clients.update("shop", [&](const Client& before) -> Result<Client> {
                    auto after = before;
                    after.redirect_uris.push_back("https://shop.example/" + std::to_string(i));
                    return after;
                }));
            });
    }
    for (auto& outcome : answers)
        CHECK(must(std::move(*outcome)));
    CHECK(must(both.clients.find("shop"))->redirect_uris.size() == threads + 1);
}

TEST_CASE("STILE-admin-3 many records are written in one transaction: all of them or none")
{
    Store store;
    Both both(store);
    Users users(store.admin);
    auto client = shop();
    client.registered_at = noon;
    const std::vector<StoredRecord> records = {Clients::stored(client), Users::stored({"ann", "7c9e", "hash", noon})};
    CHECK(must(import_records(store.admin, {.records = records})).existing.empty());
    const auto first = store.snapshot();
    CHECK(must(both.clients.find("shop"))->registered_at == noon);
    CHECK(must(users.find("ann"))->subject == "7c9e");

    client.name = "Another";
    client.refresh_grace = 0;
    const std::vector<StoredRecord> others = {Users::stored({"bob", "bob", "hash", noon}), Clients::stored(client)};
    const std::vector<std::string> there = {"client:shop"};
    CHECK(must(import_records(store.admin, {.records = others})).existing == there);
    CHECK(must(import_records(store.admin, {.records = others, .replace = true, .only_check = true})).existing
          == there);
    CHECK(store.snapshot() == first);
    CHECK(must(import_records(store.admin, {.records = others, .replace = true})).existing == there);
    CHECK(must(both.clients.find("shop"))->name == "Another");
    CHECK(store.record("client:shop")["refresh_grace"].empty());
    CHECK(must(users.find("bob")));
    CHECK(must(users.find("ann")));
}

TEST_CASE("STILE-admin-3 thousands of records are written in one transaction")
{
    Store store;
    std::vector<StoredRecord> records;
    for (int i = 0; i < 5000; ++i)
        records.push_back(Users::stored({"user" + std::to_string(i), "x", "hash", noon}));
    CHECK(must(import_records(store.admin, {.records = records})).existing.empty());
    CHECK(must(Users(store.admin).list()).size() == 5000);
}

TEST_CASE("STILE-admin-4 grants are listed with client, user, scope and times")
{
    Store store;
    CHECK(must(GrantLists(store.admin).list()).empty());
    const auto of_user = store.tokens();
    const auto own = SplitToken::mint(store.random.base62(grant_id_length), access_token_length, store.random);
    must(store.grants.issue_for_client({own, std::nullopt}, "machine", "", noon, {}));
    auto grants = must(GrantLists(store.admin).list());
    REQUIRE(grants.size() == 2);
    if (grants[0].id != of_user.access.grant_id())
        std::swap(grants[0], grants[1]);
    CHECK(grants[0].id == of_user.access.grant_id());
    CHECK(grants[0].client_id == "app");
    CHECK(grants[0].subject == "alice");
    CHECK(grants[0].user_name == "alice");
    CHECK(grants[0].scope == "email profile");
    CHECK(grants[0].issued_at == noon);
    CHECK(is_about(grants[0].expires_at, store.clock.now() + Lifetimes().refresh_token + 1)); // Redis rounds
    CHECK(grants[1].client_id == "machine");
    CHECK(grants[1].subject.empty());
    CHECK(must(Grants(store.admin).revoke(grants[0].id)));
    CHECK_FALSE(must(Grants(store.admin).revoke(grants[0].id)));
    CHECK(must(GrantLists(store.admin).list()).size() == 1);
}

TEST_CASE("STILE-admin-8 a subject is changed only for an existing user")
{
    Store store;
    Users users(store.admin);
    must(users.add({"ann", "old", "hash"}, noon));
    CHECK(must(users.set_subject(*must(users.find("ann")), "new", noon)) == Registration::done);
    CHECK(must(users.find("ann"))->subject == "new");
    CHECK(must(users.find("ann"))->password_hash == "hash");
    CHECK(must(users.set_subject({"bob", "bob", "hash"}, "other", noon)) == Registration::exists);
    CHECK_FALSE(store.exists("user:bob"));
}

} // namespace stile
