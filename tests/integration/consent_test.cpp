// /approve: who may answer, what an answer does, and when nobody is asked.
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

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

// A client of its own a test, so that what is remembered for one is nobody else's.
std::string add(const std::string& id, const std::vector<std::string>& more = {}, const Stack& stack = shared_stack())
{
    std::vector<std::string> arguments = {"--id",    id,     "--redirect-uri", "https://" + id + ".example/cb",
                                          "--scope", "a b c"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return add_client(stack, arguments);
}

Parameters request_of(const std::string& id, const std::string& scope)
{
    return {{"client_id", id}, {"response_type", "code"}, {"scope", scope}, {"state", "s"}};
}

const Parameters pkce = {{"code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
                         {"code_challenge_method", "S256"}};

} // namespace

TEST_CASE("STILE-flow-21 an approval without the token of its form, session and request is refused")
{
    Browser browser(shared_stack());
    const auto first = browser.authorize(demo_request()).location();
    const auto login_token = csrf_of(browser.get(first));
    const auto path = browser.log_in(first).location();
    const auto other_requests = csrf_of(browser.get(browser.reach_consent(demo_request())));
    Browser other(shared_stack());
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

TEST_CASE("STILE-flow-22 nothing but a POST with exactly approval=1 approves")
{
    Browser browser(shared_stack());
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

TEST_CASE("STILE-flow-23 approving twice gives the same code, and after its use says that it was answered")
{
    Browser browser(shared_stack());
    const auto path = browser.reach_consent(demo_request());
    const auto token = csrf_of(browser.get(path));
    const auto answers = at_once(16, [&](int) {
        Browser tab(shared_stack());
        tab.cookies = browser.cookies;
        return tab.post(path, Parameters{{"approval", "1"}, {"csrf_token", token}});
    });
    const auto code = code_in(answers[0]);
    CHECK(code.size() == 42);
    for (const auto& answer : answers)
        CHECK(answer.location() == answers[0].location());
    HttpClient client(shared_stack().base_url());
    const auto tokens = redeem(client, code);
    CHECK(tokens.status == 200);
    const auto late = browser.post(path, Parameters{{"approval", "1"}, {"csrf_token", token}});
    CHECK(late.status == 409);
    CHECK(late.body.contains("already answered"));
    CHECK(browser.get(path).status == 409);
    CHECK(browser.post(path, Parameters{{"approval", "0"}, {"csrf_token", token}}).status == 409);
    CHECK(refresh(client, member(tokens, "refresh_token")).status == 200); // none of it was taken for a replay
}

TEST_CASE("STILE-flow-24 a denial stands")
{
    Browser browser(shared_stack());
    const auto path = browser.reach_consent(demo_request());
    const auto token = csrf_of(browser.get(path));
    const auto denied = browser.post(path, Parameters{{"approval", "0"}, {"csrf_token", token}});
    CHECK(value_of(query_of(denied.location()), "error") == "access_denied");
    CHECK(browser.post(path, Parameters{{"approval", "0"}, {"csrf_token", token}}).location() == denied.location());
    CHECK(browser.post(path, Parameters{{"approval", "1"}, {"csrf_token", token}}).status == 409);
    CHECK(browser.get(path).status == 409);
}

TEST_CASE("STILE-flow-25 approve and deny at the same instant: one of them counts")
{
    Browser browser(shared_stack());
    const auto path = browser.reach_consent(demo_request());
    const auto token = csrf_of(browser.get(path));
    const auto answers = at_once(16, [&](int i) {
        Browser tab(shared_stack());
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

TEST_CASE("STILE-flow-26 a remembered consent is not asked for again, more than it is")
{
    const auto secret = add("remember");
    Browser browser(shared_stack());
    const auto answer = browser.approve(browser.reach_consent(request_of("remember", "a b")), {{"remember", "1"}});
    CHECK(code_in(answer).size() == 42);
    for (const std::string scope : {"a b", "b", "b a"}) {
        const auto again = browser.authorize(request_of("remember", scope));
        CHECK(again.location().starts_with("https://remember.example/cb?state=s&code="));
        CHECK(value_of(query_of(again.location()), "scope") == scope);
        HttpClient client(shared_stack().base_url());
        const auto tokens = token_request(client, {{"grant_type", "authorization_code"}, {"code", code_in(again)}},
                                          {basic("remember", secret)});
        CHECK(tokens.status == 200);
    }
    CHECK(browser.authorize(request_of("remember", "a c")).location().starts_with("/approve?"));
    // Another user of the same browser is asked.
    shared_stack().admin({"user", "add", "second", "--password", "second"});
    Browser other(shared_stack());
    CHECK(other.reach_consent(request_of("remember", "a b"), "second", "second").starts_with("/approve?"));
    // At the login it skips the question as well.
    Browser fresh(shared_stack());
    const auto path = fresh.reach_consent(request_of("remember", "a b"));
    CHECK(code_in(fresh.get(path)).size() == 42);
}

TEST_CASE("STILE-flow-27 consent is not remembered by default or by a denial")
{
    add("forgetful");
    Browser browser(shared_stack());
    const auto path = browser.reach_consent(request_of("forgetful", "a"));
    CHECK(browser.get(path).body.contains("name=\"remember\""));
    CHECK_FALSE(browser.get(path).body.contains("checked"));
    browser.approve(path);
    const auto second = browser.reach_consent(request_of("forgetful", "a"));
    browser.post(second,
                 Parameters{{"approval", "0"}, {"remember", "1"}, {"csrf_token", csrf_of(browser.get(second))}});
    CHECK(browser.authorize(request_of("forgetful", "a")).location().starts_with("/approve?"));
}

TEST_CASE("STILE-flow-28 the consent to a public client or to a program on this device is never remembered")
{
    const auto [id, more] = GENERATE(table<std::string, std::vector<std::string>>({
        {"public-web", {"--public"}},
        {"on-device", {"--redirect-uri", "http://127.0.0.1/cb"}},
    }));
    add(id, more);
    auto request = request_of(id, "a");
    request.insert(request.end(), pkce.begin(), pkce.end());
    request.emplace_back("redirect_uri", id == "on-device" ? "http://127.0.0.1/cb" : "https://public-web.example/cb");
    Browser browser(shared_stack());
    const auto path = browser.reach_consent(request);
    CHECK_FALSE(browser.get(path).body.contains("name=\"remember\""));
    CHECK(code_in(browser.approve(path, {{"remember", "1"}})).size() == 42);
    CHECK(browser.authorize(request).location().starts_with("/approve?"));
}

TEST_CASE("STILE-flow-29 a client that is gone gets no answer any more")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_CLIENT_CACHE", "0"}});
    add("leaving", {}, stack);
    Browser browser(stack);
    const auto path = browser.reach_consent(request_of("leaving", "a"));
    const auto token = csrf_of(browser.get(path));
    CHECK(stack.admin({"client", "remove", "leaving"}).status == 0);
    check_is_refused(browser.get(path));
    check_is_refused(browser.post(path, Parameters{{"approval", "1"}, {"csrf_token", token}}));
}
