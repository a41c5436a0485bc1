// /oauth/userinfo (OpenID Connect Core §5.3).
#include "shared/base/text.h"
#include "shared/crypto/base64.h"
#include "shared/crypto/jwk_set.h"
#include "shared/crypto/jws.h"
#include "shared/store/clients.h"
#include "shared/store/profiles.h"
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <algorithm>

using namespace stile;
using namespace stile::test;
using Json = nlohmann::json;

namespace {

constexpr const char* path = "/oauth/userinfo";
constexpr const char* shared_secret = "a secret of HS256 that resource servers share";
constexpr const char* bare_challenge = "Bearer realm=\"stile\"";
constexpr const char* no_key = "PS256"; // a set has keys for RS256 and ES256 (README.md)

std::string challenge(const std::string& error)
{
    return std::string(bare_challenge) + ", error=\"" + error + '"';
}

using Names = std::vector<std::string>;

void check_is_refused(const Answer& answer, long status, const std::string& error, const std::string& challenged)
{
    CHECK(answer.status == status);
    CHECK(member(answer, "error") == error);
    CHECK(member_names(answer) == Names{"error", "error_description"});
    CHECK(answer.all("www-authenticate") == Names{challenged});
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.all("access-control-allow-origin") == Names{"*"});
}

void check_is_invalid(const Answer& answer)
{
    check_is_refused(answer, 401, "invalid_token", challenge("invalid_token"));
}

// With a user of whom much is known.
struct Userinfo : Instance {
    explicit Userinfo(Variables variables = {})
        : Instance((variables.emplace_back("STILE_SECRET_KEY", shared_secret), variables))
    {
        add_user("ulla", "fish", "248289761001");
        must(profiles.put("248289761001", {{"name", R"("Ulla Ö.")"},
                                           {"nickname", R"("")"},
                                           {"email", R"("ulla@example.com")"},
                                           {"email_verified", "true"},
                                           {"address", R"({"country":"DE"})"},
                                           {"groups", R"(["staff"])"}}));
    }

    Caller client{*this};
    Headers server = {
        basic("server", add_client({.id = "server", .grant_types = {"client_credentials"}, .introspects_any = true}))};
    Headers app = add("reader"); // the client of most tests here

    Headers add(const std::string& id, Client more = {})
    {
        more.id = id;
        more.redirect_uris = {demo_redirect};
        more.scope = scope_of("openid profile email address groups extra");
        more.grant_types = {"authorization_code", "refresh_token", "client_credentials"};
        return {basic(id, add_client(more))};
    }

    Answer tokens_for(const Headers& headers, const std::string& id, const Parameters& changes = {})
    {
        Browser browser(*this);
        const auto wanted = changed({{"client_id", id}, {"scope", "openid profile email"}}, changes);
        const auto consent = browser.reach_consent(demo_request(wanted), "ulla", "fish");
        const auto code = value_of(query_of(browser.approve(consent).location()), "code");
        auto answer = redeem(client, code, {}, headers);
        REQUIRE(answer.status == 200);
        return answer;
    }

    std::string access(const Headers& headers, const std::string& id, const Parameters& changes = {})
    {
        return member(tokens_for(headers, id, changes), "access_token");
    }

    std::string app_token(const Parameters& changes = {}) { return access(app, "reader", changes); }

    Answer ask(const std::string& token) { return client.get(path, {bearer(token)}); }

    JwkSet fetched_keys()
    {
        auto keys = JwkSet::from_json(client.get("/.well-known/jwks.json").body);
        REQUIRE(keys);
        return keys.take();
    }
};

} // namespace

TEST_CASE_METHOD(Userinfo,
                 "OIDC-5.3.1-1 GET and POST, with the token in the header or in the form body, get the same answer")
{
    const auto token = app_token();
    const auto answer = ask(token);
    CHECK(answer.status == 200);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.all("access-control-allow-origin") == Names{"*"});
    CHECK(answer.all("www-authenticate").empty());
    CHECK(Json::parse(answer.body)
          == Json({{"sub", "248289761001"},
                   {"name", "Ulla Ö."},
                   {"preferred_username", "ulla"},
                   {"email", "ulla@example.com"},
                   {"email_verified", true}}));
    CHECK(client.post(path, "", {bearer(token)}).body == answer.body);
    CHECK(client.post(path, Parameters{{"extra", "1"}}, {bearer(token)}).body == answer.body);
    CHECK(client.post(path, Parameters{{"access_token", ""}}, {bearer(token)}).body == answer.body);
    CHECK(client.post(path, Parameters{{"access_token", token}}).body == answer.body);
    CHECK(client.get(path, {"Authorization: bEARER " + token}).body == answer.body);
    // No login of this browser has a part in it.
    Browser browser(*this);
    browser.obtain_code();
    CHECK(browser.get(path).status == 401);
}

TEST_CASE_METHOD(Userinfo, "RFC6750-3.1-1 without a token userinfo answers 401 and a challenge without an error code")
{
    const auto token = app_token();
    const auto no_token = GENERATE_COPY(values<std::pair<std::string, std::string>>({
        {path, "X: y"},
        {path, demo_basic},
        {path, "Authorization: " + token},
        {path, "Authorization: Bearer" + token},
        {std::string(path) + "?access_token=" + token, "X: y"},
    }));
    CAPTURE(no_token);
    for (const auto& answer :
         {client.get(no_token.first, {no_token.second}), client.post(no_token.first, "", {no_token.second}),
          client.post(no_token.first, Parameters{{"token", token}}, {no_token.second})}) {
        CHECK(answer.status == 401);
        CHECK(answer.body.empty());
        CHECK(answer.all("www-authenticate") == Names{bare_challenge});
        CHECK(answer.header("cache-control") == "no-store");
        CHECK(answer.all("access-control-allow-origin") == Names{"*"});
    }
}

TEST_CASE_METHOD(Userinfo, "RFC6750-2-1 a token that is sent in two ways, twice or malformed is an invalid request")
{
    const auto token = app_token();
    const auto sent = "access_token=" + token;
    const auto check = [](const Answer& answer) {
        check_is_refused(answer, 400, "invalid_request", challenge("invalid_request"));
    };
    check(client.post(path, sent, {bearer(token)}));
    check(client.post(path, sent, {bearer("x")}));
    check(client.post(path, sent + "&" + sent));
    check(client.post(path, sent + "%00"));
    check(client.post(path, sent + "%0"));
    check(client.post(path, "access_token=" + std::string(8193, 'a')));
    check(client.post(path, sent, {"Content-Type: text/plain"}));
    check(client.post(path, R"({"access_token":")" + token + "\"}", {"Content-Type: application/json"}));
    CHECK(ask(token).status == 200);
}

TEST_CASE_METHOD(Userinfo,
                 "RFC6750-3.1-3 what is no live access token of a user is refused by userinfo, all of it alike")
{
    const auto token = app_token();
    const auto tokens = tokens_for(app, "reader");
    const auto refresh_token = member(tokens, "refresh_token");
    const auto revoked = app_token();
    revoke(client, revoked, app);
    const auto expired = app_token();
    const auto record = "access:{" + expired.substr(0, 12) + "}" + expired.substr(12, 6);
    redis({"PEXPIRE", record, "0"});
    const auto ended = tokens_for(app, "reader");
    revoke(client, member(ended, "refresh_token"), app);
    const auto own = member(own_token(client, app, "openid"), "access_token");
    const auto [name, bad] = GENERATE_COPY(table<std::string, std::string>({
        {"unknown", std::string(42, 'a')},
        {"another secret", token.substr(0, 18) + std::string(24, 'a')},
        {"more than a token", token + "a"},
        {"two tokens", token + " " + token},
        {"a refresh token", refresh_token},
        {"a refresh token, cut", refresh_token.substr(0, 42)},
        {"an ID token", member(tokens, "id_token")},
        {"revoked", revoked},
        {"expired", expired},
        {"of a grant that has ended", member(ended, "access_token")},
        {"a client's own", own},
        {"dots", "a.b.c"},
        {"a large one", std::string(6000, 'a')},
    }));
    CAPTURE(name);
    const auto answer = ask(bad);
    check_is_invalid(answer);
    CHECK(answer.body == ask("x").body);
    CHECK_FALSE(answer.body.contains("ulla"));
    CHECK(client.post(path, Parameters{{"access_token", bad}}).body == answer.body);
}

TEST_CASE_METHOD(Userinfo, "RFC6750-3.1-5 a token without the scope openid is not enough for userinfo")
{
    for (const char* scope : {"profile email", "email"}) {
        const auto answer = ask(app_token({{"scope", scope}}));
        check_is_refused(answer, 403, "insufficient_scope", challenge("insufficient_scope") + R"(, scope="openid")");
    }
    check_is_refused(ask(member(own_token(client, app, "extra"), "access_token")), 403, "insufficient_scope",
                     challenge("insufficient_scope") + R"(, scope="openid")");
}

TEST_CASE_METHOD(Userinfo,
                 "OIDC-5.3.2-1 sub is always told, and the claims of the token's scope as far as they are known")
{
    CHECK(ask(app_token({{"scope", "openid"}})).body == R"({"sub":"248289761001"})");
    CHECK(ask(app_token({{"scope", "address openid"}})).body == R"({"sub":"248289761001","address":{"country":"DE"}})");
    CHECK(ask(app_token({{"scope", "openid groups extra"}})).body == R"({"sub":"248289761001","groups":["staff"]})");
    // A refresh that narrows the scope narrows what is told.
    const auto tokens = tokens_for(app, "reader", {{"scope", "openid email address"}});
    const auto narrowed = refresh(client, member(tokens, "refresh_token"), {{"scope", "openid email"}}, app);
    REQUIRE(narrowed.status == 200);
    CHECK(ask(member(narrowed, "access_token")).body
          == R"({"sub":"248289761001","email":"ulla@example.com","email_verified":true})");
    CHECK(member_names(ask(member(tokens, "access_token"))) == Names{"sub", "email", "email_verified", "address"});
}

TEST_CASE_METHOD(Userinfo, "STILE-userinfo-3 claims that were asked for one by one are told besides those of the scope")
{
    const auto claims = R"({"userinfo":{"email":{"essential":true},"phone_number":null},"id_token":{"name":null}})";
    const auto tokens = tokens_for(app, "reader", {{"scope", "openid groups"}, {"claims", claims}});
    const auto body = R"({"sub":"248289761001","groups":["staff"],"email":"ulla@example.com"})";
    CHECK(ask(member(tokens, "access_token")).body == body);
    const auto later = refresh(client, member(tokens, "refresh_token"), {}, app);
    CHECK(ask(member(later, "access_token")).body == body);
}

TEST_CASE_METHOD(Userinfo, "STILE-userinfo-4 what is known about the user is told as it is now")
{
    const auto token = app_token({{"scope", "openid email"}});
    must(profiles.change("248289761001", {{"email", R"("new@example.com")"}}));
    CHECK(member(ask(token), "email") == "new@example.com");
    must(profiles.change("248289761001", {{"email", R"("ulla@example.com")"}}));
}

TEST_CASE_METHOD(Userinfo, "STILE-userinfo-1 a pairwise client learns the user name nowhere; others do")
{
    const auto pairwise = add("pairwise");
    change_client("pairwise", [](Client& one) { one.pairwise_salt = "salt of the pairwise clients"; });
    const auto tokens = tokens_for(pairwise, "pairwise");
    const auto token = member(tokens, "access_token");
    const auto told = ask(token);
    CHECK(told.status == 200);
    CHECK(member_names(told) == Names{"sub", "name", "email", "email_verified"});
    CHECK(member(told, "sub") != "248289761001");
    for (const char* kind : {"access_token", "refresh_token"}) {
        const auto own = introspect(client, member(tokens, kind), pairwise);
        CHECK(member(own, "active") == "true");
        CHECK(member(own, "sub") == member(told, "sub"));
        CHECK_FALSE(own.body.contains("username"));
        CHECK_FALSE(own.body.contains("ulla"));
        const auto at_server = introspect(client, member(tokens, kind), server);
        CHECK(member(at_server, "sub") == member(told, "sub"));
        CHECK_FALSE(at_server.body.contains("ulla")); // beside this sub it would tell whose that is
    }
    CHECK(member(introspect(client, app_token(), server), "username") == "ulla");
    CHECK(member(introspect(client, app_token(), app), "username") == "ulla");
    CHECK(member(ask(app_token()), "preferred_username") == "ulla");
}

TEST_CASE_METHOD(Userinfo,
                 "OIDC-5.3.2-3 a client that wants it signed gets a JWT that is for it alone, and counts as no token")
{
    const std::string algorithm = GENERATE("RS256", "ES256");
    const auto id = "signed-" + algorithm;
    const auto headers = add(id);
    change_client(id, [&](Client& one) { one.userinfo_signed_response_alg = parse_jws_algorithm(algorithm); });
    const auto token = access(headers, id, {{"scope", "openid email"}});
    const auto answer = ask(token);
    CHECK(answer.status == 200);
    CHECK(answer.header("content-type") == "application/jwt");
    CHECK(answer.header("cache-control") == "no-store");
    const auto jws = verify_jws(answer.body, fetched_keys(), jws_algorithms);
    REQUIRE(jws);
    CHECK(to_string(jws->header.algorithm) == algorithm);
    CHECK(Json::parse(jws->payload)
          == Json({{"iss", issuer()},
                   {"aud", id},
                   {"sub", "248289761001"},
                   {"email", "ulla@example.com"},
                   {"email_verified", true}}));
    check_is_invalid(ask(answer.body));
    CHECK(introspect(client, answer.body, server).body == inactive);
    Browser browser(*this);
    const auto hinted = browser.authorize(
        demo_request({{"client_id", id}, {"scope", "openid"}, {"prompt", "none"}, {"id_token_hint", answer.body}}));
    CHECK(value_of(query_of(hinted.location()), "error") == "invalid_request");
    // Where there is no key, nothing is told unsigned.
    change_client(id, [&](Client& one) { one.userinfo_signed_response_alg = parse_jws_algorithm(no_key); });
    const auto unsignable = ask(token);
    CHECK(unsignable.status == 503);
    CHECK(member(unsignable, "error") == "temporarily_unavailable");
    CHECK(unsignable.header("retry-after") == "1");
    CHECK(unsignable.all("www-authenticate").empty());
    CHECK_FALSE(unsignable.body.contains("ulla"));
}

TEST_CASE_METHOD(Userinfo, "STILE-userinfo-5 a signed access token is looked up: a revoked one tells nothing")
{
    const std::string algorithm = GENERATE("ES256", "HS256");
    const auto id = "jwt-" + algorithm;
    const auto headers = add(id, {.access_token_alg = parse_jws_algorithm(algorithm)});
    const auto token = access(headers, id);
    REQUIRE(std::ranges::count(token, '.') == 2);
    CHECK(member(ask(token), "email") == "ulla@example.com");
    CHECK(revoke(client, token, headers).status == 200);
    check_is_invalid(ask(token));
}

TEST_CASE_METHOD(Userinfo, "STILE-userinfo-6 a signed access token for another audience tells nothing")
{
    const std::string algorithm = GENERATE("ES256", "HS256");
    const auto id = "elsewhere-" + algorithm;
    const auto headers =
        add(id, {.access_token_alg = parse_jws_algorithm(algorithm), .audience = "https://api.example"});
    const auto token = access(headers, id);
    check_is_invalid(ask(token));
    // Whoever shares the secret could take the audience out, or put ours in: its client's tokens do not say that.
    const auto key = SigningKey::from_shared_secret(Secret(shared_secret));
    auto claims = Json::parse(base64url_decode(std::string(split(token, '.')[1])).value());
    claims["aud"] = issuer();
    check_is_invalid(ask(*sign_jws(claims.dump(), "JWT", *key)));
    claims.erase("aud");
    check_is_invalid(ask(*sign_jws(claims.dump(), "JWT", *key)));
    // An audience that is the issuer is ours.
    change_client(id, [&](Client& one) { one.audience = issuer(); });
    CHECK(ask(access(headers, id)).status == 200);
    check_is_invalid(ask(token)); // which still says otherwise
}

TEST_CASE_METHOD(
    Userinfo,
    "STILE-userinfo-7 when the client has gone its tokens tell nothing, not even after another one has its id")
{
    const auto headers = add("gone");
    const auto token = access(headers, "gone");
    REQUIRE(ask(token).status == 200);
    const auto record = redis({"HGET", "client:gone", "created_at"}).text;
    redis({"HSET", "client:gone", "created_at", std::to_string(std::stoll(record) + 60)});
    check_is_invalid(ask(token));
    redis({"HSET", "client:gone", "created_at", record});
    REQUIRE(ask(token).status == 200);
    redis({"DEL", "client:gone"});
    check_is_invalid(ask(token));
}

TEST_CASE_METHOD(Userinfo, "OIDC-5.3-1 scripts of any origin may ask: the browser's question before is answered")
{
    const auto answer = client.request("OPTIONS", path,
                                       {"Origin: https://spa.example", "Access-Control-Request-Method: GET",
                                        "Access-Control-Request-Headers: authorization"});
    CHECK(answer.status == 204);
    CHECK(answer.body.empty());
    CHECK(answer.all("access-control-allow-origin") == Names{"*"});
    CHECK(answer.header("access-control-allow-methods") == "GET, POST");
    CHECK(answer.header("access-control-allow-headers") == "Authorization");
    CHECK(answer.header("access-control-max-age") == "86400");
    CHECK(answer.header("access-control-allow-credentials").empty());
}

TEST_CASE_METHOD(Userinfo, "OIDC-5.3.1-1 other methods than GET and POST are not allowed at userinfo")
{
    const auto token = app_token();
    for (const char* method : {"PUT", "DELETE", "PATCH", "HEAD"}) {
        const auto answer = client.request(method, path, {bearer(token)});
        CHECK(answer.status == 405);
        CHECK(answer.header("allow") == "GET, POST, OPTIONS");
        CHECK_FALSE(answer.body.contains("sub"));
    }
}

TEST_CASE_METHOD(Userinfo, "STILE-userinfo-8 an answer costs one look at the token and one at the user")
{
    const auto token = app_token();
    REQUIRE(ask(token).status == 200);
    redis({"CONFIG", "RESETSTAT"});
    REQUIRE(ask(token).status == 200);
    const auto counted = redis({"INFO", "commandstats"}).text;
    CHECK(counted.contains("cmdstat_fcall_ro:calls=1,"));
    // Of the token, its grant, the client (which is not remembered here) and the profile.
    CHECK(counted.contains("cmdstat_hgetall:calls=4,"));
}

TEST_CASE("STILE-userinfo-9 while Redis is unavailable userinfo answers 503, and not that the token is invalid")
{
    Userinfo instance(Instance::Variables{{"STILE_REDIS_TIMEOUT", "300"}});
    const auto token = instance.app_token();
    REQUIRE(instance.ask(token).status == 200);
    Answer answer;
    {
        const PausedRedis redis_is_away(instance);
        answer = instance.ask(token);
    }
    CHECK(answer.status == 503);
    CHECK(member(answer, "error") == "temporarily_unavailable");
    CHECK(answer.header("retry-after") == "1");
    CHECK(answer.all("www-authenticate").empty());
    CHECK(answer.all("access-control-allow-origin") == Names{"*"});
    CHECK(instance.ask(token).status == 200);
}

TEST_CASE_METHOD(Userinfo, "STILE-narrowed-2 userinfo tells nothing for a scope that the client may no longer request")
{
    const auto token = app_token({{"claims", R"({"userinfo":{"groups":null}})"}});
    REQUIRE(member_names(ask(token)).size() > 4);
    change_client("reader", [](Client& one) { one.scope = scope_of("openid email"); });
    CHECK(member_names(ask(token)) == Names{"sub", "email", "email_verified"});
    change_client("reader", [](Client& one) { one.scope = scope_of("email"); });
    check_is_refused(ask(token), 403, "insufficient_scope", challenge("insufficient_scope") + R"(, scope="openid")");
    change_client("reader", [](Client& one) { one.scope = scope_of("openid email groups"); });
    CHECK(member_names(ask(token)) == Names{"sub", "email", "email_verified", "groups"});
}

TEST_CASE_METHOD(Userinfo, "STILE-binding-3 userinfo refuses a token signed with the shared secret in another's name")
{
    const auto headers = add("key-pair", {.access_token_alg = JwsAlgorithm::es256});
    const auto token = access(headers, "key-pair");
    REQUIRE(ask(token).status == 200);
    const auto key = SigningKey::from_shared_secret(Secret(shared_secret));
    const auto claims = Json::parse(base64url_decode(std::string(split(token, '.')[1])).value());
    check_is_invalid(ask(*sign_jws(claims.dump(), "JWT", *key)));
}
