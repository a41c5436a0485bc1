// OpenID Connect at the authorization and token endpoints: what tests/openid does not ask, since the certification does not.
#include "shared/base/metrics.h"
#include "shared/crypto/base64.h"
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"
#include "tests/support/page_folder.h"

#include <nlohmann/json.hpp>

#include <numeric>

using namespace stile;
using namespace stile::test;

namespace {

nlohmann::json payload_of(const std::string& jwt)
{
    const auto first = jwt.find('.');
    return nlohmann::json::parse(*base64url_decode(jwt.substr(first + 1, jwt.rfind('.') - first - 1)));
}

nlohmann::json id_token_in(const Answer& tokens)
{
    REQUIRE(tokens.status == 200);
    return payload_of(member(tokens, "id_token"));
}

std::string error_in(const std::string& location)
{
    return value_of(query_of(location), "error");
}

std::string session_id(const Browser& browser)
{
    return browser.cookies.at("stile_session").substr(0, 18);
}

// A separate client for each test, at https://<id>.example/cb. `more`: what is different.
struct RelyingParty {
    std::string id;
    Instance& instance;
    Caller http{instance};
    std::string secret;

    RelyingParty(Instance& at, const std::string& name, Client more = {}) : id(name), instance(at)
    {
        more.id = id;
        more.redirect_uris.insert(more.redirect_uris.begin(), redirect_uri());
        more.scope = scope_of("openid profile email groups offline_access");
        secret = at.add_client(more);
    }

    std::string redirect_uri() const { return "https://" + id + ".example/cb"; }

    Parameters request(const Parameters& changes = {}) const
    {
        return changed({{"client_id", id}, {"response_type", "code"}, {"scope", "openid"}, {"state", "s"}}, changes);
    }

    Answer token(const Parameters& parameters) { return http.post("/oauth/token", parameters, {basic(id, secret)}); }

    Answer redeem(const std::string& location)
    {
        return token({{"grant_type", "authorization_code"},
                      {"code", value_of(query_of(location), "code")},
                      {"redirect_uri", redirect_uri()}});
    }

    // The user logs in if need be, agrees, and asks not to be asked again.
    std::string agree(Browser& browser, const Parameters& changes = {})
    {
        const auto answer = browser.approve(browser.reach_consent(request(changes)), {{"remember", "1"}});
        REQUIRE(answer.status == 303);
        return answer.location();
    }
};

// How often functions have waited for Redis.
std::uint64_t round_trips(const std::string& folder)
{
    const auto all = read_counters(folder);
    REQUIRE(all.size() == 1);
    const auto& counts = all.front().counters->round_trips.counts;
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

} // namespace

TEST_CASE("STILE-flow-72 with a live session and a remembered consent, authorize is one redirect and two round trips")
{
    const PageFolder folder;
    Instance instance({{"STILE_METRICS", folder.path()}, {"STILE_CLIENT_CACHE", "60"}});
    RelyingParty party(instance, "quick");
    Browser browser(instance);
    party.agree(browser);
    for (const char* scope : {"openid", "openid", ""}) {
        CAPTURE(scope);
        if (*scope == '\0')
            party.agree(browser, {{"scope", "profile"}}); // plain OAuth is as quick
        const auto before = round_trips(folder.path());
        const auto answer = browser.authorize(party.request({{"scope", *scope == '\0' ? "profile" : scope}}));
        CHECK(round_trips(folder.path()) - before == 2);
        CHECK(answer.status == 303);
        CHECK(answer.location().starts_with(party.redirect_uri() + "?state=s&code="));
        CHECK(party.redeem(answer.location()).status == 200);
    }
}

TEST_CASE_METHOD(Instance,
                 "STILE-flow-73 what was issued before anybody knew that the user has to be asked is taken back")
{
    RelyingParty party(*this, "unasked");
    Browser browser(*this);
    party.agree(browser);
    const auto issued = [&] {
        std::size_t count = redis({"HGETALL", "session_grants:" + session_id(browser)}).elements.size();
        for (const char* family : {"grant:*", "code:*"})
            count += redis({"KEYS", family}).elements.size();
        return count;
    };
    const auto before = issued();
    CHECK(browser.authorize(party.request({{"scope", "openid email"}})).location().starts_with("/approve?"));
    CHECK(issued() == before);
}

TEST_CASE_METHOD(
    Instance,
    "OIDC-3.1.2.1-7 prompt=none shows no page and parks nothing: the client learns what would have to be asked")
{
    RelyingParty party(*this, "silent");
    Browser browser(*this);
    const auto ask = [&](const Parameters& changes = {}) {
        auto all = changes;
        all.emplace_back("prompt", "none");
        const auto answer = browser.authorize(party.request(all));
        CHECK(answer.status == 303);
        CHECK(answer.all("set-cookie").empty());
        CHECK(answer.location().starts_with(party.redirect_uri()));
        CHECK(value_of(query_of(answer.location()), "state") == "s");
        CHECK(value_of(query_of(answer.location()), "iss") == issuer());
        return answer.location();
    };
    CHECK(error_in(ask()) == "login_required");
    browser.log_in(browser.authorize(party.request()).location());
    CHECK(error_in(ask()) == "consent_required");
    const auto first = id_token_in(party.redeem(party.agree(browser)));
    const auto second = id_token_in(party.redeem(ask()));
    CHECK(second["sub"] == first["sub"]);
    CHECK(second["auth_time"] == first["auth_time"]);
    CHECK(second["sid"] == first["sid"]);
    CHECK(error_in(ask({{"scope", "openid email"}})) == "consent_required");
    CHECK(error_in(ask({{"max_age", "0"}, {"claims", R"({"id_token":{"acr":{"essential":true,"value":"2"}}})"}}))
          == "login_required");
}

TEST_CASE_METHOD(Instance, "ASVS-V10.7.1-2 a public client is never answered without asking, prompt=none or not")
{
    RelyingParty party(*this, "public-silent", {.auth_method = AuthMethod::none});
    const Parameters pkce = {{"code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
                             {"code_challenge_method", "S256"}};
    Browser browser(*this);
    REQUIRE(browser.approve(browser.reach_consent(party.request(pkce)), {{"remember", "1"}}).status == 303);
    auto silent = pkce;
    silent.emplace_back("prompt", "none");
    CHECK(error_in(browser.authorize(party.request(silent)).location()) == "consent_required");
}

TEST_CASE_METHOD(Instance,
                 "OIDC-3.1.2.1-8 prompt=login wants another login than there is, though it be of this very second")
{
    RelyingParty party(*this, "anew");
    Browser browser(*this);
    const auto first = id_token_in(party.redeem(party.agree(browser)));
    const auto before = session_id(browser);
    const auto login = browser.authorize(party.request({{"prompt", "login"}})).location();
    REQUIRE(login.starts_with("/login?"));
    CHECK(login.ends_with("&prompt=login")); // for a login program, which may have logins of its own
    const auto approve = "/approve" + login.substr(login.find('?'), login.find('&') - login.find('?'));
    CHECK(browser.get(login).status == 200); // not led on to /approve
    CHECK(browser.get(login.substr(0, login.find('&'))).status == 200); // not without it either
    CHECK(browser.get(approve).location() == login); // nor let in there
    CHECK(browser.post(approve, Parameters{{"approval", "1"}}).location() == login);
    CHECK(browser.log_in(login).location() == approve);
    CHECK(session_id(browser) != before);
    const auto answer = browser.get(approve); // the consent is remembered
    const auto second = id_token_in(party.redeem(answer.location()));
    CHECK(second["sid"] == first["sid"]); // the same user in the same browser
    CHECK(second["auth_time"] >= first["auth_time"]);
}

TEST_CASE_METHOD(Instance, "OIDC-3.1.2.1-10 max_age wants a login that is not older")
{
    RelyingParty party(*this, "max-age");
    Browser browser(*this);
    party.agree(browser);
    CHECK_FALSE(error_in(browser.authorize(party.request({{"max_age", "3600"}})).location()) == "login_required");
    pass(100);
    const auto fresh = browser.authorize(party.request({{"max_age", "1000"}})).location();
    CHECK(id_token_in(party.redeem(fresh))["auth_time"] == clock.now() - 100);
    CHECK(error_in(browser.authorize(party.request({{"max_age", "50"}, {"prompt", "none"}})).location())
          == "login_required");
    const auto login = browser.authorize(party.request({{"max_age", "50"}})).location();
    REQUIRE(login.starts_with("/login?"));
    CHECK(browser.get(login).status == 200);
    CHECK(browser.get("/approve" + login.substr(login.find('?'))).location() == login);
    const auto answer = browser.get(browser.log_in(login).location());
    CHECK(id_token_in(party.redeem(answer.location()))["auth_time"] == clock.now());
}

TEST_CASE_METHOD(Instance, "OIDC-3.1.2.1-11 prompt=consent and select_account show the page, whatever is remembered")
{
    RelyingParty party(*this, "shown");
    Browser browser(*this);
    party.agree(browser);
    for (const char* prompt : {"consent", "select_account", "consent select_account"}) {
        CAPTURE(prompt);
        const auto path = browser.authorize(party.request({{"prompt", prompt}})).location();
        REQUIRE(path.starts_with("/approve?"));
        const auto page = browser.get(path);
        CHECK(page.status == 200);
        CHECK(page.body.contains("admin")); // the account, and the way to another
        CHECK(page.body.contains("prompt=login"));
    }
}

TEST_CASE_METHOD(
    Instance,
    "OIDC-3.1.2.2-1 if another user is logged in than id_token_hint names, the response says nothing about that user")
{
    add_user("hinted", "hinted");
    RelyingParty party(*this, "hints");
    Browser of_admin(*this);
    const auto hint = member(party.redeem(party.agree(of_admin)), "id_token");
    const Parameters hinted = {{"id_token_hint", hint}};
    CHECK(of_admin.authorize(party.request(hinted)).location().contains("code="));

    Browser browser(*this);
    browser.log_in(browser.authorize(party.request()).location(), "hinted", "hinted");
    auto silent = hinted;
    silent.emplace_back("prompt", "none");
    CHECK(error_in(browser.authorize(party.request(silent)).location()) == "consent_required"); // as for everybody
    party.agree(browser);
    CHECK(error_in(browser.authorize(party.request(silent)).location()) == "login_required");
    const auto login = browser.authorize(party.request(hinted)).location();
    REQUIRE(login.starts_with("/login?"));
    const auto wrong = browser.log_in(login, "hinted", "hinted").location();
    CHECK(error_in(browser.get(wrong).location()) == "login_required");
    CHECK(error_in(browser.get(wrong).location()) == "login_required"); // and so it stays
    const auto right = browser.authorize(party.request(hinted)).location();
    CHECK(browser.get(browser.log_in(right).location()).location().contains("code="));
}

TEST_CASE_METHOD(Instance, "STILE-flow-74 only an ID token of ours for this client is a hint")
{
    RelyingParty party(*this, "own-hint", {.access_token_alg = JwsAlgorithm::es256});
    RelyingParty other(*this, "others-hint");
    Browser browser(*this);
    const auto tokens = party.redeem(party.agree(browser));
    const auto own = member(tokens, "id_token");
    const auto others = member(other.redeem(other.agree(browser)), "id_token");
    const auto dot = own.rfind('.');
    for (const auto& hint : {others, member(tokens, "access_token"), own.substr(0, dot + 1),
                             own.substr(0, dot - 1) + "A" + own.substr(dot), std::string("x"), std::string("..")}) {
        CAPTURE(hint);
        const auto answer = browser.authorize(party.request({{"id_token_hint", hint}}));
        CHECK(error_in(answer.location()) == "invalid_request");
        CHECK_FALSE(answer.location().contains("hint=")); // and it is not sent on
    }
}

TEST_CASE_METHOD(
    Instance,
    "OIDC-5.5.1.1-2 an essential acr that no login meets is a failed login, and one that is met is no question")
{
    RelyingParty party(*this, "acr");
    Browser browser(*this);
    const Parameters two = {{"claims", R"({"id_token":{"acr":{"essential":true,"values":["2"]}}})"}};
    const Parameters one = {{"claims", R"({"id_token":{"acr":{"essential":true,"values":["2","1"]}}})"}};
    CHECK(id_token_in(party.redeem(party.agree(browser, one)))["acr"] == "1");
    CHECK(browser.authorize(party.request(one)).location().contains("code="));
    const auto login = browser.authorize(party.request(two)).location();
    REQUIRE(login.starts_with("/login?")); // perhaps another login is stronger
    CHECK(error_in(browser.get(browser.log_in(login).location()).location()) == "unmet_authentication_requirements");
}

TEST_CASE_METHOD(Instance,
                 "OIDC-5.5-4 claims for the ID token stand there, after the user has been shown what they belong to")
{
    RelyingParty party(*this, "claims");
    add_user("claimed", "claimed");
    redis({"HSET", "profile:claimed", "email", "\"c@example.org\"", "email_verified", "true", "name", "\"C\"",
           "phone_number", "\"1\"", "groups", R"(["a","b"])"});
    Browser browser(*this);
    const Parameters asked = {
        {"claims", R"({"id_token":{"email":null,"email_verified":null,"groups":null,"phone_number":null}})"}};
    const auto path = browser.reach_consent(party.request(asked), "claimed", "claimed");
    const auto page = browser.get(path).body;
    CHECK(page.contains("email")); // scope email, though it was not asked for as such
    CHECK(page.contains("groups"));
    CHECK_FALSE(page.contains("phone number")); // the client has not registered that
    const auto tokens = party.redeem(browser.approve(path, {{"remember", "1"}}).location());
    const auto token = id_token_in(tokens);
    CHECK(token["email"] == "c@example.org");
    CHECK(token["email_verified"] == true);
    CHECK(token["groups"] == nlohmann::json{"a", "b"});
    for (const char* absent : {"name", "phone_number"})
        CHECK_FALSE(token.contains(absent));
    CHECK(member(tokens, "scope") == "openid"); // single claims widen no scope
    const auto again =
        party.token({{"grant_type", "refresh_token"}, {"refresh_token", member(tokens, "refresh_token")}});
    CHECK(id_token_in(again)["email"] == "c@example.org");
    CHECK(browser.authorize(party.request(asked)).location().contains("code=")); // remembered with its claims
    CHECK(browser.authorize(party.request({{"claims", R"({"id_token":{"name":null}})"}}))
              .location()
              .starts_with("/approve?")); // which name is not
}

TEST_CASE_METHOD(Instance, "OIDC-12.2-1 a refresh gives an ID token of the same login, without the nonce")
{
    RelyingParty party(*this, "refreshed");
    Browser browser(*this);
    const auto tokens = party.redeem(party.agree(browser, {{"nonce", "n-1"}, {"scope", "openid email"}}));
    const auto first = id_token_in(tokens);
    CHECK(first["nonce"] == "n-1");
    const auto refreshed =
        party.token({{"grant_type", "refresh_token"}, {"refresh_token", member(tokens, "refresh_token")}});
    const auto second = id_token_in(refreshed);
    CHECK_FALSE(second.contains("nonce"));
    for (const char* same : {"iss", "sub", "aud", "auth_time", "sid", "acr", "amr"})
        CHECK(second[same] == first[same]);
    CHECK(second["at_hash"] != first["at_hash"]);
    const auto narrowed = party.token(
        {{"grant_type", "refresh_token"}, {"refresh_token", member(refreshed, "refresh_token")}, {"scope", "email"}});
    CHECK(narrowed.status == 200);
    CHECK(member(narrowed, "id_token").empty()); // the scope has no openid now
}

TEST_CASE_METHOD(Instance,
                 "STILE-flow-75 without a key that can sign ID tokens nothing is used up, and plain OAuth goes on")
{
    RelyingParty party(*this, "keyless");
    Browser browser(*this);
    const auto location = party.agree(browser);
    const auto plain = party.agree(browser, {{"scope", "email"}});
    const auto keys = redis({"SMEMBERS", "signing_keys"});
    for (const auto& kid : keys.elements)
        redis({"DEL", "signing_key:" + kid.text});
    CHECK(party.redeem(location).status == 503);
    CHECK(party.redeem(plain).status == 200);
    add_key(JwsAlgorithm::rs256);
    const auto tokens = party.redeem(location);
    CHECK(id_token_in(tokens)["sub"] == "admin");
}

TEST_CASE_METHOD(Instance, "FORMPOST-2-1 response_mode=form_post answers by a page that posts itself, errors too")
{
    RelyingParty party(*this, "form-post");
    Browser browser(*this);
    const std::string state = "\"><script>alert(1)</script>&'";
    const Parameters by_form = {{"response_mode", "form_post"}, {"state", state}};
    auto check = [&](const Answer& answer) {
        CHECK(answer.status == 200);
        CHECK(answer.location().empty());
        CHECK(answer.header("content-type") == "text/html; charset=utf-8");
        CHECK(answer.header("cache-control") == "no-store");
        const auto policy = answer.header("content-security-policy");
        CHECK(policy.contains("script-src 'sha256-"));
        CHECK_FALSE(policy.contains("unsafe"));
        CHECK(answer.body.contains("<form method=\"post\" action=\"" + party.redirect_uri() + "\">"));
        CHECK(answer.body.contains("<input type=\"hidden\" name=\"iss\""));
        CHECK_FALSE(answer.body.contains("<script>alert"));
        CHECK(answer.body.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;&#39;\""));
        return answer.body;
    };
    const auto path = browser.reach_consent(party.request(by_form));
    CHECK_FALSE(browser.get(path).header("content-security-policy").contains("script-src"));
    CHECK(check(browser.approve(path, {{"remember", "1"}})).contains("name=\"code\""));
    CHECK(check(browser.authorize(party.request(by_form))).contains("name=\"code\"")); // unasked
    CHECK(check(browser.deny(browser.reach_consent(
                    party.request({{"response_mode", "form_post"}, {"state", state}, {"scope", "email"}}))))
              .contains("value=\"access_denied\""));
    auto wrong = by_form;
    wrong.emplace_back("scope", "nonsense");
    CHECK(check(browser.authorize(party.request(wrong))).contains("value=\"invalid_scope\""));
    Browser stranger(*this);
    auto silent = by_form;
    silent.emplace_back("prompt", "none");
    CHECK(check(stranger.authorize(party.request(silent))).contains("value=\"login_required\""));
}

TEST_CASE_METHOD(
    Instance, "STILE-flow-76 an answer goes by no other way, and no page posts to an application that a scheme starts")
{
    RelyingParty party(*this, "modes", {.redirect_uris = {"com.example.modes:/cb"}});
    Browser browser(*this);
    const auto redirect = std::pair<std::string, std::string>("redirect_uri", party.redirect_uri());
    for (const char* mode : {"fragment", "web_message", "form_post.jwt", "FORM_POST"}) {
        CAPTURE(mode);
        const auto answer = browser.authorize(party.request({redirect, {"response_mode", mode}}));
        CHECK(error_in(answer.location()) == "invalid_request");
        CHECK_FALSE(answer.location().contains('#'));
    }
    const auto answer =
        browser.authorize(party.request({{"redirect_uri", "com.example.modes:/cb"}, {"response_mode", "form_post"}}));
    CHECK(error_in(answer.location()) == "invalid_request");
}

TEST_CASE_METHOD(Instance, "OIDC-3.1.2.1-12 login_hint stands in the form, and nothing else than a name does")
{
    RelyingParty party(*this, "login-hint");
    Browser browser(*this);
    const auto form = [&](const std::string& hint) {
        return browser.get(browser.authorize(party.request({{"login_hint", hint}})).location()).body;
    };
    CHECK(form("Alice@Example.org").contains("value=\"alice@example.org\""));
    const auto page = form("\"><script>alert(1)</script>");
    CHECK_FALSE(page.contains("alert(1)"));
    CHECK(page.contains("name=\"username\" type=\"text\" value=\"\""));
}

TEST_CASE_METHOD(Instance, "OIDC-8.1-3 a pairwise client knows its users by another sub, everywhere")
{
    RelyingParty plain(*this, "public-sub");
    RelyingParty party(*this, "pairwise", {.access_token_alg = JwsAlgorithm::es256});
    redis({"HSET", "client:pairwise", "pairwise_salt", "a salt of the tests"});
    Browser browser(*this);
    CHECK(id_token_in(plain.redeem(plain.agree(browser)))["sub"] == "admin");
    const auto tokens = party.redeem(party.agree(browser));
    const auto sub = id_token_in(tokens)["sub"].get<std::string>();
    CHECK(sub.size() == 32);
    CHECK(payload_of(member(tokens, "access_token"))["sub"] == sub);
    CHECK(member(introspect(party.http, member(tokens, "access_token"), {basic(party.id, party.secret)}), "sub")
          == sub);
    CHECK(id_token_in(party.redeem(browser.authorize(party.request()).location()))["sub"]
          == sub); // the consent is found
    const auto hinted = browser.authorize(party.request({{"id_token_hint", member(tokens, "id_token")}})).location();
    CHECK(hinted.contains("code="));
    CHECK(browser.authorize(party.request({{"claims", R"({"id_token":{"sub":{"value":")" + sub + R"("}}})"}}))
              .location()
              .contains("code="));
    // Who ends everything of a user finds it by the user's own sub.
    const auto ended = admin({"user", "end-sessions", "admin"});
    CHECK(ended.status == 0);
    CHECK(party.token({{"grant_type", "refresh_token"}, {"refresh_token", member(tokens, "refresh_token")}}).status
          == 400);
}

TEST_CASE_METHOD(Instance, "STILE-flow-77 parameters of OpenID Connect are bounded and stand once")
{
    RelyingParty party(*this, "bounded");
    Browser browser(*this);
    for (const auto& [name, value] : Parameters{{"nonce", std::string(513, 'n')},
                                                {"prompt", std::string(129, 'p')},
                                                {"claims", "{\"a\":\"" + std::string(4096, 'x') + "\"}"},
                                                {"login_hint", std::string(257, 'l')},
                                                {"id_token_hint", std::string(8193, 'i')},
                                                {"max_age", std::string(17, '1')},
                                                {"nonce", "\x01"},
                                                {"claims", std::string("{\0}", 3)}}) {
        CAPTURE(name);
        CHECK(error_in(browser.authorize(party.request({{name, value}})).location()) == "invalid_request");
    }
    for (const char* name : {"nonce", "prompt", "max_age", "claims", "login_hint", "id_token_hint", "response_mode",
                             "request", "request_uri"}) {
        CAPTURE(name);
        auto twice = party.request();
        twice.emplace_back(name, "query");
        twice.emplace_back(name, "query");
        const auto answer = browser.authorize(twice);
        CHECK((answer.status == 400 || error_in(answer.location()) == "invalid_request"));
    }
}

TEST_CASE_METHOD(
    Instance,
    "STILE-flow-78 what is told about a user goes by the subject, and not by the name that a login program shows")
{
    RelyingParty party(*this, "named-alike");
    add_user("guest", "guest", "guest-1");
    Browser browser(*this);
    browser.log_in(browser.authorize(party.request()).location(), "guest", "guest");
    redis({"HSET", "session:" + session_id(browser), "user", "admin"}); // as such a program may
    const auto tokens = party.redeem(
        party.agree(browser, {{"scope", "openid profile"}, {"claims", R"({"id_token":{"email":null,"name":null}})"}}));
    const auto told = id_token_in(tokens);
    CHECK(told["sub"] == "guest-1");
    CHECK_FALSE(told.contains("email"));
    CHECK_FALSE(told.contains("name"));
    const auto info = party.http.get("/oauth/userinfo", {"Authorization: Bearer " + member(tokens, "access_token")});
    CHECK(member(info, "sub") == "guest-1");
    CHECK(member(info, "name").empty());
}

TEST_CASE_METHOD(
    Instance, "STILE-flow-79 a session comes to so many live grants unasked and no further; ended ones are forgotten")
{
    RelyingParty party(*this, "all-day");
    Browser browser(*this);
    party.agree(browser);
    const auto key = "session_grants:" + session_id(browser);
    const auto note = [&](const std::string& first, bool lives) {
        std::vector<std::string> words = {"HSET", key};
        for (int i = 100; i < 601; ++i) {
            const auto id = first + std::to_string(i);
            words.insert(words.end(), {id, party.id});
            if (lives)
                redis({"HSET", "grant:{" + id + "}", "client_id", party.id});
        }
        redis(Arguments(words.begin(), words.end()));
    };
    note("ended-ended", false);
    CHECK(browser.authorize(party.request()).location().contains("code="));
    CHECK(redis({"HLEN", key}).integer < 10);
    note("lives-lives", true);
    CHECK(browser.authorize(party.request()).location().starts_with("/approve?"));
    CHECK(error_in(browser.authorize(party.request({{"prompt", "none"}})).location()) == "consent_required");
}

TEST_CASE_METHOD(Instance, "STILE-flow-80 a login in the browser of another user ends that user's login and its grants")
{
    RelyingParty party(*this, "shared-computer", {.backchannel_logout_uri = "http://127.0.0.1:1/"});
    add_user("flow80", "flow80");
    Browser browser(*this);
    const auto tokens = party.redeem(party.agree(browser));
    const auto login = browser.authorize(party.request({{"prompt", "login"}})).location();
    CHECK(browser.log_in(login, "flow80", "flow80").location().starts_with("/approve?"));
    CHECK(party.token({{"grant_type", "refresh_token"}, {"refresh_token", member(tokens, "refresh_token")}}).status
          == 400);
    bool is_to_be_told = false;
    for (const auto& notice : redis({"ZRANGE", "logout_notices", "0", "-1"}).elements)
        is_to_be_told = is_to_be_told || notice.text.contains(" " + party.id + " admin ");
    CHECK(is_to_be_told);
}

TEST_CASE_METHOD(
    Instance, "STILE-flow-81 what came of a login goes on when the same user logs in again, for as long as that login")
{
    RelyingParty party(*this, "again-and-again");
    Browser browser(*this);
    const auto tokens = party.redeem(party.agree(browser));
    const auto key = "session_grants:" + session_id(browser);
    redis({"EXPIRE", key, "20"});
    browser.log_in(browser.authorize(party.request({{"prompt", "login"}})).location());
    CHECK(redis({"TTL", key}).integer > 1000);
    CHECK(party.token({{"grant_type", "refresh_token"}, {"refresh_token", member(tokens, "refresh_token")}}).status
          == 200);
}

TEST_CASE_METHOD(Instance, "STILE-flow-82 an approval that is repeated is noted with the session as well")
{
    RelyingParty party(*this, "double-click");
    Browser browser(*this);
    const auto path = browser.reach_consent(party.request());
    const Parameters form = {{"csrf_token", csrf_of(browser.get(path))}, {"approval", "1"}};
    const auto first = browser.post(path, form).location();
    const auto key = "session_grants:" + session_id(browser);
    redis({"DEL", key}); // as when Redis had failed before it was noted
    CHECK(browser.post(path, form).location() == first);
    CHECK(redis({"HLEN", key}).integer == 1);
}

TEST_CASE_METHOD(
    Instance, "STILE-flow-83 a client that may no longer ask for openid keeps what it was granted, without ID tokens")
{
    RelyingParty party(*this, "no-longer");
    Browser browser(*this);
    const auto tokens = party.redeem(party.agree(browser, {{"scope", "openid email"}}));
    change_client(party.id, [](Client& one) { one.scope = scope_of("email"); });
    const auto refreshed =
        party.token({{"grant_type", "refresh_token"}, {"refresh_token", member(tokens, "refresh_token")}});
    CHECK(refreshed.status == 200);
    CHECK(member(refreshed, "id_token").empty());
    CHECK_FALSE(member(refreshed, "refresh_token").empty());
}

TEST_CASE_METHOD(
    Instance,
    "STILE-silence-1 a client that the user never agreed to learns nothing by prompt=none about who is logged in")
{
    RelyingParty party(*this, "curious");
    Browser browser(*this);
    browser.log_in(browser.authorize(demo_request()).location());
    const auto asking = [&](const std::string& claims) {
        return error_in(browser.authorize(party.request({{"prompt", "none"}, {"claims", claims}})).location());
    };
    constexpr const char* for_admin = R"({"id_token":{"sub":{"value":"admin"}}})";
    constexpr const char* for_eve = R"({"id_token":{"sub":{"value":"eve"}}})";
    constexpr const char* for_hardware = R"({"id_token":{"acr":{"essential":true,"value":"2"}}})";
    for (const char* claims : {for_admin, for_eve, for_hardware})
        CHECK(asking(claims) == "consent_required");
    CHECK(error_in(browser.authorize(party.request({{"prompt", "none"}, {"max_age", "0"}})).location())
          == "consent_required");
    party.agree(browser);
    CHECK(asking(for_admin).empty());
    CHECK(asking(for_eve) == "login_required");
    CHECK(asking(for_hardware) == "login_required");
}

TEST_CASE_METHOD(Instance, "STILE-narrowed-1 a refresh and a code give no scope that the client may no longer request")
{
    RelyingParty party(*this, "narrowed");
    Browser browser(*this);
    const auto tokens = party.redeem(party.agree(browser, {{"scope", "openid email groups"}}));
    // The consent is remembered.
    const auto with_code = browser.authorize(party.request({{"scope", "openid email groups"}})).location();
    change_client(party.id, [](Client& one) { one.scope = scope_of("openid email"); });
    CHECK(member(party.redeem(with_code), "scope") == "openid email");
    const auto refreshed =
        party.token({{"grant_type", "refresh_token"}, {"refresh_token", member(tokens, "refresh_token")}});
    CHECK(refreshed.status == 200);
    CHECK(member(refreshed, "scope") == "openid email");
    CHECK(member(introspect(party.http, member(refreshed, "access_token"), {basic(party.id, party.secret)}), "scope")
          == "openid email");
    const auto asked = party.token(
        {{"grant_type", "refresh_token"}, {"refresh_token", member(refreshed, "refresh_token")}, {"scope", "groups"}});
    CHECK(member(asked, "error") == "invalid_scope");
}

TEST_CASE_METHOD(Instance, "STILE-narrowed-3 an ID token has no claim whose scope the client may no longer request")
{
    RelyingParty party(*this, "narrowed-claims");
    Browser browser(*this);
    const auto tokens = party.redeem(
        party.agree(browser, {{"claims", R"({"id_token":{"email":null,"name":null}})"}, {"scope", "openid"}}));
    CHECK(id_token_in(tokens).contains("email"));
    change_client(party.id, [](Client& one) { one.scope = scope_of("openid profile"); });
    const auto refreshed =
        party.token({{"grant_type", "refresh_token"}, {"refresh_token", member(tokens, "refresh_token")}});
    CHECK_FALSE(id_token_in(refreshed).contains("email"));
    CHECK(id_token_in(refreshed).contains("name"));
}

TEST_CASE_METHOD(
    Instance, "STILE-narrowed-4 a request that waits for consent is refused when the client has lost one of its scopes")
{
    RelyingParty party(*this, "lost");
    Browser browser(*this);
    const auto waiting = browser.reach_consent(party.request({{"scope", "openid groups"}}));
    const auto shown = browser.reach_consent(party.request({{"scope", "openid groups"}}));
    const auto form = Parameters{{"csrf_token", csrf_of(browser.get(shown))}, {"approval", "1"}};
    change_client(party.id, [](Client& one) { one.scope = scope_of("openid email"); });
    CHECK(error_in(browser.get(waiting).location()) == "invalid_scope");
    CHECK(error_in(browser.post(shown, form).location()) == "invalid_scope");
    CHECK(keys("code:*").empty());
}
