// stile export and import: a store that is moved.
#include "tests/endpoint/stile/admin.h"
#include "tests/support/catch.h"
#include "tests/support/page_folder.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

using namespace stile;
using namespace stile::test;

namespace {

using Json = nlohmann::json;

// A document that is in order; a test names what it wants different.
Json document()
{
    return {
        {"format", "stile clients and users"},
        {"version", 1},
        {"clients",
         {{{"client_id", "moved"},
           {"redirect_uris", {"https://a.example/", "https://b.example/"}},
           {"secret_hash", "$sha256$KzLCGpSQ05T5sfYEB9nNWS$U_PU0Wik6E5VJTRxMpZ0CauMxd8VTwpMxAAnWqHO568"}}}},
        {"users",
         {{{"user", "mover"},
           {"sub", "mover"},
           {"password_hash",
            "$argon2id$v=19$m=19456,t=2,p=1$MXzevpAu8N9EWfb0izFi1A$c3R5+7QUKGjBYigcc/+a/aTdPEFP9MOGVLc3A74LsHU"}}}}};
}

Json another_user(const std::string& name, const std::string& subject)
{
    auto user = document()["users"][0];
    user["user"] = name;
    user["sub"] = subject;
    return user;
}

struct Moving : Instance {
    Caller client{*this};
    PageFolder folder;

    Ran import_text(const std::string& text, const Words& more = {})
    {
        return admin(joined({"import", "-"}, more), text);
    }

    bool is_listed(const std::string& noun, const std::string& name)
    {
        return ("\n" + admin({noun, "list"}).output).contains("\n" + name + "\n");
    }
};

} // namespace

TEST_CASE_METHOD(
    Moving, "STILE-admin-13 what export writes, import reads: clients and users are the same, and what they know works")
{
    Instance before(Variables(), other_redis());
    const auto secret = before.add_client({.id = "service",
                                           .name = "A \"service\" – ü",
                                           .scope = scope_of("read"),
                                           .grant_types = {"client_credentials"},
                                           .refresh_grace = 30,
                                           .access_token_alg = JwsAlgorithm::es256,
                                           .audience = "https://api.example"});
    before.add_client({.id = "spa", .auth_method = AuthMethod::none, .redirect_uris = {"com.example.app:/cb"}});
    before.admin({"user", "add", "ann@example.com", "--subject", "7c9e", "--password", "password of ann"});
    const auto file = folder.path() + "/moved.json";
    const auto exported = before.admin({"export", file});
    CHECK(exported.status == 0);
    CHECK(exported.output == "exported 3 clients and 2 users, with the hashes of their secrets\n");
    CHECK(exported.errors.contains("\"event\":\"records_exported\",\"count\":\"5\""));

    const auto imported = admin({"import", file, "--replace"});
    CHECK(imported.status == 0);
    CHECK(imported.output.contains("added client service\n"));
    CHECK(imported.output.contains("replaced user admin\n"));
    CHECK(Json::parse(admin({"export", "-"}).output) == Json::parse(read_file(file)));
    CHECK(own_token(client, {basic("service", secret)}).status == 200);
    Browser browser(*this);
    const auto login = browser.authorize(demo_request()).location();
    CHECK(browser.log_in(login, "ann@example.com", "password of ann").status == 303);
    for (const auto* id : {"service", "spa"})
        admin({"client", "remove", id});
    admin({"user", "remove", "ann@example.com"});
}

TEST_CASE_METHOD(Moving, "STILE-admin-14 a document is refused as a whole, with the place of what is wrong in it")
{
    const auto [where, value, sentence] = GENERATE(table<std::string, Json, std::string>({
        {"/format", "another", "format: must be"},
        {"/version", 2, "format: must be"},
        {"/further", 1, "further: is an unknown field"},
        {"/clients", Json::object(), "clients: must be a list"},
        {"/clients/1", "x", "clients[1]: must be an object"},
        {"/clients/0/colour", "red", "clients[0].colour: is an unknown field"},
        {"/clients/0/col\x1bour", "red", "clients[0].col?our: is an unknown field"},
        {"/clients/0/client_id", "a b", "clients[0].client_id: must be 1 to 128"},
        {"/clients/0/client_id", 7, "clients[0].client_id: must be a string"},
        {"/clients/0/redirect_uris/1", "http://b.example/", "clients[0].redirect_uris[1]: http://b.example/ is http"},
        {"/clients/0/redirect_uris/1", 1, "clients[0].redirect_uris[1]: must be a string"},
        {"/clients/0/redirect_uris", "x", "clients[0].redirect_uris: must be a list"},
        {"/clients/0/redirect_uris", Json::array(), "clients[0].redirect_uris: is missing"},
        {"/clients/0/scope", "a\"b", "clients[0].scope: must be at most 64 words"},
        {"/clients/0/grant_types", {"authorization_code", "magic"}, "clients[0].grant_types[1]: must be"},
        {"/clients/0/token_endpoint_auth_method", "tls", "clients[0].token_endpoint_auth_method: must be"},
        {"/clients/0/token_endpoint_auth_method", "none", "clients[0].secret_hash: does not belong"},
        {"/clients/0/require_pkce", "yes", "clients[0].require_pkce: must be true or false"},
        {"/clients/0/introspect", "some", "clients[0].introspect: must be own or any"},
        {"/clients/0/refresh_grace", 301, "clients[0].refresh_grace: must be 0 to 300"},
        {"/clients/0/refresh_grace", -1, "clients[0].refresh_grace: must be a whole number"},
        {"/clients/0/refresh_grace", 1e300, "clients[0].refresh_grace: must be a whole number"},
        {"/clients/0/access_token_alg", "none", "clients[0].access_token_alg: must be"},
        {"/clients/0/audience", "x", "clients[0].audience: is for JWT"},
        {"/clients/0/secret_hash", "secret", "clients[0].secret_hash: is not a hash"},
        {"/clients/0/secret_hash", "", "clients[0].secret_hash: is not a hash"},
        {"/clients/0/secret_hash", "$sha256$$", "clients[0].secret_hash: is not a hash"},
        {"/clients/0/created_at", "now", "clients[0].created_at: must be a whole number"},
        {"/clients/0/created_at", 9'999'999'999, "clients[0].created_at: is in the future"},
        {"/clients/1", document()["clients"][0], "clients[1].client_id: moved appears twice in the document"},
        {"/users/0/user", "Mover", "users[0].user: must be"},
        {"/users/0/sub", "a b", "users[0].sub: must be"},
        {"/users/0/password_hash", "$argon2id$", "users[0].password_hash: is not a password hash"},
        {"/users/0/password_hash", document()["clients"][0]["secret_hash"],
         "users[0].password_hash: is not a password hash"},
        {"/users/0/created_at", 9'999'999'999, "users[0].created_at: is in the future"},
        {"/users/0/password_hash",
         "$argon2id$v=19$m=1048576,t=64,p=1$MXzevpAu8N9EWfb0izFi1A$c3R5+7QUKGjBYigcc/+a/aTdPEFP9MOGVLc3A74LsHU",
         "users[0].password_hash: is not a password hash"},
        {"/users/0/sub", "moved", "users[0].sub: moved is the id of a client"},
        {"/users/1", another_user("second", "mover"), "users[1].sub: mover appears twice in the document"},
        {"/users/1", Json::object(), "users[1].user: is missing"},
        {"/users/1", document()["users"][0], "users[1].user: mover appears twice in the document"},
    }));
    CAPTURE(where, sentence);
    auto wrong = document();
    wrong[Json::json_pointer(where)] = value;
    const auto ran = import_text(wrong.dump(), {"--replace"});
    CHECK(ran.status == 2);
    CHECK(ran.output.empty());
    CHECK(ran.errors.starts_with("stile: " + sentence));
    CHECK_FALSE(is_listed("client", "moved"));
    CHECK_FALSE(is_listed("user", "mover"));
}

TEST_CASE_METHOD(Moving, "STILE-admin-14 what is no JSON, or says a thing twice, is refused, and not quoted")
{
    const auto [text, sentence] = GENERATE(table<std::string, std::string>({
        {"", "stile: - cannot be read, or is empty\n"},
        {"{\"$sha256$abc\"", "stile: byte 15: is not JSON\n"},
        {"[]", "stile: the document: must be an object without duplicate fields\n"},
        {R"({"format":"x","format":"x"})", "stile: the document: must be an object without duplicate fields\n"},
    }));
    const auto ran = import_text(text);
    CHECK(ran.status == 2);
    CHECK(ran.errors == sentence);
    CHECK(admin({"import", "/nonexistent"}).status == 2);
}

TEST_CASE_METHOD(
    Moving, "STILE-admin-15 import refuses names that are taken unless told to replace them; a dry run does nothing")
{
    const auto text = document().dump();
    CHECK(import_text(text, {"--dry-run"}).output == "would add client moved\nwould add user mover\n");
    CHECK_FALSE(is_listed("client", "moved"));
    CHECK(import_text(text).output == "added client moved\nadded user mover\n");
    CHECK(is_listed("client", "moved"));
    CHECK(is_listed("user", "mover"));

    // One name that is taken, and one that is not: neither is written.
    auto both = document();
    both["clients"].push_back(both["clients"][0]);
    both["clients"][1]["client_id"] = "second";
    both["clients"][0]["name"] = "Renamed";
    const auto refused = import_text(both.dump());
    CHECK(refused.status == 4);
    CHECK(refused.errors
          == "stile: already exist: client moved, user mover; nothing was written (--replace replaces them)\n");
    CHECK_FALSE(is_listed("client", "second"));
    CHECK(admin({"client", "show", "moved"}).output.contains("name: moved\n"));
    CHECK(import_text(both.dump(), {"--replace", "--dry-run"}).output
          == "would replace client moved\nwould add client second\nwould replace user mover\n");
    CHECK_FALSE(is_listed("client", "second"));
    const auto done = Json::parse(import_text(both.dump(), {"--replace", "--json"}).output);
    REQUIRE(done.size() == 3);
    CHECK(done[0] == Json({{"action", "replace"}, {"kind", "client"}, {"name", "moved"}, {"done", true}}));
    CHECK(admin({"client", "show", "moved"}).output.contains("name: Renamed\n"));
    for (const auto* id : {"moved", "second"})
        admin({"client", "remove", id});
    admin({"user", "remove", "mover"});
}

TEST_CASE_METHOD(Moving,
                 "STILE-admin-16 who is given another password or subject by an import loses sessions and grants")
{
    const auto [field, value] = GENERATE(table<std::string, std::string>({
        {"sub", "another"},
        {"password_hash", document()["users"][0]["password_hash"].get<std::string>()},
        {"", ""},
    }));
    CAPTURE(field);
    admin({"user", "add", "changing", "--password", "password of changing"});
    Browser browser(*this);
    const auto consent = browser.reach_consent(demo_request(), "changing", "password of changing");
    const auto tokens = redeem(client, value_of(query_of(browser.approve(consent).location()), "code"));
    auto moved = Json::parse(admin({"export", "-"}).output);
    moved["clients"] = Json::array();
    for (auto& user : moved["users"])
        if (user["user"] == "changing" && !field.empty())
            user[field] = value;
    CHECK(import_text(moved.dump(), {"--replace"}).status == 0);
    CHECK(refresh(client, member(tokens, "refresh_token")).status == (field.empty() ? 200 : 400));
    CHECK(browser.authorize(demo_request()).location().starts_with("/login?") == !field.empty());
    admin({"user", "remove", "changing"});
}

TEST_CASE_METHOD(Moving, "STILE-admin-17 an export is a new file that its owner alone may read")
{
    const auto file = folder.path() + "/export.json";
    CHECK(admin({"export", file}).status == 0);
    struct stat status{};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0600);
    const auto before = read_file(file);
    admin({"user", "add", "later", "--password", "password of later"});
    const auto again = admin({"export", file});
    CHECK(again.status == 4);
    CHECK(again.errors.contains("already exists"));
    CHECK(read_file(file) == before);
    CHECK(admin({"export", "/nonexistent/x"}).status == 1);
    std::filesystem::create_symlink(folder.path() + "/elsewhere", folder.path() + "/link.json");
    CHECK(admin({"export", folder.path() + "/link.json"}).status == 4);
    CHECK_FALSE(std::filesystem::exists(folder.path() + "/elsewhere"));
    admin({"user", "remove", "later"});
}
