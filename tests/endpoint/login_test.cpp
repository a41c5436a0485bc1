// /login: the form, its token, the password, the throttle, the session.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace stile;
using namespace stile::test;

namespace {

std::string begin(Browser& browser)
{
    return browser.authorize(demo_request()).location();
}

void check_is_refused(const Answer& answer)
{
    CHECK(answer.status == 400);
    CHECK(answer.location().empty());
    CHECK(answer.header("set-cookie").empty());
    CHECK(csrf_of(answer).empty());
}

// A page without what the visitor typed and without its token.
std::string anonymous(const Answer& page, const std::string& user_name)
{
    std::string text = page.body;
    for (const auto& word : {csrf_of(page), user_name})
        for (auto at = text.find(word); at != std::string::npos; at = text.find(word))
            text.erase(at, word.size());
    return text;
}

Answer send(Browser& browser, const std::string& path, const std::string& token, const std::string& password = "admin")
{
    return browser.post(path, Parameters{{"csrf_token", token}, {"username", "admin"}, {"password", password}});
}

} // namespace

TEST_CASE_METHOD(Instance, "STILE-flow-10 a login without the token of its form is refused")
{
    Browser browser(*this);
    const auto path = begin(browser);
    Browser other(*this);
    const auto other_browsers = csrf_of(other.get(begin(other)));
    const auto other_requests = csrf_of(browser.get(begin(browser)));
    const auto own = csrf_of(browser.get(path));
    REQUIRE(own.size() > 40);
    check_is_refused(browser.post(path, Parameters{{"username", "admin"}, {"password", "admin"}}));
    for (const auto& token : {std::string(), std::string("x"), other_browsers, other_requests, own + "x"})
        check_is_refused(send(browser, path, token));
    // In the query it does not count.
    check_is_refused(
        browser.post(path + "&csrf_token=" + own, Parameters{{"username", "admin"}, {"password", "admin"}}));
    CHECK(send(browser, path, own).status == 303);
}

TEST_CASE_METHOD(Instance, "STILE-flow-11 another browser cannot take part in a request that it did not begin")
{
    Browser attacker(*this);
    const auto path = begin(attacker);
    Browser victim(*this);
    check_is_refused(victim.get(path));
    check_is_refused(send(victim, path, csrf_of(attacker.get(path))));
    // Logged in or not, and whatever request of its own it has under way.
    const auto own_path = victim.reach_consent(demo_request());
    check_is_refused(victim.get(path));
    const auto attackers_consent = "/approve?" + path.substr(path.find('?') + 1);
    check_is_refused(victim.get(attackers_consent));
    check_is_refused(
        victim.post(attackers_consent, Parameters{{"csrf_token", csrf_of(victim.get(own_path))}, {"approval", "1"}}));
}

TEST_CASE_METHOD(Instance, "STILE-flow-12 an unknown or malformed request is a page, with cookies and without")
{
    Browser browser(*this);
    const std::string path = GENERATE("/login", "/approve");
    const std::string query =
        GENERATE("", "?request=", "?request=aaaaaaaaaaaa", "?request=%00", "?request=a%0D%0Ab", "?request=%zz",
                 "?request=aaaaaaaaaaaa&request=aaaaaaaaaaaa", "?request=..%2F..%2Fetc", "?x=1");
    CAPTURE(path + query);
    check_is_refused(browser.get(path + query));
    check_is_refused(browser.post(path + query, Parameters{{"csrf_token", "x"}, {"approval", "1"}}));
    browser.cookies = {{"stile_session", std::string(42, 'a')}, {"stile_request_aaaaaaaaaaaa", std::string(24, 'a')}};
    check_is_refused(browser.get(path + query));
}

TEST_CASE_METHOD(Instance, "STILE-flow-13 a wrong password and an unknown user are the same 403 page")
{
    add_user("careless", "right password");
    Browser browser(*this);
    const auto path = begin(browser);
    const auto wrong = browser.log_in(path, "careless", "wrong");
    const auto unknown = browser.log_in(path, "nobody-here", "wrong");
    CHECK(wrong.status == 403);
    CHECK(unknown.status == 403);
    CHECK(wrong.header("set-cookie").empty());
    CHECK(anonymous(wrong, "careless") == anonymous(unknown, "nobody-here"));
    CHECK(wrong.body.contains("aria-describedby=\"error\""));
    CHECK(browser.log_in(path, " Careless ", "right password").status != 303); // names have no spaces
    CHECK(browser.log_in(path, "CareLess", "right password").status == 303); // and no case
}

TEST_CASE_METHOD(Instance, "STILE-flow-14 a password is compared whole: no prefix, no case, no NUL, no missing one")
{
    add_user("exact", "Correct Horse");
    Browser browser(*this);
    const auto path = begin(browser);
    const std::string password =
        GENERATE_COPY(std::string("correct horse"), "Correct", "Correct Horse ", "", std::string("Correct Horse\0", 14),
                      std::string("Correct Horse\0x", 15), std::string(100'000, 'a'), "\r\n");
    const auto answer = browser.log_in(path, "exact", password);
    CHECK((answer.status == 403 || answer.status == 400));
    CHECK(answer.location().empty());
    CHECK(answer.header("set-cookie").empty());
    CHECK(browser.log_in(path, "exact", "Correct Horse").status == 303);
}

TEST_CASE("STILE-flow-15 after the configured attempts an account is throttled, and works again later")
{
    Instance instance(Instance::Variables{{"STILE_LOGIN_TRIES_PER_USER", "3"}, {"STILE_LOGIN_WAIT", "1"}});
    instance.add_user("victim", "secret");
    Browser browser(instance);
    const auto path = browser.authorize(demo_request()).location();
    int checked = 0;
    Answer answer;
    while ((answer = browser.log_in(path, "VICTIM", "wrong")).status == 403 && checked < 10)
        ++checked;
    CHECK(checked == 4); // three are free, the fourth makes the next one wait
    CHECK(answer.status == 429);
    CHECK(answer.body.contains("Try again in"));
    CHECK(csrf_of(answer).size() > 40);
    CHECK(browser.log_in(path, "victim", "secret").status == 429);
    instance.pass(1);
    CHECK(browser.log_in(path, "victim", "secret").status == 303);
    // Others were not kept out.
    Browser other(instance);
    CHECK(other.log_in(other.authorize(demo_request()).location()).status == 303);
}

TEST_CASE("STILE-flow-67 an unknown user name is throttled like an existing one, in any letter case")
{
    Instance instance(Instance::Variables{{"STILE_LOGIN_TRIES_PER_USER", "3"}});
    instance.add_user("somebody", "secret");
    const std::string name = GENERATE("somebody", "nobody");
    Browser browser(instance);
    const auto path = browser.authorize(demo_request()).location();
    std::string upper = name;
    std::ranges::transform(upper, upper.begin(), [](char c) { return static_cast<char>(c - 'a' + 'A'); });
    for (int i = 0; i < 2; ++i) {
        CHECK(browser.log_in(path, name, "wrong").status == 403);
        CHECK(browser.log_in(path, upper, "wrong").status == 403);
    }
    const auto refused = browser.log_in(path, name, "wrong");
    CHECK(refused.status == 429);
    CHECK_FALSE(refused.header("retry-after").empty());
}

TEST_CASE("STILE-flow-16 simultaneous attempts cannot bypass the throttle")
{
    Instance instance(Instance::Variables{{"STILE_LOGIN_TRIES_PER_USER", "3"}, {"STILE_LOGIN_WAIT", "300"}});
    instance.add_user("victim", "secret");
    Browser browser(instance);
    const auto path = browser.authorize(demo_request()).location();
    const auto token = csrf_of(browser.get(path));
    const auto answers = at_once(32, [&](int i) {
        Browser one(instance);
        one.cookies = browser.cookies;
        return one.post(path,
                        Parameters{{"csrf_token", token}, {"username", "victim"}, {"password", std::to_string(i)}});
    });
    int checked = 0;
    for (const auto& answer : answers) {
        CHECK((answer.status == 403 || answer.status == 429));
        checked += answer.status == 403 ? 1 : 0;
    }
    CHECK(checked == 4); // three are free, the fourth makes the others wait
}

TEST_CASE_METHOD(Instance, "STILE-flow-17 the session id changes at each login, and the one before ends")
{
    Browser browser(*this);
    const std::string planted = std::string(12, 'a') + std::string(30, 'b');
    browser.cookies["stile_session"] = planted;
    const auto path = browser.reach_consent(demo_request());
    const auto first = browser.cookies["stile_session"];
    CHECK(first != planted);
    CHECK(first.size() == 42);
    const auto request = path.substr(path.find('?'));
    CHECK(browser.log_in("/login" + request + "&prompt=login").status == 303);
    const auto second = browser.cookies["stile_session"];
    CHECK(second.substr(0, 18) != first.substr(0, 18));

    // ASVS 5.0 V7.2.4: a new session token at each authentication, and the current one is terminated.
    browser.cookies["stile_session"] = first;
    CHECK(browser.get(path).location() == "/login" + request);
    browser.cookies["stile_session"] = second;
    CHECK(browser.get(path).status == 200);
}

TEST_CASE_METHOD(Instance, "STILE-flow-18 a session whose secret is wrong is none")
{
    Browser browser(*this);
    const auto path = browser.reach_consent(demo_request());
    auto& cookie = browser.cookies["stile_session"];
    const auto right = cookie;
    cookie.back() = cookie.back() == 'a' ? 'b' : 'a';
    CHECK(browser.get(path).location().starts_with("/login?"));
    cookie = right + "a";
    CHECK(browser.get(path).location().starts_with("/login?"));
    cookie = right;
    CHECK(browser.get(path).status == 200);
}

TEST_CASE_METHOD(Instance, "STILE-flow-19 who is logged in goes straight to consent, and to the form when asked for it")
{
    Browser browser(*this);
    browser.reach_consent(demo_request());
    const auto location = browser.authorize(demo_request()).location();
    CHECK(location.starts_with("/approve?request="));
    const auto request = location.substr(location.find('?'));
    CHECK(browser.get("/login" + request).location() == location);
    const auto form = browser.get("/login" + request + "&prompt=login");
    CHECK(form.status == 200);
    CHECK_FALSE(csrf_of(form).empty());
    // The consent page offers it.
    CHECK(browser.get(location).body.contains("/login" + request + "&amp;prompt=login"));
}

TEST_CASE_METHOD(Instance, "STILE-flow-20 a user who opens /approve without a login is asked to log in")
{
    Browser browser(*this);
    const auto path = begin(browser);
    const auto consent = "/approve" + path.substr(path.find('?'));
    CHECK(browser.get(consent).location() == path);
    CHECK(browser.post(consent, Parameters{{"approval", "1"}, {"csrf_token", csrf_of(browser.get(path))}}).location()
          == path);
}
