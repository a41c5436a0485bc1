// What must not be written down: logs, and for most of it Redis too.
#include "tests/integration/support/flow.h"
#include "tests/integration/support/protected_api.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>
#include <set>

using namespace stile::test;

namespace fs = std::filesystem;

namespace {

// The regular files below a folder that hold `secret`, one line each.
std::string files_with(const std::string& secret, const std::string& folder)
{
    std::string found;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.is_regular_file() && read_file(entry.path()).contains(secret))
            found.append(entry.path().filename().string()).append("\n");
    return found;
}

// Everything that was said in secret, by a name for the test's message.
using Secrets = std::vector<std::pair<std::string, std::string>>;

void keep_cookies(const Browser& browser, Secrets& secrets)
{
    for (const auto& [name, value] : browser.cookies)
        secrets.emplace_back(name, value);
}

// The parked request has its state; the throttle has the names that were tried.
const std::set<std::string> is_in_redis = {"state", "password in the name field"};

// Goes right and goes wrong in every way that an operator's log may tell about.
Secrets walk(const Stack& stack)
{
    const std::string state = "state-that-must-not-be-logged";
    Secrets secrets = {{"state", state}};
    Browser browser(stack);
    HttpClient client(stack.base_url());
    const auto request = demo_request({{"state", state}});
    browser.log_in(browser.authorize(request).location(), "admin", "wrong-password-typed-here");
    browser.log_in(browser.authorize(request).location(), "password-in-the-name-field", "x");
    const auto consent = browser.reach_consent(request, "secretive", "the password of secretive");
    browser.post(consent, Parameters{{"csrf_token", "forged-token-value"}, {"approval", "1"}});
    const auto code = value_of(query_of(browser.approve(consent).location()), "code");
    const auto first = redeem(client, code);
    const auto second = refresh(client, member(first, "refresh_token"));
    for (const auto& answer : {first, second})
        for (const char* name : {"access_token", "refresh_token"})
            secrets.emplace_back(name, member(answer, name));
    introspect(client, member(second, "access_token"), {demo_basic});
    introspect(client, member(second, "access_token"), {basic("test_client", "wrong-client-secret-sent")});
    client.get("/oauth/introspect?token=" + member(second, "access_token"), {demo_basic});
    client.get("/stile/verify", {"Authorization: Bearer " + member(second, "access_token")});
    revoke(client, member(first, "access_token"), {demo_basic});
    client.post("/oauth/revoke", Parameters{{"token", member(second, "refresh_token")}, {"client_id", "nobody"}});
    redeem(client, code); // a replay
    refresh(client, member(second, "refresh_token"), {}, {basic("test_client", "wrong-client-secret-sent")});
    browser.authorize(demo_request({{"state", state}, {"redirect_uri", "https://evil.example/"}}));
    browser.authorize(demo_request({{"state", state}, {"scope", "nonsense"}}));
    client.get("/oauth/authorize?" + encode(demo_request({{"state", state + std::string(40'000, 'x')}})));
    client.get("/nowhere?state=" + state);
    client.post("/oauth/tokenize?state=" + state, std::string(100'000, 'x'));
    secrets.emplace_back("code", code);
    secrets.emplace_back("password", "the password of secretive");
    secrets.emplace_back("wrong password", "wrong-password-typed-here");
    secrets.emplace_back("password in the name field", "password-in-the-name-field");
    secrets.emplace_back("wrong client secret", "wrong-client-secret-sent");
    keep_cookies(browser, secrets);
    return secrets;
}

} // namespace

TEST_CASE(
    "STILE-flow-48 no code, token, password, secret, cookie or state is in any log; Redis contains none that works")
{
    Stack stack;
    stack.admin({"user", "add", "secretive"}, "the password of secretive\n");
    const auto secrets = walk(stack);
    // nginx tells about functions that die in the middle of a request.
    const auto lost = lost_request(stack, "stile-authorize", [&] {
        return HttpClient(stack.base_url())
            .get("/oauth/authorize?" + encode(demo_request({{"state", secrets[0].second}})));
    });
    CHECK(lost.status == 503);
    CHECK(secrets.size() >= 12);
    for (const auto& [name, value] : secrets) {
        CAPTURE(name);
        REQUIRE(value.size() >= 20);
        const auto folder = stack.dir() + (is_in_redis.contains(name) ? "/log" : "");
        auto found = files_with(value, folder);
        // What is not a name in Redis (the first 18 characters) is a secret by itself.
        if (value.size() == 42 || value.size() == 48)
            found += files_with(value.substr(18), folder);
        CAPTURE(found);
        CHECK(found.empty());
    }
    // The search does find, and the logs are there and do tell something.
    CHECK_FALSE(files_with(secrets[0].second, stack.dir()).empty());
    CHECK(read_file(stack.dir() + "/log/stile.log").contains("\"POST /oauth/tokenize\" 200"));
    CHECK(read_file(stack.dir() + "/log/functions.log").contains("login_failed"));
}

TEST_CASE("STILE-flow-68 a response of nginx itself does not put the query into the operator's server log")
{
    const auto without_functions = [](std::string text) {
        for (const std::string pass : {"fastcgi_pass stile_authorize;", "fastcgi_pass stile_login;"})
            text.replace(text.find(pass), pass.size(), "fastcgi_pass unix:/nowhere;");
        return text;
    };
    OwnNginx nginx(shared_stack(), "access_log @/log/outer.log combined;\nerror_log @/log/outer-error.log;\n",
                   without_functions);
    HttpClient client(nginx.base_url());
    CHECK(client.get("/oauth/authorize?client_id=x&state=SECRETSTATE").status == 503);
    CHECK(client.get("/login?request=SECRETREQUEST").status == 503);
    CHECK(client.post("/oauth/tokenize?refresh_token=SECRETTOKEN", std::string(100'000, 'a')).status == 400);
    CHECK(client.get("/elsewhere?is=logged").status == 404);
    std::string logs;
    for (const auto& file : std::filesystem::directory_iterator(nginx.dir() + "/log")) {
        std::ifstream text(file.path());
        logs.append(std::istreambuf_iterator<char>(text), {});
    }
    CHECK(logs.contains("is=logged"));
    INFO(logs);
    CHECK_FALSE(logs.contains("SECRET"));
}
