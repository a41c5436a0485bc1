// nginx's auth_request with Stile: protect.conf in front of somebody's API (RFC 6750).
#include "tests/integration/support/flow.h"
#include "tests/integration/support/protected_api.h"
#include "tests/support/catch.h"

#include <ctime>

using namespace stile::test;

namespace {

ProtectedApi& api()
{
    static ProtectedApi shared(shared_stack());
    return shared;
}

HttpClient& stile_client()
{
    static HttpClient shared(shared_stack().base_url());
    return shared;
}

HttpClient& api_client()
{
    static HttpClient shared(api().base_url());
    return shared;
}

const Headers& machine()
{
    static const Headers headers = {
        basic("robot", add_client(shared_stack(), {"--id", "robot", "--grant-type", "client_credentials", "--scope",
                                                   "write read extra"}))};
    return headers;
}

std::string token_with(const std::string& scope)
{
    return member(own_token(stile_client(), machine(), scope), "access_token");
}

std::string bearer(const std::string& token)
{
    return "Authorization: Bearer " + token;
}

// A header of the request that reached the upstream, or ""; its name as nginx was told.
std::string forwarded(const Answer& echo, const std::string& name)
{
    const auto at = echo.body.find("\r\n" + name + ": ");
    if (at == std::string::npos)
        return {};
    const auto begin = at + name.size() + 4;
    return echo.body.substr(begin, echo.body.find("\r\n", begin) - begin);
}

void check_is_refused(const Answer& answer, long status, const std::string& challenge)
{
    CHECK(answer.status == status);
    CHECK(answer.all("www-authenticate") == std::vector<std::string>{challenge});
    CHECK_FALSE(answer.body.contains("GET /"));
}

constexpr const char* bare_challenge = "Bearer realm=\"stile\"";
constexpr const char* invalid_token = "Bearer realm=\"stile\", error=\"invalid_token\"";

} // namespace

TEST_CASE("STILE-verify-1 a request with a valid token reaches the upstream, with the identity of the user")
{
    Browser browser(shared_stack());
    shared_stack().admin({"user", "add", "victor", "--subject", "sub-of-victor", "--password", "v"});
    static const Headers reader = {
        basic("reader", add_client(shared_stack(),
                                   {"--id", "reader", "--redirect-uri", demo_redirect, "--scope", "read email"}))};
    const auto consent =
        browser.reach_consent(demo_request({{"client_id", "reader"}, {"scope", "read email"}}), "victor", "v");
    const auto code = value_of(query_of(browser.approve(consent).location()), "code");
    const auto token = member(redeem(stile_client(), code, {}, reader), "access_token");
    const auto answer = api_client().get("/api/things?x=1", {bearer(token)});
    CHECK(answer.status == 200);
    CHECK(answer.body.starts_with("GET /api/things?x=1 "));
    CHECK(forwarded(answer, "X-Stile-Subject") == "sub-of-victor");
    CHECK(forwarded(answer, "X-Stile-Client") == "reader");
    CHECK(forwarded(answer, "X-Stile-Scope") == "read email");
    const auto left = std::stoll(forwarded(answer, "X-Stile-Expires")) - std::time(nullptr);
    CHECK(left > 250);
    CHECK(left <= 301);
    CHECK(answer.header("www-authenticate").empty());
    // What is for the upstream is not told to the client.
    for (const char* name : {"x-stile-subject", "x-stile-client", "x-stile-scope", "x-stile-expires"})
        CHECK(answer.header(name).empty());
}

TEST_CASE("STILE-verify-3 headers of a client with Stile's names are overwritten, or removed if there is no value")
{
    static const Headers bare = {
        basic("bare-robot", add_client(shared_stack(), {"--id", "bare-robot", "--grant-type", "client_credentials"}))};
    const auto token = member(own_token(stile_client(), bare), "access_token");
    const auto answer = api_client().get("/any/x", {bearer(token), "X-Stile-Subject: root", "x-stile-client: root",
                                                    "X-Stile-Scope: admin", "X-STILE-EXPIRES: 9999999999",
                                                    "X_Stile_Subject: root", "X-Stile-Subject: root"});
    CHECK(answer.status == 200);
    CHECK(forwarded(answer, "X-Stile-Subject") == "bare-robot");
    CHECK(forwarded(answer, "X-Stile-Client") == "bare-robot");
    CHECK_FALSE(answer.body.contains("root"));
    CHECK_FALSE(answer.body.contains("admin"));
    CHECK_FALSE(answer.body.contains("9999999999"));
    CHECK(forwarded(answer, "X-Stile-Scope").empty());
}

TEST_CASE("RFC6750-3-1 a 403 has its challenge, with the missing scope")
{
    const auto [path, scope] =
        GENERATE(table<std::string, std::string>({{"/api/x", "read"}, {"/both/x", "read write"}}));
    check_is_refused(api_client().get(path, {bearer(token_with("extra"))}), 403,
                     "Bearer realm=\"stile\", error=\"insufficient_scope\", scope=\"" + scope + "\"");
}

TEST_CASE("STILE-verify-7 a token in the query or in the body is ignored")
{
    const auto token = token_with("read");
    check_is_refused(api_client().get("/api/x?access_token=" + token), 401, bare_challenge);
    check_is_refused(api_client().post("/api/x", Parameters{{"access_token", token}}), 401, bare_challenge);
}

TEST_CASE("STILE-verify-8 every method passes with its body of any size, and none without a token")
{
    const auto before = api().requests_let_through();
    const std::string body(200'000, 'b'); // more than Stile's own endpoints take
    const auto answer =
        api_client().post("/api/upload", body, {bearer(token_with("read")), "Content-Type: text/plain"});
    CHECK(answer.status == 200);
    CHECK(answer.body.starts_with("POST /api/upload "));
    CHECK(answer.body.ends_with("\r\n\r\n" + body));
    for (const char* method : {"HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
        CAPTURE(method);
        CHECK(api_client().request(method, "/api/x", {bearer(token_with("read"))}).status == 200);
        CHECK(api_client().request(method, "/api/x").status == 401);
    }
    CHECK(api().requests_let_through() == before + 6);
    CHECK(api_client().post("/api/upload", body, {"Content-Type: text/plain"}).status == 401);
    CHECK(api().requests_let_through() == before + 6);
}

TEST_CASE("STILE-verify-9 the internal verify location cannot be requested from outside")
{
    const std::string token = token_with("read");
    for (const auto* client : {&stile_client(), &api_client()}) {
        auto& asking = const_cast<HttpClient&>(*client);
        for (const char* path :
             {"/stile/verify", "/stile/verify?x", "/stile//verify", "/stile/./verify", "/stile/%76erify"}) {
            CAPTURE(path);
            const auto answer = asking.get(path, {bearer(token)});
            CHECK(answer.status == 404);
            CHECK(answer.header("x-stile-subject").empty());
        }
    }
}

TEST_CASE("STILE-verify-11 if the verify function dies during a request, the request does not pass")
{
    Stack stack;
    const ProtectedApi guarded_api(stack);
    HttpClient guarded(guarded_api.base_url());
    const auto lost =
        lost_request(stack, "stile-verify", [&] { return guarded.get("/any/x", {bearer(std::string(42, 'a'))}); });
    CHECK(lost.status >= 500);
    CHECK(guarded_api.requests_let_through() == 0);
}

TEST_CASE("STILE-verify-12 64 verified requests at once are all answered")
{
    const auto token = bearer(token_with("read"));
    const auto before = api().requests_let_through();
    const auto answers = at_once(64, [&](int i) {
        HttpClient own(api().base_url());
        const auto refused = own.get("/api/x", {bearer(std::string(42, 'a'))});
        auto answer = own.get("/api/" + std::to_string(i), {token});
        return refused.status == 401 && answer.body.starts_with("GET /api/" + std::to_string(i) + " ") ? answer
                                                                                                       : Answer{};
    });
    for (const auto& answer : answers) {
        CHECK(answer.status == 200);
        CHECK(forwarded(answer, "X-Stile-Client") == "robot");
    }
    CHECK(api().requests_let_through() == before + 64);
}
