// Several requests of one browser at once, and PKCE from beginning to end.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

const std::string verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"; // RFC 7636 appendix B
const Parameters pkce = {{"code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"},
                         {"code_challenge_method", "S256"}};

// The code in a Location that must belong to the request with this state.
std::string code_for(const std::string& state, const Answer& answer)
{
    const auto query = query_of(answer.location());
    CHECK(value_of(query, "state") == state);
    return value_of(query, "code");
}

struct Tabs : Instance {
    Caller client{*this};

    void check_both_redeem(const std::string& one, const std::string& other)
    {
        CHECK(one != other);
        const auto first = redeem(client, one);
        const auto second = redeem(client, other);
        CHECK(member(first, "scope") == "email");
        CHECK(member(second, "scope") == "profile");
    }
};

} // namespace

TEST_CASE_METHOD(Tabs, "STILE-flow-37 two tabs of one browser each finish their own request")
{
    Browser browser(*this);
    const auto one = browser.authorize(demo_request({{"state", "one"}})).location();
    const auto two = browser.authorize(demo_request({{"state", "two"}, {"scope", "profile"}})).location();
    const auto form_of_two = csrf_of(browser.get(two));
    const auto consent_of_one = browser.log_in(one).location();
    // The form of the second tab lies open since before the login.
    const auto consent_of_two =
        browser.post(two, Parameters{{"csrf_token", form_of_two}, {"username", "admin"}, {"password", "admin"}})
            .location();
    const auto code_of_two = code_for("two", browser.approve(consent_of_two));
    const auto code_of_one = code_for("one", browser.approve(consent_of_one));
    check_both_redeem(code_of_one, code_of_two);
}

TEST_CASE_METHOD(Tabs, "STILE-flow-38 two first requests of a browser without cookies do not disturb each other")
{
    Browser one(*this);
    Browser two(*this);
    const auto path_one = one.authorize(demo_request({{"state", "one"}})).location();
    const auto path_two = two.authorize(demo_request({{"state", "two"}, {"scope", "profile"}})).location();
    // Both answers arrive: the browser has the cookies of both.
    Browser browser(*this);
    browser.cookies = one.cookies;
    browser.cookies.insert(two.cookies.begin(), two.cookies.end());
    const auto code_of_one = code_for("one", browser.approve(browser.log_in(path_one).location()));
    const auto code_of_two = code_for("two", browser.approve(browser.get(path_two).location()));
    check_both_redeem(code_of_one, code_of_two);
}

TEST_CASE_METHOD(Tabs, "STILE-flow-39 back, reload and a form sent twice do not break or double anything")
{
    Browser browser(*this);
    const auto login = browser.authorize(demo_request()).location();
    const auto form = csrf_of(browser.get(login));
    const Parameters credentials = {{"csrf_token", form}, {"username", "admin"}, {"password", "admin"}};
    const auto consent = browser.post(login, credentials).location();
    CHECK(browser.get(consent).status == 200);
    CHECK(browser.post(login, credentials).location() == consent); // back, and the login form again
    CHECK(browser.get(consent).status == 200);
    const auto code = code_for("somestate", browser.approve(consent));
    CHECK(browser.get(consent).status == 409); // back to the question, reloaded
    CHECK(browser.get(login).location() == consent);
    CHECK(redeem(client, code).status == 200);
}

TEST_CASE_METHOD(Tabs, "RFC7636-4.6-5 a public client redeems with its verifier, and a wrong one burns nothing")
{
    add_client({.id = "native",
                .auth_method = AuthMethod::none,
                .redirect_uris = {"http://127.0.0.1/cb"},
                .scope = scope_of("a")});
    Parameters request = {
        {"client_id", "native"}, {"response_type", "code"}, {"redirect_uri", "http://127.0.0.1:51004/cb"}};
    request.insert(request.end(), pkce.begin(), pkce.end());
    Browser browser(*this);
    const auto location = browser.location_after_approval(request);
    CHECK(location.starts_with("http://127.0.0.1:51004/cb?code="));
    const auto code = value_of(query_of(location), "code");
    const Parameters as_native = {{"client_id", "native"}, {"redirect_uri", "http://127.0.0.1:51004/cb"}};
    auto with = as_native;
    CHECK(redeem(client, code, with, {}).status == 400);
    with.emplace_back("code_verifier", std::string(43, 'a'));
    const auto wrong = redeem(client, code, with, {});
    CHECK(member(wrong, "error") == "invalid_grant");
    with.back().second = verifier;
    const auto tokens = redeem(client, code, with, {});
    CHECK(tokens.status == 200);
    const auto next = refresh(client, member(tokens, "refresh_token"), {{"client_id", "native"}}, {});
    CHECK(next.status == 200);
    CHECK(refresh(client, member(next, "refresh_token"), {{"client_id", "test_client"}}, {}).status == 401);
}

TEST_CASE_METHOD(Tabs, "RFC9700-2.1.1-12 PKCE cannot be downgraded in either direction")
{
    Browser browser(*this);
    // A verifier for a code without challenge: somebody stripped the challenge from the request.
    const auto plain = browser.obtain_code();
    const auto stripped = redeem(client, plain, {{"code_verifier", verifier}});
    CHECK(member(stripped, "error") == "invalid_grant");
    CHECK(redeem(client, plain).status == 200);
    // A code with a challenge, and no verifier.
    const auto protected_code = browser.obtain_code(demo_request(pkce));
    CHECK(member(redeem(client, protected_code), "error") == "invalid_grant");
    CHECK(member(redeem(client, protected_code, {{"code_verifier", pkce[0].second}}), "error") == "invalid_grant");
    CHECK(redeem(client, protected_code, {{"code_verifier", verifier}}).status == 200);
}
