// Access tokens that are JWTs (RFC 9068), and the keys that sign them.
#include "shared/crypto/base64.h"
#include "shared/crypto/seal.h"
#include "shared/endpoint/key_ring.h"
#include "shared/oauth/access_token_jwt.h"
#include "tests/integration/support/flow.h"
#include "tests/integration/support/protected_api.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <ctime>
#include <thread>

using namespace stile;
using namespace stile::test;
using Json = nlohmann::json;

namespace {

constexpr const char* shared_secret = "a secret of HS256 that resource servers share";
constexpr const char* jwks_path = "/.well-known/jwks.json";
constexpr const char* invalid_token = "Bearer realm=\"stile\", error=\"invalid_token\"";

const std::vector<Stack::Setting>& settings()
{
    static const std::vector<Stack::Setting> shared = {{"STILE_SECRET_KEY", shared_secret},
                                                       {"STILE_KEY_AHEAD", "8"},
                                                       {"STILE_CLIENT_CACHE", "1"},
                                                       {"STILE_REDIS_TIMEOUT", "300"}};
    return shared;
}

std::string bearer(const std::string& token)
{
    return "Authorization: Bearer " + token;
}

// A stack with a key of every algorithm, an API behind it, and a machine for each algorithm.
struct House {
    House() : stack(settings()), client(stack.base_url()), nginx(stack, locations()), api(nginx.base_url())
    {
        for (const char* algorithm : {"RS256", "PS256", "EdDSA"})
            REQUIRE(stack.admin({"keys", "rotate", "--alg", algorithm}).status == 0);
        for (const char* algorithm : {"RS256", "PS256", "ES256", "EdDSA", "HS256"})
            machines[algorithm] = machine(algorithm, {"--access-token-alg", algorithm});
        server = {basic("server", add_client(stack, {"--id", "server", "--grant-type", "client_credentials",
                                                     "--introspect", "any"}))};
    }

    Headers machine(const std::string& id, const std::vector<std::string>& more)
    {
        std::vector<std::string> arguments = {"--id", id, "--grant-type", "client_credentials", "--scope", "read"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return {basic(id, add_client(stack, arguments))};
    }

    std::string token_of(const std::string& algorithm)
    {
        return member(own_token(client, machines[algorithm]), "access_token");
    }

    std::string locations() const
    {
        const auto to = "include stile/protect.conf;\nproxy_pass " + upstream.base_url() + ";\n}\n";
        return "location /api/ {\nset $stile_scope \"read\";\n" + to
               + "location /mine/ {\nset $stile_audience \"https://mine.example\";\n" + to;
    }

    Stack stack;
    HttpClient client;
    EchoServer upstream;
    OwnNginx nginx;
    HttpClient api;
    std::map<std::string, Headers> machines;
    Headers server;
};

House& house()
{
    static House shared;
    return shared;
}

JwkSet fetched_keys(HttpClient& client)
{
    auto keys = JwkSet::from_json(client.get(jwks_path).body);
    REQUIRE(keys);
    return keys.take();
}

std::string part_of(const std::string& token, int part)
{
    std::string text = token;
    for (int i = 0; i < part; ++i)
        text = text.substr(text.find('.') + 1);
    return base64url_decode(text.substr(0, text.find('.'))).value_or("");
}

Json header_of(const std::string& token)
{
    return Json::parse(part_of(token, 0));
}

Json claims_of(const std::string& token)
{
    return Json::parse(part_of(token, 1));
}

// The private key behind a kid, as the token function opens it.
SigningKey opened_key(const Stack& stack, const std::string& kid)
{
    const SystemClock clock;
    Connection connection(stack.redis(), clock);
    const Secret master_key(read_file(stack.dir() + "/signing.key"));
    const auto sealed = connection.command({"HGET", "signing_key:" + kid, "sealed"});
    REQUIRE(sealed);
    const auto json = unseal(sealed->text, master_key, seal_purpose_of_key(kid));
    REQUIRE(json);
    auto key = SigningKey::from_json(*json);
    REQUIRE(key);
    return key.take();
}

} // namespace

TEST_CASE("STILE-jwt-1 a token of every algorithm verifies under the published keys, is introspected and revoked")
{
    const std::string algorithm = GENERATE("RS256", "PS256", "ES256", "EdDSA", "HS256");
    CAPTURE(algorithm);
    const bool is_shared = algorithm == "HS256";
    const auto answer = own_token(house().client, house().machines[algorithm]);
    REQUIRE(answer.status == 200);
    const auto token = member(answer, "access_token");

    // Its form (RFC 9068 §2).
    const auto header = header_of(token);
    CHECK(header["typ"] == (is_shared ? "JWT" : "at+jwt"));
    CHECK(header["alg"] == algorithm);
    const auto claims = claims_of(token);
    CHECK(claims["iss"] == house().stack.issuer());
    CHECK(claims.value("aud", "") == (is_shared ? "" : house().stack.issuer()));
    CHECK(claims["sub"] == algorithm);
    CHECK(claims["client_id"] == algorithm);
    CHECK(claims["scope"] == "read");
    CHECK(claims["exp"].get<Seconds>() - claims["iat"].get<Seconds>() == 300);
    CHECK_FALSE(claims.contains("auth_time"));
    const auto token_id = claims["jti"].get<std::string>();
    CHECK(token_id.size() == 18);

    // Its signature, by what anybody can fetch, or by the secret.
    if (is_shared) {
        CHECK(verify_jws(token, SigningKey::from_shared_secret(Secret(shared_secret))->public_key()));
    } else {
        CHECK(eventually([&] { return verify_jws(token, fetched_keys(house().client), jws_algorithms).has_value(); }));
    }

    // Its record, which has nothing to guess.
    const SystemClock clock;
    Connection connection(house().stack.redis(), clock);
    const auto key = "access:{" + token_id.substr(0, 12) + "}" + token_id.substr(12);
    CHECK(connection.command({"HGET", key, "client_id"})->text == algorithm);
    CHECK(connection.command({"HEXISTS", key, "secret_sha256"})->integer == 0);

    // Its use and its end.
    CHECK(house().api.get("/api/x", {bearer(token)}).status == 200);
    const auto told = introspect(house().client, token, house().server);
    CHECK(member(told, "active") == "true");
    CHECK(member(told, "client_id") == algorithm);
    // The record ends by the clock of Redis, the token says when by that of the function: a second may lie between.
    CHECK(std::abs(std::stol(member(told, "exp")) - claims["exp"].get<long>()) <= 1);
    CHECK(member(told, "aud") == (is_shared ? "" : house().stack.issuer()));
    CHECK(revoke(house().client, token, house().server).status == 400); // another client's
    CHECK(member(introspect(house().client, token, house().server), "active") == "true");
    CHECK(revoke(house().client, token, house().machines[algorithm]).status == 200);
    CHECK(introspect(house().client, token, house().server).body == inactive);
}

TEST_CASE("STILE-jwt-2 a user's token tells who and when; its refresh and the repetition of that give the same kind")
{
    const Headers app = {
        basic("app", add_client(house().stack, {"--id", "app", "--redirect-uri", demo_redirect, "--scope", "email",
                                                "--access-token-alg", "ES256", "--audience", "https://mine.example",
                                                "--refresh-grace", "60"}))};
    Browser browser(house().stack);
    const auto first = redeem(house().client, browser.obtain_code(demo_request({{"client_id", "app"}})), {}, app);
    REQUIRE(first.status == 200);
    const auto claims = claims_of(member(first, "access_token"));
    CHECK(claims["sub"] == "admin");
    CHECK(claims["aud"] == "https://mine.example");
    CHECK(std::abs(claims["auth_time"].get<Seconds>() - std::time(nullptr)) < 60);
    const auto second = refresh(house().client, member(first, "refresh_token"), {}, app);
    REQUIRE(second.status == 200);
    const auto next = claims_of(member(second, "access_token"));
    CHECK(next["jti"] != claims["jti"]);
    CHECK(next["auth_time"] == claims["auth_time"]);
    const auto repeated = refresh(house().client, member(first, "refresh_token"), {}, app);
    REQUIRE(repeated.status == 200);
    CHECK(claims_of(member(repeated, "access_token"))["jti"] == next["jti"]);
    CHECK(claims_of(member(repeated, "access_token"))["auth_time"] == next["auth_time"]);
    CHECK(member(repeated, "refresh_token") == member(second, "refresh_token"));
    CHECK(member(introspect(house().client, member(repeated, "access_token"), app), "aud") == "https://mine.example");
    // It passes where its audience is named, and nowhere else.
    CHECK(house().api.get("/mine/x", {bearer(member(second, "access_token"))}).status == 200);
    CHECK(house().api.get("/api/x", {bearer(member(second, "access_token"))}).status == 401);
    // The grant's end is the end of all of them.
    CHECK(revoke(house().client, member(second, "refresh_token"), app).status == 200);
    CHECK(introspect(house().client, member(second, "access_token"), app).body == inactive);
}

TEST_CASE("STILE-jwt-3 what is not signed by a published key for this issuer is refused everywhere")
{
    const auto token = house().token_of("ES256");
    const auto kid = header_of(token)["kid"].get<std::string>();
    const auto real = opened_key(house().stack, kid);
    const auto payload = part_of(token, 1);
    const auto changed = [&](const char* name, const Json& value) {
        auto claims = Json::parse(payload);
        claims[name] = value;
        return *sign_jws(claims.dump(), "at+jwt", real);
    };
    REQUIRE(house().api.get("/api/x", {bearer(changed("scope", "read"))}).status == 200); // the key is the right one
    auto foreign_json = Json::parse(SigningKey::generate(JwsAlgorithm::es256).to_json().reveal());
    const auto foreign = *SigningKey::from_json(Secret(foreign_json.dump()));
    foreign_json["kid"] = kid;
    const auto impostor = *SigningKey::from_json(Secret(foreign_json.dump()));
    const auto confused = *SigningKey::from_shared_secret(Secret(*real.public_key().to_json()));
    const auto none = base64url_encode(R"({"alg":"none","typ":"at+jwt"})") + "." + base64url_encode(payload) + ".";
    const auto token_id = claims_of(token)["jti"].get<std::string>();
    const auto now = std::time(nullptr);
    const auto shared_key = *SigningKey::from_shared_secret(Secret(shared_secret));
    auto invented = claims_of(token);
    invented["jti"] = std::string(18, 'A'); // there is no such record
    invented["sub"] = "admin";
    const auto made_up = invented.dump();
    const auto [name, bad] = GENERATE_COPY(table<std::string, std::string>({
        {"none", none},
        {"a foreign key", *sign_jws(payload, "at+jwt", foreign)},
        {"a foreign key under our kid", *sign_jws(payload, "at+jwt", impostor)},
        {"the public key as shared secret", *sign_jws(payload, "JWT", confused)},
        {"no signature", token.substr(0, token.rfind('.') + 1)},
        {"another payload",
         token.substr(0, token.find('.')) + "." + base64url_encode("{}") + token.substr(token.rfind('.'))},
        {"expired", changed("exp", now - 1)},
        {"another issuer", changed("iss", "https://other.example")},
        {"an exp of another type", changed("exp", "never")},
        {"another typ", *sign_jws(payload, "JWT", real)},
        {"no typ", *sign_jws(payload, "", real)},
        {"made up by who shares the secret", *sign_jws(made_up, "JWT", shared_key)},
        {"the jti alone", token_id},
        {"the jti and a guess", token_id + "aaaaaaaaaaaaaaaaaaaaaaaa"},
        {"the jti and a longer guess", token_id + "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"},
    }));
    CAPTURE(name);
    const auto refused = house().api.get("/api/x", {bearer(bad)});
    CHECK(refused.status == 401);
    CHECK(refused.header("www-authenticate") == invalid_token);
    CHECK(introspect(house().client, bad, house().server).body == inactive);
    CHECK(revoke(house().client, bad, house().machines["ES256"]).status == 200);
    CHECK(member(introspect(house().client, token, house().server), "active") == "true"); // it is still there
}

TEST_CASE("STILE-jwt-4 a token for another audience, or without the scope, does not pass")
{
    const auto token = house().token_of("ES256");
    const auto real = opened_key(house().stack, header_of(token)["kid"].get<std::string>());
    auto claims = claims_of(token);
    claims["aud"] = "https://other.example";
    CHECK(house().api.get("/mine/x", {bearer(*sign_jws(claims.dump(), "at+jwt", real))}).status == 401);
    claims.erase("aud");
    CHECK(house().api.get("/mine/x", {bearer(*sign_jws(claims.dump(), "at+jwt", real))}).status == 401);
    claims = claims_of(token);
    claims["scope"] = "write";
    CHECK(house().api.get("/api/x", {bearer(*sign_jws(claims.dump(), "at+jwt", real))}).status == 403);
}

TEST_CASE("STILE-jwt-5 a signed token is verified without Redis")
{
    const auto token = house().token_of("EdDSA");
    REQUIRE(house().api.get("/api/x", {bearer(token)}).status == 200);
    const SystemClock clock;
    Connection connection(house().stack.redis(), clock);
    REQUIRE(connection.command({"CONFIG", "RESETSTAT"}));
    for (int i = 0; i < 50; ++i)
        CHECK(house().api.get("/api/x", {bearer(token)}).status == 200);
    CHECK_FALSE(connection.command({"INFO", "commandstats"})->text.contains("fcall"));
    const Frozen redis(house().stack.redis_process());
    const auto end = std::time(nullptr) + 3; // longer than the keys are remembered
    while (std::time(nullptr) < end)
        CHECK(house().api.get("/api/x", {bearer(token)}).status == 200);
    // What names a key that nobody knows is not let through either.
    CHECK(
        house().api.get("/api/x", {bearer(*sign_jws("{}", "at+jwt", SigningKey::generate(JwsAlgorithm::es256)))}).status
        == 500);
}

TEST_CASE("STILE-jwt-6 a new key is published before it signs, and a rotation under load fails no request")
{
    auto& stack = house().stack;
    const auto before = header_of(house().token_of("ES256"))["kid"].get<std::string>();
    std::atomic<bool> is_over = false;
    std::atomic<int> failures = 0;
    std::atomic<int> requests = 0;
    std::vector<std::jthread> load;
    for (int i = 0; i < 2; ++i)
        load.emplace_back([&, headers = house().machines["ES256"]] {
            HttpClient client(stack.base_url());
            HttpClient api(house().nginx.base_url());
            while (!is_over) {
                const auto token = member(own_token(client, headers), "access_token");
                failures += token.empty() || api.get("/api/x", {bearer(token)}).status != 200 ? 1 : 0;
                ++requests;
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
        });
    const auto rotated = stack.admin({"keys", "rotate", "--alg", "ES256"});
    const auto kid = rotated.output.substr(5, rotated.output.find('\n') - 5);
    const bool is_published =
        eventually([&] { return fetched_keys(house().client).find(JwsAlgorithm::es256, kid) != nullptr; });
    const auto meanwhile = header_of(house().token_of("ES256"))["kid"].get<std::string>();
    const bool it_signs = eventually([&] { return header_of(house().token_of("ES256"))["kid"] == kid; });
    const bool old_is_there = fetched_keys(house().client).find(JwsAlgorithm::es256, before) != nullptr;
    // At once, without a warning to anybody.
    const auto at_once = stack.admin({"keys", "rotate", "--alg", "ES256", "--now"});
    const auto newest = at_once.output.substr(5, at_once.output.find('\n') - 5);
    const bool newest_signs = eventually([&] { return header_of(house().token_of("ES256"))["kid"] == newest; });
    is_over = true;
    load.clear();
    CHECK(is_published);
    CHECK(meanwhile == before);
    CHECK(it_signs);
    CHECK(old_is_there);
    CHECK(newest_signs);
    CHECK(requests > 50);
    CHECK(failures == 0);
    const auto list = stack.admin({"keys", "list", "--alg", "ES256"}).output;
    CHECK(list.starts_with(newest + "  ES256  signs\n"));
    CHECK(list.contains(before + "  ES256  verifies  ends "));
}

TEST_CASE("STILE-jwt-7 a retired key is gone at once, with what it signed")
{
    const auto token = house().token_of("RS256");
    const auto kid = header_of(token)["kid"].get<std::string>();
    REQUIRE(house().api.get("/api/x", {bearer(token)}).status == 200);
    CHECK(house().stack.admin({"keys", "retire", kid}).status == 0);
    CHECK(house().stack.admin({"keys", "retire", kid}).status == 3);
    CHECK(eventually([&] { return house().api.get("/api/x", {bearer(token)}).status == 401; }));
    CHECK(eventually([&] { return introspect(house().client, token, house().server).body == inactive; }));
    CHECK(eventually([&] { return fetched_keys(house().client).find(JwsAlgorithm::rs256, kid) == nullptr; }));
    REQUIRE(house().stack.admin({"keys", "rotate", "--alg", "RS256"}).status == 0);
    CHECK(eventually([&] { return !house().token_of("RS256").empty(); }));
}

TEST_CASE("STILE-jwt-8 without a key to sign with nothing is used up")
{
    const auto secret = add_client(house().stack, {"--id", "keyless", "--redirect-uri", demo_redirect, "--scope",
                                                   "email", "--access-token-alg", "PS256"});
    const Headers app = {basic("keyless", secret)};
    Browser browser(house().stack);
    const auto request = demo_request({{"client_id", "keyless"}});
    const auto tokens = redeem(house().client, browser.obtain_code(request), {}, app);
    REQUIRE(tokens.status == 200);
    const auto code = browser.obtain_code(request);
    REQUIRE(house().stack.admin({"keys", "retire", header_of(member(tokens, "access_token"))["kid"]}).status == 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(1200)); // until the key is forgotten
    const auto refused = refresh(house().client, member(tokens, "refresh_token"), {}, app);
    CHECK(refused.status == 503);
    CHECK(member(refused, "error") == "temporarily_unavailable");
    CHECK_FALSE(refused.header("retry-after").empty());
    CHECK(redeem(house().client, code, {}, app).status == 503);
    REQUIRE(house().stack.admin({"keys", "rotate", "--alg", "PS256"}).status == 0);
    CHECK(eventually([&] { return !house().token_of("PS256").empty(); }));
    CHECK(refresh(house().client, member(tokens, "refresh_token"), {}, app).status == 200);
    CHECK(redeem(house().client, code, {}, app).status == 200);
}

TEST_CASE("RFC8414-2-5 jwks_uri leads to the public keys, cacheable, and to nothing private")
{
    const auto metadata = Json::parse(house().client.get("/.well-known/oauth-authorization-server").body);
    CHECK(metadata["jwks_uri"] == house().stack.issuer() + jwks_path);
    const auto answer = house().client.get(jwks_path);
    CHECK(answer.status == 200);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "public, max-age=60");
    CHECK(answer.header("access-control-allow-origin") == "*");
    const auto keys = Json::parse(answer.body)["keys"];
    CHECK(keys.size() >= 3);
    for (const auto& key : keys)
        for (const char* secret_member : {"d", "p", "q", "dp", "dq", "qi", "k"})
            CHECK_FALSE(key.contains(secret_member));
}
