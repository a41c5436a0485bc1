// What every page and redirect carries, and what may stand on a page.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace stile;
using namespace stile::test;

namespace {

void check_headers(const Answer& answer)
{
    CHECK(answer.all("cache-control") == std::vector<std::string>{"no-store"});
    CHECK(answer.all("x-content-type-options") == std::vector<std::string>{"nosniff"});
    CHECK(answer.all("referrer-policy") == std::vector<std::string>{"no-referrer"});
    CHECK(answer.header("access-control-allow-origin").empty());
}

void check_page_headers(const Answer& answer)
{
    check_headers(answer);
    CHECK(answer.all("x-frame-options") == std::vector<std::string>{"DENY"});
    CHECK(answer.header("content-type").starts_with("text/html"));
    const auto policies = answer.all("content-security-policy");
    REQUIRE(policies.size() == 1);
    CHECK(policies[0].starts_with("default-src 'none';"));
    CHECK(policies[0].contains("frame-ancestors 'none'"));
    CHECK(policies[0].contains("base-uri 'none'"));
    CHECK_FALSE(policies[0].contains("unsafe"));
    CHECK_FALSE(policies[0].contains("script-src"));
    CHECK_FALSE(answer.body.contains("<script"));
    CHECK_FALSE(answer.body.contains("javascript:"));
}

// Name, and the attributes in alphabetical order.
std::string attributes_of(const std::string& cookie)
{
    std::vector<std::string> parts;
    for (auto at = cookie.find("; "); at != std::string::npos; at = cookie.find("; ", at + 1))
        parts.push_back(cookie.substr(at + 2, cookie.find(';', at + 1) - at - 2));
    std::ranges::sort(parts);
    std::string text;
    for (const auto& part : parts)
        text.append(text.empty() ? "" : " ").append(part);
    return text;
}

} // namespace

TEST_CASE_METHOD(Instance, "STILE-flow-30 every page of the flow carries the security headers")
{
    Browser browser(*this);
    const auto parked = browser.authorize(demo_request());
    const auto login = browser.get(parked.location());
    const auto wrong = browser.log_in(parked.location(), "stranger", "wrong");
    const auto logged_in = browser.log_in(parked.location());
    const auto consent = browser.get(logged_in.location());
    const auto approved = browser.approve(logged_in.location());
    const auto answered = browser.deny(browser.reach_consent(demo_request()));
    for (const auto& page : {login, wrong, consent, browser.get("/login"), browser.get("/oauth/authorize"),
                             browser.request("PUT", "/approve"), browser.post("/login", std::string(100'000, 'a')),
                             browser.get("/oauth/authorize?state=" + std::string(40'000, 'a'))})
        check_page_headers(page);
    for (const auto& redirect : {parked, logged_in, approved, answered}) {
        CHECK(redirect.status == 303);
        check_headers(redirect);
    }
    // The redirect behind the form must not be blocked: Chromium applies form-action to it.
    CHECK(consent.header("content-security-policy").contains("form-action 'self' https:"));
}

TEST_CASE_METHOD(Instance, "STILE-flow-31 what a client is called is text on every page, never markup")
{
    const std::string name = "<script>alert(1)</script>\"'&<b>{{X}}";
    add_client(
        {.id = "markup", .name = name, .redirect_uris = {"https://markup.example/cb"}, .scope = scope_of("a<b>")});
    Browser browser(*this);
    const Parameters request = {{"client_id", "markup"}, {"response_type", "code"}, {"scope", "a<b>"}};
    const auto parked = browser.authorize(request).location();
    const auto login = browser.get(parked);
    const auto typed = browser.log_in(parked, "\"><script>x</script>", "wrong-password");
    const auto consent = browser.get(browser.log_in(parked).location());
    browser.approve("/approve" + parked.substr(parked.find('?')));
    for (const auto& page : {login, typed, consent}) {
        CHECK(page.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;&lt;b&gt;"));
        CHECK_FALSE(page.body.contains("<script"));
        CHECK_FALSE(page.body.contains("<b>"));
    }
    CHECK(consent.body.contains("a&lt;b&gt;"));
    CHECK(typed.body.contains("value=\"&quot;&gt;&lt;script&gt;x&lt;/script&gt;\""));
}

TEST_CASE_METHOD(Instance, "STILE-flow-32 the consent page names client, user, destination, scopes and lifetime")
{
    Browser browser(*this);
    const auto page = browser.get(browser.reach_consent(demo_request({{"scope", "email profile"}})));
    for (const char* words : {"Example Application", "admin", "www.example.com", "email", "profile", "15 minutes"}) {
        CAPTURE(words);
        CHECK(page.body.contains(words));
    }
    CHECK(page.body.contains("<html lang=\"en\" dir=\"ltr\">"));
    CHECK(page.body.contains("name=\"viewport\""));
}

TEST_CASE_METHOD(Instance, "STILE-flow-33 cookies on loopback http: HttpOnly, SameSite=Lax, Path=/")
{
    Browser browser(*this);
    const auto parked = browser.authorize(demo_request());
    const auto logged_in = browser.log_in(parked.location());
    const auto request = parked.header("set-cookie");
    const auto session = logged_in.header("set-cookie");
    CHECK(request.starts_with("stile_request_"));
    CHECK(attributes_of(request) == "HttpOnly Max-Age=600 Path=/ SameSite=Lax");
    CHECK(session.starts_with("stile_session="));
    CHECK(attributes_of(session) == "HttpOnly Max-Age=28800 Path=/ SameSite=Lax");
}

TEST_CASE(
    "STILE-flow-34 cookies on https have Secure and the __Host- prefix, and cookies without the prefix are ignored")
{
    Instance instance(Instance::Variables{{"STILE_ISSUER", "https://login.example.org"}});
    Browser browser(instance);
    const auto parked = browser.authorize(demo_request());
    const auto logged_in = browser.log_in(parked.location());
    for (const auto& cookie : {parked.header("set-cookie"), logged_in.header("set-cookie")}) {
        CHECK(cookie.starts_with("__Host-stile_"));
        CHECK(attributes_of(cookie).starts_with("HttpOnly Max-Age="));
        CHECK(attributes_of(cookie).ends_with(" Path=/ SameSite=Lax Secure"));
    }
    const auto approved = browser.approve(logged_in.location());
    CHECK(value_of(query_of(approved.location()), "iss") == "https://login.example.org");

    Browser without_prefix(instance);
    for (const auto& [name, value] : browser.cookies)
        without_prefix.cookies[name.substr(std::string("__Host-").size())] = value;
    CHECK(without_prefix.get(parked.location()).status == 400);
}

TEST_CASE_METHOD(Instance, "STILE-flow-35 a browser with many requests under way forgets the oldest")
{
    Browser browser(*this);
    for (int i = 0; i < 40; ++i)
        CHECK(browser.authorize(demo_request()).status == 303);
    CHECK(browser.cookies.size() <= 17);
    CHECK(browser.obtain_code().size() == 42);
}
