// stile keys: purposes of keys, and the change of the master key.
#include "tests/endpoint/stile/admin.h"

#include "shared/endpoint/key_ring.h"
#include "shared/oauth/access_token_jwt.h"
#include "shared/oauth/id_token.h"
#include "tests/support/catch.h"
#include "tests/support/program.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace stile;
using namespace stile::test;

namespace {

using Json = nlohmann::json;

constexpr const char* next_key = "the next master key of the tests, of 32 bytes or more";

struct Keys : Instance {
    Caller client{*this};
    Headers machine = {basic("machine", add_client({.id = "machine",
                                                    .scope = scope_of("read"),
                                                    .grant_types = {"client_credentials"},
                                                    .access_token_alg = JwsAlgorithm::es256}))};

    // The command with another STILE_KEY.
    Ran admin_with(const std::string& key, const Words& arguments)
    {
        auto variables = environment();
        for (auto& entry : variables)
            if (entry.starts_with("STILE_KEY="))
                entry = "STILE_KEY=" + key;
        const auto programs = std::filesystem::read_symlink("/proc/self/exe").parent_path();
        return run_program(joined({programs / "stile"}, arguments), variables, "");
    }

    bool opens(const std::string& key)
    {
        const auto all = must(signing_keys.list());
        return !all.empty() && std::ranges::all_of(all, [&](const auto& record) {
            return unseal_key(record, Secret(key)).has_value();
        });
    }

    std::string kid_for(const std::string& purpose, const std::string& algorithm)
    {
        return json_of(*this, {"keys", "rotate", "--for", purpose, "--alg", algorithm})["kid"].get<std::string>();
    }

    SigningKey opened(const std::string& kid)
    {
        for (const auto& record : must(signing_keys.list()))
            if (record.kid == kid)
                if (auto key = unseal_key(record, Secret(master_key)))
                    return std::move(*key);
        FAIL("no key " << kid);
        std::abort();
    }
};

// A file that only its owner can read, with the next master key.
struct KeyFile {
    KeyFile() { std::filesystem::permissions(write(), std::filesystem::perms::owner_read); }
    ~KeyFile() { std::filesystem::remove(path); }
    KeyFile(const KeyFile&) = delete;
    KeyFile& operator=(const KeyFile&) = delete;

    std::string path = "/tmp/stile-next-key-" + std::to_string(::getpid());

private:
    const std::string& write()
    {
        std::ofstream(path) << next_key;
        return path;
    }
};

} // namespace

TEST_CASE_METHOD(
    Keys, "STILE-keys-11 the master key is changed in two steps, while tokens are issued; a wrong one changes nothing")
{
    const KeyFile file;
    kid_for("logout", "ES256");
    kid_for("userinfo", "EdDSA");
    const auto works = [&] { return own_token(client, machine).status == 200; };
    REQUIRE(works());
    CHECK(opens(master_key));
    const auto wrong = admin_with("another key that opens nothing at all", {"keys", "reseal", "--to", file.path});
    CHECK(wrong.status == 1);
    CHECK(wrong.errors.contains("does not open the key"));
    CHECK_FALSE(opens(next_key));

    CHECK(admin({"keys", "reseal", "--to", file.path}).status == 0);
    CHECK(opens(master_key));
    CHECK(opens(next_key));
    CHECK(works());
    CHECK(admin({"keys", "reseal", "--finish"}).status == 1); // functions may have the next one already
    CHECK(opens(next_key));

    CHECK(admin_with(next_key, {"keys", "reseal", "--finish"}).status == 0);
    CHECK(opens(next_key));
    for (const auto& record : must(signing_keys.list())) {
        CHECK_FALSE(unseal_key(record, Secret(master_key)));
        CHECK(record.sealed_next.empty());
    }
    CHECK(admin({"keys", "reseal"}).status == 2);
    CHECK(admin({"keys", "reseal", "--finish", "--to", file.path}).status == 2);
    CHECK(admin({"keys", "reseal", "--to", "/tmp/there is none"}).status == 2);
}

TEST_CASE_METHOD(Keys, "STILE-keys-8 stile keys derive prints the master key of a purpose, which opens its keys alone")
{
    const auto kid = kid_for("logout", "ES256");
    auto printed = admin({"keys", "derive", "--for", "logout"}).output;
    printed.pop_back();
    CHECK(printed == json_of(*this, {"keys", "derive", "--for", "logout"})["key"].get<std::string>());
    for (const auto& record : must(signing_keys.list()))
        CHECK(unseal_key(record, Secret(printed)).has_value() == (record.kid == kid));
    CHECK(admin({"keys", "derive", "--for", "tokens"}).status == 2);
}

TEST_CASE_METHOD(Keys,
                 "STILE-keys-12 what a key of another purpose has signed is no access token and no id_token_hint, and "
                 "announces no algorithm")
{
    const auto purpose = GENERATE(std::string("logout"), std::string("userinfo"));
    const auto other = opened(kid_for(purpose, "EdDSA"));
    const auto own = add_key(JwsAlgorithm::ps256);
    const auto now = clock.now();
    const auto access_token = [&](const SigningKey& key) {
        const Json claims = {{"iss", issuer()}, {"aud", issuer()},  {"sub", "admin"},  {"client_id", "machine"},
                             {"iat", now},      {"exp", now + 100}, {"scope", "read"}, {"jti", std::string(18, 'A')}};
        return *sign_jws(claims.dump(), "at+jwt", key);
    };
    CHECK(client.verify(bearer(access_token(own)), "read").status == 200);
    CHECK(client.verify(bearer(access_token(other)), "read").status == 401);
    const auto status_of_hint = [&](const SigningKey& key) {
        const Json claims = {{"iss", issuer()}, {"aud", "test_client"}, {"sub", "admin"},
                             {"iat", now},      {"exp", now + 100},     {"auth_time", now}};
        return client.get("/oauth/logout?id_token_hint=" + *sign_jws(claims.dump(), "JWT", key)).status;
    };
    CHECK(status_of_hint(own) == 200);
    CHECK(status_of_hint(other) == 400);
    CHECK(client.get("/.well-known/jwks.json").body.contains(other.kid()));
    const auto document = client.get("/.well-known/openid-configuration").body;
    CHECK(document.contains("PS256"));
    CHECK_FALSE(document.contains("EdDSA"));
    for (const auto& key : json_of(*this, {"keys", "list", "--for", purpose}))
        CHECK(key["kid"] == other.kid());
}
