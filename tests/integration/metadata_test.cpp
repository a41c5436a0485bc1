// GET /.well-known/oauth-authorization-server (RFC 8414): everything that it says is true.
#include "tests/integration/support/flow.h"
#include "tests/integration/support/protected_api.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace stile::test;

namespace {

using Json = nlohmann::ordered_json;
using Names = std::vector<std::string>;

constexpr const char* path = "/.well-known/oauth-authorization-server";

HttpClient& client()
{
    static HttpClient shared(shared_stack().base_url());
    return shared;
}

Json document_of(const Answer& answer)
{
    REQUIRE(answer.status == 200);
    return Json::parse(answer.body);
}

// A client of any kind that the metadata speaks of.
constexpr const char* everything_secret = "a-secret-of-43-characters-or-so-for-the-tests";

// PKCE of RFC 7636 appendix B.
constexpr const char* challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
constexpr const char* verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

bool has_null_or_empty(const Json& value)
{
    return value.is_null() || (value.is_structured() && value.empty())
           || (value.is_string() && value.get<std::string>().empty())
           || (value.is_structured() && std::ranges::any_of(value, has_null_or_empty));
}

} // namespace

TEST_CASE("RFC8414-3.3-1 the issuer is that of the configuration, with its path, which all endpoints begin with")
{
    const auto [issuer, below] = GENERATE(table<std::string, std::string>({
        {"https://login.example.org", ""},
        {"https://example.org/tenant/a", "/tenant/a"},
        {"http://localhost/x", "/x"},
    }));
    Stack stack(std::vector<Stack::Setting>{{"STILE_ISSUER", issuer}});
    HttpClient own(stack.base_url());
    const auto metadata = document_of(own.get(path + below)); // RFC 8414 §3.1
    CHECK(metadata["issuer"] == issuer);
    for (const auto& [name, value] : metadata.items())
        if (name.ends_with("_endpoint")) {
            CAPTURE(name);
            const auto url = value.get<std::string>();
            CHECK(url.starts_with(issuer + "/oauth/"));
            CHECK(own.get(url.substr(issuer.size() - below.size())).status != 404);
        }
    const std::string request = below
                                + "/oauth/authorize?client_id=test_client&response_type=code"
                                  "&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect&scope=";
    CHECK(value_of(query_of(own.get(request + "nonsense").location()), "iss") == issuer);
    const auto login = own.get(request + "email").location();
    CHECK(login.starts_with(below + "/login?request="));
    CHECK(own.get(login).status == 200);
}

TEST_CASE("STILE-metadata-6 nginx caches the document: it is served while the function and Redis are unavailable")
{
    Stack stack;
    HttpClient own(stack.base_url());
    const auto first = own.get(path);
    REQUIRE(first.status == 200);
    const Frozen supervisor(stack.pid()); // nothing is started again
    const Frozen function(stack.process("stile-metadata"));
    stack.kill_redis();
    for (const char* address : {path, "/.well-known/oauth-authorization-server?x=1"}) {
        HttpClient another(stack.base_url());
        const auto again = another.get(address, {"Cookie: a=b", "Cache-Control: no-cache"});
        CHECK(again.status == 200);
        CHECK(again.body == first.body);
        CHECK(again.header("cache-control") == "public, max-age=60");
        CHECK(again.header("access-control-allow-origin") == "*");
    }
    const auto answers = at_once(64, [&](int) { return HttpClient(stack.base_url()).get(path); });
    CHECK(std::ranges::count(answers, 200, &Answer::status) == 64);
}

TEST_CASE("STILE-metadata-7 it needs no Redis, and 64 simultaneous first requests are all answered")
{
    Stack stack;
    const Frozen supervisor(stack.pid());
    stack.kill_redis();
    const auto answers = at_once(64, [&](int) { return HttpClient(stack.base_url()).get(path); });
    CHECK(std::ranges::count(answers, 200, &Answer::status) == 64);
    CHECK(std::ranges::all_of(answers, [&](const auto& answer) { return answer.body == answers[0].body; }));
}

TEST_CASE("STILE-metadata-8 other well-known paths are 404")
{
    for (const char* other : {"/.well-known/oauth-authorization-server/", "/.well-known/openid-configuration/",
                              "/.well-known/", "/.well-known"})
        CHECK(client().get(other).status == 404);
}
