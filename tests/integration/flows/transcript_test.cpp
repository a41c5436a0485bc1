// The reference transcript of the design, to the letter.
#include "tests/integration/support/flow.h"

#include "shared/base/clock.h"
#include "shared/store/connection.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

const Parameters as_in_transcript = demo_request();

std::string names_of(const Parameters& parameters)
{
    std::string names;
    for (const auto& [name, value] : parameters)
        names.append(names.empty() ? "" : " ").append(name);
    return names;
}

std::int64_t ttl_of(const std::string& family, const std::string& token)
{
    const SystemClock clock;
    Connection connection(shared_stack().redis(), clock);
    const auto key = family + ":{" + token.substr(0, 12) + "}" + token.substr(12, 6);
    const auto reply = connection.command({"TTL", key});
    return reply ? reply->integer : -3;
}

bool is_about(std::int64_t ttl, std::int64_t expected)
{
    return ttl <= expected && ttl > expected - 10;
}

} // namespace

TEST_CASE("STILE-flow-1 the reference transcript: approve, redeem, refresh")
{
    Browser browser(shared_stack());
    const auto location = browser.location_after_approval(as_in_transcript);
    const auto query = query_of(location);
    const auto code = value_of(query, "code");
    CHECK(location.starts_with("https://www.example.com/redirect?state=somestate&code=" + code + "&scope=email&iss="));
    CHECK(names_of(query) == "state code scope iss");
    CHECK(value_of(query, "iss") == shared_stack().issuer());
    CHECK(code.size() == 42);
    CHECK(is_about(ttl_of("code", code), 300));

    HttpClient client(shared_stack().base_url());
    const auto first = redeem(client, code);
    const auto second = refresh(client, member(first, "refresh_token"));
    const std::vector<std::string> six = {
        "expires_in", "refresh_token_expires_in", "access_token", "refresh_token", "scope", "token_type"};
    for (const auto& answer : {first, second}) {
        CHECK(answer.status == 200);
        CHECK(member_names(answer) == six);
        CHECK(answer.body.starts_with("{\"expires_in\":300,\"refresh_token_expires_in\":900,\"access_token\":\""));
        CHECK(member(answer, "access_token").size() == 42);
        CHECK(member(answer, "refresh_token").size() == 48);
        CHECK(answer.body.ends_with("\"scope\":\"email\",\"token_type\":\"Bearer\"}"));
        CHECK(is_about(ttl_of("access", member(answer, "access_token")), 300));
        CHECK(is_about(ttl_of("refresh", member(answer, "refresh_token")), 900));
    }
    CHECK(member(first, "access_token") != member(second, "access_token"));
    CHECK(member(first, "refresh_token") != member(second, "refresh_token"));
}

TEST_CASE("STILE-flow-2 the reference transcript: deny")
{
    Browser browser(shared_stack());
    const auto answer = browser.deny(browser.reach_consent(as_in_transcript));
    CHECK(answer.status == 303);
    CHECK(answer.location().starts_with("https://www.example.com/redirect?error=access_denied&state=somestate&"));
    CHECK(names_of(query_of(answer.location())) == "error state error_description iss");
    CHECK(value_of(query_of(answer.location()), "iss") == shared_stack().issuer());
}

TEST_CASE("STILE-flow-3 /oauth/token is an alias of /oauth/tokenize")
{
    Browser browser(shared_stack());
    const auto code = browser.obtain_code();
    HttpClient client(shared_stack().base_url());
    const auto answer =
        client.post("/oauth/token",
                    Parameters{{"grant_type", "authorization_code"}, {"code", code}, {"redirect_uri", demo_redirect}},
                    {demo_basic});
    CHECK(answer.status == 200);
}

TEST_CASE("STILE-flow-4 the first page says what runs here and links to the flow")
{
    HttpClient client(shared_stack().base_url());
    const auto page = client.get("/");
    CHECK(page.status == 200);
    CHECK(page.body.contains(shared_stack().issuer() + "/oauth/authorize?client_id=test_client&amp;"));
}
