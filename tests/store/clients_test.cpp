// client:<id>, and the cache of clients.
#include "shared/store/clients.h"
#include "tests/store/store.h"

#include <map>

namespace stile {

namespace {

class StoppedClock final : public Clock {
public:
    Seconds now() const override { return noon; }
    std::int64_t monotonic_milliseconds() const override { return milliseconds; }

    std::int64_t milliseconds = 1'000'000;
};

Client full_client()
{
    Client client;
    client.id = "app";
    client.name = "An App: \"best\" of <all>";
    client.secret_hash = "sha256:salt:hash";
    client.auth_method = AuthMethod::client_secret_post;
    client.redirect_uris = {"https://app.example/cb", "http://127.0.0.1/cb"};
    client.scope = must(Scope::parse("email profile"));
    client.grant_types = {"authorization_code", "refresh_token"};
    client.require_pkce = true;
    client.introspects_any = true;
    client.refresh_grace = 30;
    return client;
}

Client full_client_at(Seconds time)
{
    auto client = full_client();
    client.registered_at = time;
    return client;
}

Client plain_client(std::string id = "app")
{
    Client client;
    client.id = std::move(id);
    return client;
}

} // namespace

TEST_CASE("STILE-store-55 a client is read back as added and never expires")
{
    Store store;
    ClientCache cache(0, store.clock);
    Clients clients(store.admin, cache);
    const auto added = full_client();
    REQUIRE(must(clients.add(added, noon)) == Registration::done);
    const auto found = must(clients.find("app"));
    REQUIRE(found);
    CHECK(found->id == "app");
    CHECK(found->name == added.name);
    CHECK(found->secret_hash == added.secret_hash);
    CHECK(found->auth_method == AuthMethod::client_secret_post);
    CHECK(found->redirect_uris == added.redirect_uris);
    CHECK(found->scope.to_string() == "email profile");
    CHECK(found->grant_types == added.grant_types);
    CHECK(found->require_pkce);
    CHECK(found->introspects_any);
    CHECK(found->refresh_grace == 30);
    CHECK(store.record("client:app")["created_at"] == std::to_string(noon));
    CHECK(store.lifetime("client:app") == -1);
}

TEST_CASE("STILE-store-55 an absent field is read as its default")
{
    Store store;
    ClientCache cache(0, store.clock);
    Clients clients(store.admin, cache);
    const auto method = GENERATE(AuthMethod::any_secret, AuthMethod::client_secret_basic, AuthMethod::none);
    auto added = plain_client();
    added.auth_method = method;
    REQUIRE(must(clients.add(added, noon)) == Registration::done);
    const auto found = must(clients.find("app"));
    REQUIRE(found);
    CHECK(found->name == "app");
    CHECK(found->auth_method == method);
    CHECK(found->secret_hash.empty());
    CHECK(found->redirect_uris.empty());
    CHECK(found->scope.empty());
    CHECK(found->grant_types.empty());
    CHECK_FALSE(found->require_pkce);
    CHECK_FALSE(found->introspects_any);
    CHECK(found->refresh_grace == 0);
}

TEST_CASE("STILE-store-56 an existing client id is not overwritten")
{
    Store store;
    ClientCache cache(0, store.clock);
    Clients clients(store.admin, cache);
    REQUIRE(must(clients.add(full_client(), noon)) == Registration::done);
    const auto before = store.snapshot();
    CHECK(must(clients.add(plain_client(), noon + 1)) == Registration::exists);
    CHECK(store.snapshot() == before);
}

TEST_CASE("STILE-store-57 unknown and malformed ids are no client")
{
    const std::string id = GENERATE("nosuch", "", "*", "app*", "a b", "a\nb");
    Store store;
    ClientCache cache(0, store.clock);
    Clients clients(store.admin, cache);
    must(clients.add(plain_client(), noon));
    CHECK(must(clients.find(id)) == nullptr);
    CHECK(must(clients.find(std::string("app\0x", 5))) == nullptr);
}

TEST_CASE("STILE-store-58 clients are listed by id and can be removed once")
{
    Store store;
    ClientCache cache(0, store.clock);
    Clients clients(store.admin, cache);
    for (const auto* id : {"c", "a", "b.d"})
        must(clients.add(plain_client(id), noon));
    CHECK(must(clients.list()) == std::vector<std::string>{"a", "b.d", "c"});
    CHECK(must(clients.remove("a")));
    CHECK_FALSE(must(clients.remove("a")));
    CHECK(must(clients.find("a")) == nullptr);
}

TEST_CASE("STILE-store-59 a client is cached for the cache's lifetime and no longer")
{
    Store store;
    StoppedClock clock;
    ClientCache cache(5, clock);
    Clients clients(store.admin, cache);
    must(clients.add(plain_client(), noon));
    REQUIRE(must(clients.find("app")));
    store.ask({"HSET", "client:app", "name", "changed"});
    clock.milliseconds += 4999;
    CHECK(must(clients.find("app"))->name == "app");
    clock.milliseconds += 1;
    CHECK(must(clients.find("app"))->name == "changed");
    clock.milliseconds += 5000;
    must(clients.remove("app"));
    CHECK(must(clients.find("app")) == nullptr);
}

TEST_CASE("STILE-store-59 a lifetime of 0 caches nothing, and unknown clients are never cached")
{
    const Seconds lifetime = GENERATE(0, 5);
    Store store;
    StoppedClock clock;
    ClientCache cache(lifetime, clock);
    Clients clients(store.admin, cache);
    CHECK(must(clients.find("app")) == nullptr);
    must(clients.add(plain_client(), noon));
    REQUIRE(must(clients.find("app")));
    store.ask({"HSET", "client:app", "name", "changed"});
    CHECK(must(clients.find("app"))->name == (lifetime == 0 ? "changed" : "app"));
}

TEST_CASE("STILE-store-60 a partly written record is no client")
{
    Store store;
    ClientCache cache(5, store.clock);
    Clients clients(store.admin, cache);
    store.ask({"HSETNX", "client:app", "created_at", std::to_string(noon)}); // the first half of add()
    CHECK(must(clients.find("app")) == nullptr);
}

TEST_CASE("STILE-client-7 a record with public keys, as older versions wrote it, is read without them")
{
    Store store;
    ClientCache cache(0, store.clock);
    Clients clients(store.admin, cache);
    REQUIRE(must(clients.add(full_client(), noon)) == Registration::done);
    store.ask({"HSET", "client:app", "jwks", R"({"keys":[]})"});
    const auto found = must(clients.find("app"));
    REQUIRE(found);
    CHECK(Clients::stored(*found).fields == Clients::stored(full_client_at(noon)).fields);
}

// As they were written before the settings had one table.
const std::map<std::string, std::string> full_record = {
    {"created_at", "1700000000"},
    {"name", "The App"},
    {"secret_hash", "$sha256$salt$hash"},
    {"token_endpoint_auth_method", "client_secret_post"},
    {"redirect_uris", "https://a.example/cb https://a.example/"},
    {"scope", "openid email"},
    {"grant_types", "authorization_code refresh_token"},
    {"introspect", "any"},
    {"require_pkce", "1"},
    {"refresh_grace", "30"},
    {"access_token_alg", "ES256"},
    {"audience", "https://api.example"},
    {"id_token_signed_response_alg", "EdDSA"},
    {"userinfo_signed_response_alg", "PS256"},
    {"pairwise_salt", "0123456789012345678901234567890123456789012"},
    {"post_logout_redirect_uris", "https://a.example/bye https://b.example/bye"},
    {"backchannel_logout_uri", "https://a.example/logout"},
};
const std::map<std::string, std::string> plain_record = {{"created_at", "1700000000"},
                                                         {"name", "app"},
                                                         {"token_endpoint_auth_method", "none"},
                                                         {"grant_types", ""},
                                                         {"introspect", "own"}};

TEST_CASE("STILE-client-15 records of older versions are read, and written with the same fields")
{
    const auto record = GENERATE(full_record, plain_record);
    Store store;
    ClientCache cache(0, store.clock);
    Clients clients(store.admin, cache);
    for (const auto& [field, value] : record)
        if (!value.empty())
            store.ask({"HSET", "client:app", field, value});
    const auto found = must(clients.find("app"));
    REQUIRE(found);
    std::map<std::string, std::string> written;
    for (const auto& [field, value] : Clients::stored(*found).fields)
        if (!value.empty() || field == "grant_types")
            written.emplace(field, value);
    CHECK(written == record);
    if (record == plain_record)
        return;
    CHECK(found->registered_at == 1700000000);
    CHECK(found->name == "The App");
    CHECK(found->secret_hash == "$sha256$salt$hash");
    CHECK(found->auth_method == AuthMethod::client_secret_post);
    CHECK(found->redirect_uris == std::vector<std::string>{"https://a.example/cb", "https://a.example/"});
    CHECK(found->scope.to_string() == "openid email");
    CHECK(found->grant_types == std::vector<std::string>{"authorization_code", "refresh_token"});
    CHECK(found->introspects_any);
    CHECK(found->require_pkce);
    CHECK(found->refresh_grace == 30);
    CHECK(found->access_token_alg == JwsAlgorithm::es256);
    CHECK(found->audience == "https://api.example");
    CHECK(found->id_token_signed_response_alg == JwsAlgorithm::eddsa);
    CHECK(found->userinfo_signed_response_alg == JwsAlgorithm::ps256);
    CHECK(found->is_pairwise);
    CHECK(found->pairwise_salt == full_record.at("pairwise_salt"));
    CHECK(found->post_logout_redirect_uris
          == std::vector<std::string>{"https://a.example/bye", "https://b.example/bye"});
    CHECK(found->backchannel_logout_uri == "https://a.example/logout");
}

} // namespace stile
