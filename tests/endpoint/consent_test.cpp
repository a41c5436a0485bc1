// /approve: who may answer, what an answer does, and when nobody is asked.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

void check_is_refused(const Answer& answer, long status = 400)
{
    CHECK(answer.status == status);
    CHECK(answer.location().empty());
    CHECK(answer.header("set-cookie").empty());
    CHECK(answer.body.starts_with("<!doctype html>"));
}

std::string code_in(const Answer& answer)
{
    return value_of(query_of(answer.location()), "code");
}

Parameters request_of(const std::string& id, const std::string& scope)
{
    return {{"client_id", id}, {"response_type", "code"}, {"scope", scope}, {"state", "s"}};
}

const Parameters pkce = {{"code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
                         {"code_challenge_method", "S256"}};

struct Consenting : Instance {
    Caller client{*this};

    // Gives its secret.
    std::string add(const std::string& id, Client more = {})
    {
        more.id = id;
        more.redirect_uris.insert(more.redirect_uris.begin(), "https://" + id + ".example/cb");
        more.scope = scope_of("a b c");
        return add_client(more);
    }
};

} // namespace

TEST_CASE_METHOD(Consenting, "STILE-flow-21 an approval without the token of its form, session and request is refused")
{
    Browser browser(*this);
    const auto first = browser.authorize(demo_request()).location();
    const auto login_token = csrf_of(browser.get(first));
    const auto path = browser.log_in(first).location();
    const auto other_requests = csrf_of(browser.get(browser.reach_consent(demo_request())));
    Browser other(*this);
    const auto other_browsers = csrf_of(other.get(other.reach_consent(demo_request())));
    const auto of_this_session = csrf_of(browser.get(path));
    check_is_refused(browser.post(path, Parameters{{"approval", "1"}}));
    check_is_refused(browser.post(path, Parameters{{"approval", "1"}, {"csrf_token", ""}}));
    // The question is asked anew: another login since the page was shown is no attack.
    for (const auto& token : {std::string("x"), login_token, other_requests, other_browsers})
        check_is_refused(browser.post(path, Parameters{{"approval", "1"}, {"csrf_token", token}}), 403);
    // Nor does a token of consent serve for the login form, or for the session after another login.
    check_is_refused(
        browser.post(first, Parameters{{"csrf_token", of_this_session}, {"username", "admin"}, {"password", "admin"}}));
    browser.log_in(first + "&prompt=login");
    check_is_refused(browser.post(path, Parameters{{"approval", "1"}, {"csrf_token", of_this_session}}), 403);
    CHECK(code_in(browser.approve(path)).size() == 42);
}

TEST_CASE_METHOD(Consenting, "STILE-flow-22 nothing but a POST with exactly approval=1 approves")
{
    Browser browser(*this);
    const auto path = browser.reach_consent(demo_request());
    const auto token = csrf_of(browser.get(path));
    const std::string body = GENERATE("", "approval=", "approval=2", "approval=11", "approval=01", "approval=true",
                                      "approval=1&approval=1", "approval=0&approval=1", "Approval=1", "approval=1%00",
                                      "remember=1", "approval=1&remember=1&remember=1");
    CAPTURE(body);
    check_is_refused(browser.post(path, body + "&csrf_token=" + token));
    const auto in_query = browser.get(path + "&approval=1&csrf_token=" + token);
    CHECK(in_query.status == 200);
    CHECK(in_query.location().empty());
    CHECK(browser.request("HEAD", path + "&approval=1&csrf_token=" + token).status == 405);
    CHECK(browser.request("PUT", path + "&approval=1&csrf_token=" + token).header("allow") == "GET, POST");
    check_is_refused(browser.post(path + "&approval=1", Parameters{{"csrf_token", token}}));
    check_is_refused(browser.post(path, "approval=1&csrf_token=" + token, {"Content-Type: text/plain"}));
    CHECK(code_in(browser.approve(path)).size() == 42);
}

TEST_CASE_METHOD(Consenting,
                 "STILE-flow-23 approving twice gives the same code, and after its use says that it was answered")
{
    Browser browser(*this);
    const auto path = browser.reach_consent(demo_request());
    const auto token = csrf_of(browser.get(path));
    const auto answers = at_once(16, [&](int) {
        Browser tab(*this);
        tab.cookies = browser.cookies;
        return tab.post(path, Parameters{{"approval", "1"}, {"csrf_token", token}});
    });
    const auto code = code_in(answers[0]);
    CHECK(code.size() == 42);
    for (const auto& answer : answers)
        CHECK(answer.location() == answers[0].location());
    const auto tokens = redeem(client, code);
    CHECK(tokens.status == 200);
    const auto late = browser.post(path, Parameters{{"approval", "1"}, {"csrf_token", token}});
    CHECK(late.status == 409);
    CHECK(late.body.contains("already answered"));
    CHECK(browser.get(path).status == 409);
    CHECK(browser.post(path, Parameters{{"approval", "0"}, {"csrf_token", token}}).status == 409);
    CHECK(refresh(client, member(tokens, "refresh_token")).status == 200); // none of it was taken for a replay
}

TEST_CASE_METHOD(Consenting, "STILE-flow-24 a denial stands")
{
    Browser browser(*this);
    const auto path = browser.reach_consent(demo_request());
    const auto token = csrf_of(browser.get(path));
    const auto denied = browser.post(path, Parameters{{"approval", "0"}, {"csrf_token", token}});
    CHECK(value_of(query_of(denied.location()), "error") == "access_denied");
    CHECK(browser.post(path, Parameters{{"approval", "0"}, {"csrf_token", token}}).location() == denied.location());
    CHECK(browser.post(path, Parameters{{"approval", "1"}, {"csrf_token", token}}).status == 409);
    CHECK(browser.get(path).status == 409);
}

TEST_CASE_METHOD(Consenting, "STILE-flow-25 approve and deny at the same instant: one of them counts")
{
    Browser browser(*this);
    const auto path = browser.reach_consent(demo_request());
    const auto token = csrf_of(browser.get(path));
    const auto answers = at_once(16, [&](int i) {
        Browser tab(*this);
        tab.cookies = browser.cookies;
        return tab.post(path, Parameters{{"approval", i % 2 == 0 ? "1" : "0"}, {"csrf_token", token}});
    });
    bool approved = false;
    bool denied = false;
    for (const auto& answer : answers) {
        approved = approved || answer.location().contains("code=");
        denied = denied || answer.location().contains("error=");
        CHECK((answer.status == 303 || answer.status == 409));
    }
    CHECK(approved != denied);
}

TEST_CASE_METHOD(Consenting, "STILE-flow-26 a remembered consent is not asked for again, more than it is")
{
    const auto secret = add("remember");
    Browser browser(*this);
    const auto answer = browser.approve(browser.reach_consent(request_of("remember", "a b")), {{"remember", "1"}});
    CHECK(code_in(answer).size() == 42);
    for (const std::string scope : {"a b", "b", "b a"}) {
        const auto again = browser.authorize(request_of("remember", scope));
        CHECK(again.location().starts_with("https://remember.example/cb?state=s&code="));
        CHECK(value_of(query_of(again.location()), "scope") == scope);
        const auto tokens = token_request(client, {{"grant_type", "authorization_code"}, {"code", code_in(again)}},
                                          {basic("remember", secret)});
        CHECK(tokens.status == 200);
    }
    CHECK(browser.authorize(request_of("remember", "a c")).location().starts_with("/approve?"));
    // Another user of the same browser is asked.
    add_user("second", "second");
    Browser other(*this);
    CHECK(other.reach_consent(request_of("remember", "a b"), "second", "second").starts_with("/approve?"));
    // At the login it skips the question as well.
    Browser fresh(*this);
    const auto path = fresh.reach_consent(request_of("remember", "a b"));
    CHECK(code_in(fresh.get(path)).size() == 42);
}

TEST_CASE_METHOD(Consenting, "STILE-flow-27 consent is not remembered by default or by a denial")
{
    add("forgetful");
    Browser browser(*this);
    const auto path = browser.reach_consent(request_of("forgetful", "a"));
    CHECK(browser.get(path).body.contains("name=\"remember\""));
    CHECK_FALSE(browser.get(path).body.contains("checked"));
    browser.approve(path);
    const auto second = browser.reach_consent(request_of("forgetful", "a"));
    browser.post(second,
                 Parameters{{"approval", "0"}, {"remember", "1"}, {"csrf_token", csrf_of(browser.get(second))}});
    CHECK(browser.authorize(request_of("forgetful", "a")).location().starts_with("/approve?"));
}

TEST_CASE_METHOD(Consenting,
                 "STILE-flow-28 the consent to a public client or to a program on this device is never remembered")
{
    const std::string id = GENERATE("public-web", "on-device");
    if (id == "public-web")
        add(id, {.auth_method = AuthMethod::none});
    else
        add(id, {.redirect_uris = {"http://127.0.0.1/cb"}});
    auto request = request_of(id, "a");
    request.insert(request.end(), pkce.begin(), pkce.end());
    request.emplace_back("redirect_uri", id == "on-device" ? "http://127.0.0.1/cb" : "https://public-web.example/cb");
    Browser browser(*this);
    const auto path = browser.reach_consent(request);
    CHECK_FALSE(browser.get(path).body.contains("name=\"remember\""));
    CHECK(code_in(browser.approve(path, {{"remember", "1"}})).size() == 42);
    CHECK(browser.authorize(request).location().starts_with("/approve?"));
}

TEST_CASE_METHOD(Consenting, "STILE-flow-29 a client that is gone gets no answer any more")
{
    add("leaving");
    Browser browser(*this);
    const auto path = browser.reach_consent(request_of("leaving", "a"));
    const auto token = csrf_of(browser.get(path));
    CHECK(must(clients.remove("leaving")));
    check_is_refused(browser.get(path));
    check_is_refused(browser.post(path, Parameters{{"approval", "1"}, {"csrf_token", token}}));
}
