// Access tokens that are JWTs (RFC 9068), and the keys that sign them.
#include "shared/crypto/base64.h"
#include "shared/crypto/seal.h"
#include "shared/endpoint/key_ring.h"
#include "shared/oauth/access_token_jwt.h"
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <thread>

using namespace stile;
using namespace stile::test;
using Json = nlohmann::json;

namespace {

constexpr const char* shared_secret = "a secret of HS256 that resource servers share";
constexpr const char* jwks_path = "/.well-known/jwks.json";
constexpr const char* invalid_token = "Bearer realm=\"stile\", error=\"invalid_token\"";
constexpr const char* audience = "https://mine.example";

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

// With a key and a machine for each algorithm, and an API that asks for the scope "read".
struct SignedTokens : Instance {
    explicit SignedTokens(Variables variables = {})
        : Instance((variables.emplace_back("STILE_SECRET_KEY", shared_secret), variables))
    {
        add_key(JwsAlgorithm::ps256);
        add_key(JwsAlgorithm::eddsa);
        for (const char* algorithm : {"RS256", "PS256", "ES256", "EdDSA", "HS256"})
            machines[algorithm] = {basic(algorithm, add_client({.id = algorithm,
                                                                .scope = scope_of("read"),
                                                                .grant_types = {"client_credentials"},
                                                                .access_token_alg = parse_jws_algorithm(algorithm)}))};
    }

    Caller client{*this};
    std::map<std::string, Headers> machines;
    Headers server = {
        basic("server", add_client({.id = "server", .grant_types = {"client_credentials"}, .introspects_any = true}))};

    std::string token_of(const std::string& algorithm)
    {
        return member(own_token(client, machines[algorithm]), "access_token");
    }

    Answer at_api(const std::string& token) { return client.verify(bearer(token), "read"); }

    JwkSet fetched_keys()
    {
        auto keys = JwkSet::from_json(client.get(jwks_path).body);
        REQUIRE(keys);
        return keys.take();
    }

    // The private key behind a kid, as the token function opens it.
    SigningKey opened_key(const std::string& kid)
    {
        const auto sealed = redis({"HGET", "signing_key:" + kid, "sealed"}).text;
        const auto json = unseal(sealed, Secret(master_key), seal_purpose_of_key(kid));
        REQUIRE(json);
        auto key = SigningKey::from_json(*json);
        REQUIRE(key);
        return key.take();
    }
};

} // namespace

TEST_CASE_METHOD(
    SignedTokens,
    "STILE-jwt-1 a token of every algorithm verifies under the published keys, is introspected and revoked")
{
    const std::string algorithm = GENERATE("RS256", "PS256", "ES256", "EdDSA", "HS256");
    CAPTURE(algorithm);
    const bool is_shared = algorithm == "HS256";
    const auto answer = own_token(client, machines[algorithm]);
    REQUIRE(answer.status == 200);
    const auto token = member(answer, "access_token");

    // Its form (RFC 9068 §2).
    const auto header = header_of(token);
    CHECK(header["typ"] == (is_shared ? "JWT" : "at+jwt"));
    CHECK(header["alg"] == algorithm);
    const auto claims = claims_of(token);
    CHECK(claims["iss"] == issuer());
    CHECK(claims.value("aud", "") == (is_shared ? "" : issuer()));
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
        CHECK(verify_jws(token, fetched_keys(), jws_algorithms));
    }

    // Its record, which has nothing to guess.
    const auto key = "access:{" + token_id.substr(0, 12) + "}" + token_id.substr(12);
    CHECK(redis({"HGET", key, "client_id"}).text == algorithm);
    CHECK(redis({"HEXISTS", key, "secret_sha256"}).integer == 0);

    // Its use and its end.
    CHECK(at_api(token).status == 200);
    const auto told = introspect(client, token, server);
    CHECK(member(told, "active") == "true");
    CHECK(member(told, "client_id") == algorithm);
    // The record ends by the clock of Redis, the token says when by that of the function: a second may lie between.
    CHECK(std::abs(std::stol(member(told, "exp")) - claims["exp"].get<long>()) <= 1);
    CHECK(member(told, "aud") == (is_shared ? "" : issuer()));
    CHECK(revoke(client, token, server).status == 400); // another client's
    CHECK(member(introspect(client, token, server), "active") == "true");
    CHECK(revoke(client, token, machines[algorithm]).status == 200);
    CHECK(introspect(client, token, server).body == inactive);
}

TEST_CASE_METHOD(
    SignedTokens,
    "STILE-jwt-2 a user's token tells who and when; its refresh and the repetition of that give the same kind")
{
    const Headers app = {basic("app", add_client({.id = "app",
                                                  .redirect_uris = {demo_redirect},
                                                  .scope = scope_of("email"),
                                                  .refresh_grace = 60,
                                                  .access_token_alg = JwsAlgorithm::es256,
                                                  .audience = "https://mine.example"}))};
    Browser browser(*this);
    const auto first = redeem(client, browser.obtain_code(demo_request({{"client_id", "app"}})), {}, app);
    REQUIRE(first.status == 200);
    const auto claims = claims_of(member(first, "access_token"));
    CHECK(claims["sub"] == "admin");
    CHECK(claims["aud"] == "https://mine.example");
    CHECK(claims["auth_time"] == clock.now());
    const auto second = refresh(client, member(first, "refresh_token"), {}, app);
    REQUIRE(second.status == 200);
    const auto next = claims_of(member(second, "access_token"));
    CHECK(next["jti"] != claims["jti"]);
    CHECK(next["auth_time"] == claims["auth_time"]);
    const auto repeated = refresh(client, member(first, "refresh_token"), {}, app);
    REQUIRE(repeated.status == 200);
    CHECK(claims_of(member(repeated, "access_token"))["jti"] == next["jti"]);
    CHECK(claims_of(member(repeated, "access_token"))["auth_time"] == next["auth_time"]);
    CHECK(member(repeated, "refresh_token") == member(second, "refresh_token"));
    CHECK(member(introspect(client, member(repeated, "access_token"), app), "aud") == "https://mine.example");
    // It passes where its audience is named, and nowhere else.
    CHECK(client.verify(bearer(member(second, "access_token")), "", audience).status == 200);
    CHECK(at_api(member(second, "access_token")).status == 401);
    // The grant's end is the end of all of them.
    CHECK(revoke(client, member(second, "refresh_token"), app).status == 200);
    CHECK(introspect(client, member(second, "access_token"), app).body == inactive);
}

TEST_CASE_METHOD(SignedTokens,
                 "STILE-jwt-3 what is not signed by a published key for this issuer is refused everywhere")
{
    const auto token = token_of("ES256");
    const auto kid = header_of(token)["kid"].get<std::string>();
    const auto real = opened_key(kid);
    const auto payload = part_of(token, 1);
    const auto changed = [&](const char* name, const Json& value) {
        auto claims = Json::parse(payload);
        claims[name] = value;
        return *sign_jws(claims.dump(), "at+jwt", real);
    };
    REQUIRE(at_api(changed("scope", "read")).status == 200); // the key is the right one
    auto foreign_json = Json::parse(SigningKey::generate(JwsAlgorithm::es256).to_json().reveal());
    const auto foreign = *SigningKey::from_json(Secret(foreign_json.dump()));
    foreign_json["kid"] = kid;
    const auto impostor = *SigningKey::from_json(Secret(foreign_json.dump()));
    const auto confused = *SigningKey::from_shared_secret(Secret(*real.public_key().to_json()));
    const auto none = base64url_encode(R"({"alg":"none","typ":"at+jwt"})") + "." + base64url_encode(payload) + ".";
    const auto token_id = claims_of(token)["jti"].get<std::string>();
    const auto now = clock.now();
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
    const auto refused = at_api(bad);
    CHECK(refused.status == 401);
    CHECK(refused.header("www-authenticate") == invalid_token);
    CHECK(introspect(client, bad, server).body == inactive);
    CHECK(revoke(client, bad, machines["ES256"]).status == 200);
    CHECK(member(introspect(client, token, server), "active") == "true"); // it is still there
}

TEST_CASE_METHOD(SignedTokens,
                 "STILE-binding-1 who shares the secret cannot sign a token of another algorithm, client or audience")
{
    const auto shared_key = *SigningKey::from_shared_secret(Secret(shared_secret));
    const auto resigned = [&](Json claims, const char* name = nullptr, const Json& value = {}) {
        if (name != nullptr && value.is_null())
            claims.erase(name);
        else if (name != nullptr)
            claims[name] = value;
        return *sign_jws(claims.dump(), "JWT", shared_key);
    };
    // The jti of any token is no secret: it is in logs, and in each resource server's hands.
    for (const char* algorithm : {"RS256", "PS256", "ES256", "EdDSA"}) {
        CAPTURE(algorithm);
        const auto forged = resigned(claims_of(token_of(algorithm)));
        CHECK(at_api(forged).status == 401);
        CHECK(introspect(client, forged, server).body == inactive);
    }
    const Headers reports = {basic("reports", add_client({.id = "reports",
                                                          .scope = scope_of("read"),
                                                          .grant_types = {"client_credentials"},
                                                          .access_token_alg = JwsAlgorithm::hs256,
                                                          .audience = "https://reports.example"}))};
    const auto token = member(own_token(client, reports), "access_token");
    const auto claims = claims_of(token);
    const auto is_accepted = [&](const std::string& text) {
        return client.verify(bearer(text), "read", "https://reports.example").status == 200
               || at_api(text).status == 200 || introspect(client, text, server).body != inactive;
    };
    CHECK(client.verify(bearer(token), "read", "https://reports.example").status == 200);
    CHECK(at_api(token).status == 401);
    CHECK_FALSE(is_accepted(resigned(claims, "aud")));
    CHECK_FALSE(is_accepted(resigned(claims, "aud", issuer())));
    CHECK_FALSE(is_accepted(resigned(claims, "client_id", "HS256")));

    // What remains to the forger is what the record says: no more scope, no longer life.
    auto longer = claims;
    longer["exp"] = clock.now() + 100'000;
    longer["scope"] = "read write";
    const auto told = introspect(client, resigned(longer), server);
    CHECK(std::stol(member(told, "exp")) <= clock.now() + 301);
    CHECK(member(told, "scope") == "read");
    CHECK(member(told, "aud") == "https://reports.example");
}

TEST_CASE_METHOD(SignedTokens,
                 "STILE-binding-2 a record of an older version counts with the algorithm and audience of its client")
{
    const auto shared_key = *SigningKey::from_shared_secret(Secret(shared_secret));
    for (const char* algorithm : {"ES256", "HS256"}) {
        CAPTURE(algorithm);
        const auto token = token_of(algorithm);
        const auto jti = claims_of(token)["jti"].get<std::string>();
        const auto key = "access:{" + jti.substr(0, 12) + "}" + jti.substr(12);
        REQUIRE(redis({"HGET", key, "alg"}).text == algorithm);
        redis({"HDEL", key, "alg", "aud"});
        CHECK(at_api(token).status == 200);
        CHECK(member(introspect(client, token, server), "active") == "true");
        auto claims = claims_of(token);
        if (std::string(algorithm) == "HS256") // another token, with an audience that the client does not have
            claims["aud"] = issuer();
        const auto forged = *sign_jws(claims.dump(), "JWT", shared_key);
        CHECK(at_api(forged).status == 401);
        CHECK(introspect(client, forged, server).body == inactive);
    }
}

TEST_CASE_METHOD(SignedTokens, "STILE-verify-13 a signed token says whether it is a user's or a client's")
{
    const auto own = at_api(token_of("ES256"));
    CHECK(own.header("x-stile-grant") == "client");
    CHECK(own.all("x-stile-subject").empty());
    const Headers app = {basic("of-users", add_client({.id = "of-users",
                                                       .redirect_uris = {demo_redirect},
                                                       .scope = scope_of("email"),
                                                       .access_token_alg = JwsAlgorithm::es256}))};
    Browser browser(*this);
    const auto tokens = redeem(client, browser.obtain_code(demo_request({{"client_id", "of-users"}})), {}, app);
    const auto of_user = client.verify(bearer(member(tokens, "access_token")));
    CHECK(of_user.header("x-stile-grant") == "user");
    CHECK(of_user.header("x-stile-subject") == "admin");
}

TEST_CASE_METHOD(SignedTokens, "STILE-jwt-4 a token for another audience, or without the scope, does not pass")
{
    const auto token = token_of("ES256");
    const auto real = opened_key(header_of(token)["kid"].get<std::string>());
    auto claims = claims_of(token);
    claims["aud"] = "https://other.example";
    CHECK(client.verify(bearer(*sign_jws(claims.dump(), "at+jwt", real)), "", audience).status == 401);
    claims.erase("aud");
    CHECK(client.verify(bearer(*sign_jws(claims.dump(), "at+jwt", real)), "", audience).status == 401);
    claims = claims_of(token);
    claims["scope"] = "write";
    CHECK(at_api(*sign_jws(claims.dump(), "at+jwt", real)).status == 403);
}

TEST_CASE("STILE-jwt-5 a signed token is verified without Redis")
{
    SignedTokens instance(Instance::Variables{{"STILE_REDIS_TIMEOUT", "300"}});
    const auto token = instance.token_of("EdDSA");
    REQUIRE(instance.at_api(token).status == 200);
    instance.redis({"CONFIG", "RESETSTAT"});
    for (int i = 0; i < 50; ++i)
        CHECK(instance.at_api(token).status == 200);
    CHECK_FALSE(instance.redis({"INFO", "commandstats"}).text.contains("fcall"));
    const PausedRedis redis_is_away(instance);
    instance.clock.advance(3); // longer than the keys are remembered
    CHECK(instance.at_api(token).status == 200);
    // What names a key that nobody knows is not let through either.
    CHECK(instance.at_api(*sign_jws("{}", "at+jwt", SigningKey::generate(JwsAlgorithm::es256))).status == 503);
}

TEST_CASE("STILE-jwt-6 a new key is published before it signs, and no request fails during a rotation under load")
{
    // A token outlives the jumps of the clock, any of which may come between its issue and its use.
    SignedTokens instance(Instance::Variables{{"STILE_CLIENT_CACHE", "5"}, {"STILE_ACCESS_TTL", "3600"}});
    const auto is_published = [&](const std::string& kid) {
        return instance.fetched_keys().find(JwsAlgorithm::es256, kid) != nullptr;
    };
    const auto kid_of_new_token = [&] { return header_of(instance.token_of("ES256"))["kid"].get<std::string>(); };
    const auto before = kid_of_new_token();
    std::atomic<bool> is_over = false;
    std::atomic<int> failures = 0;
    std::atomic<int> requests = 0;
    std::vector<std::jthread> load;
    for (int i = 0; i < 2; ++i)
        load.emplace_back([&, headers = instance.machines["ES256"]] {
            Caller caller(instance);
            while (!is_over) {
                const auto token = member(own_token(caller, headers), "access_token");
                failures += token.empty() || caller.verify(bearer(token), "read").status != 200 ? 1 : 0;
                ++requests;
            }
        });
    const auto rotate = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {"keys", "rotate", "--alg", "ES256"});
        const auto output = instance.admin(more).output;
        instance.clock.advance(60); // until processes look again, and the time that the command took
        return output.substr(5, output.find('\n') - 5);
    };
    const auto kid = rotate({});
    // Soon: while one request reads the keys anew, others use the known ones.
    const bool published_at_first = eventually([&] { return is_published(kid); }, 5);
    const auto signs_at_first = kid_of_new_token();
    instance.clock.advance(660); // STILE_KEY_AHEAD, and the time that the command took
    const auto signs_then = kid_of_new_token();
    const bool old_is_there = is_published(before);
    // At once, without a warning to anybody.
    const auto newest = rotate({"--now"});
    std::string signs_at_last;
    eventually(
        [&] {
            instance.clock.advance(5);
            return (signs_at_last = kid_of_new_token()) == newest;
        },
        5);
    eventually([&] { return requests > 50; });
    is_over = true;
    load.clear();
    CHECK(published_at_first);
    CHECK(signs_at_first == before);
    CHECK(signs_then == kid);
    CHECK(old_is_there);
    CHECK(signs_at_last == newest);
    CHECK(requests > 50);
    CHECK(failures == 0);
    const auto list = instance.admin({"keys", "list", "--alg", "ES256"}).output;
    CHECK(list.contains(newest + "  ES256  tokens  signs\n"));
    CHECK(list.contains(before + "  ES256  tokens  verifies  ends "));
}

TEST_CASE_METHOD(SignedTokens, "STILE-jwt-7 a retired key is gone at once, with what it signed")
{
    const auto token = token_of("RS256");
    const auto kid = header_of(token)["kid"].get<std::string>();
    REQUIRE(at_api(token).status == 200);
    // The kid of this test's key may begin with a dash; one of `keys rotate` does not.
    CHECK(admin({"keys", "retire", "--", kid}).status == 0);
    CHECK(admin({"keys", "retire", "--", kid}).status == 3);
    CHECK(at_api(token).status == 401);
    CHECK(introspect(client, token, server).body == inactive);
    CHECK(fetched_keys().find(JwsAlgorithm::rs256, kid) == nullptr);
    add_key(JwsAlgorithm::rs256);
    CHECK_FALSE(token_of("RS256").empty());
}

TEST_CASE_METHOD(SignedTokens, "STILE-jwt-8 without a key to sign with nothing is used up")
{
    const auto secret = add_client({.id = "keyless",
                                    .redirect_uris = {demo_redirect},
                                    .scope = scope_of("email"),
                                    .access_token_alg = JwsAlgorithm::ps256});
    const Headers app = {basic("keyless", secret)};
    Browser browser(*this);
    const auto request = demo_request({{"client_id", "keyless"}});
    const auto tokens = redeem(client, browser.obtain_code(request), {}, app);
    REQUIRE(tokens.status == 200);
    const auto code = browser.obtain_code(request);
    must(signing_keys.remove(header_of(member(tokens, "access_token"))["kid"].get<std::string>()));
    const auto refused = refresh(client, member(tokens, "refresh_token"), {}, app);
    CHECK(refused.status == 503);
    CHECK(member(refused, "error") == "temporarily_unavailable");
    CHECK_FALSE(refused.header("retry-after").empty());
    CHECK(redeem(client, code, {}, app).status == 503);
    add_key(JwsAlgorithm::ps256);
    CHECK_FALSE(token_of("PS256").empty());
    CHECK(refresh(client, member(tokens, "refresh_token"), {}, app).status == 200);
    CHECK(redeem(client, code, {}, app).status == 200);
}

TEST_CASE_METHOD(SignedTokens, "RFC8414-2-5 jwks_uri leads to the public keys, cacheable, and to nothing private")
{
    const auto metadata = Json::parse(client.get("/.well-known/oauth-authorization-server").body);
    CHECK(metadata["jwks_uri"] == issuer() + jwks_path);
    const auto answer = client.get(jwks_path);
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
