// The reference transcript of the design, to the letter.
#include "tests/endpoint/browser.h"
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

bool is_about(std::int64_t ttl, std::int64_t expected)
{
    return ttl <= expected && ttl > expected - 10;
}

struct Transcript : Instance {
    Caller client{*this};

    std::int64_t ttl_of(const std::string& family, const std::string& token)
    {
        return redis({"TTL", family + ":{" + token.substr(0, 12) + "}" + token.substr(12, 6)}).integer;
    }
};

} // namespace

TEST_CASE_METHOD(Transcript, "STILE-flow-1 the reference transcript: approve, redeem, refresh")
{
    Browser browser(*this);
    const auto location = browser.location_after_approval(as_in_transcript);
    const auto query = query_of(location);
    const auto code = value_of(query, "code");
    CHECK(location.starts_with("https://www.example.com/redirect?state=somestate&code=" + code + "&scope=email&iss="));
    CHECK(names_of(query) == "state code scope iss");
    CHECK(value_of(query, "iss") == issuer());
    CHECK(code.size() == 42);
    CHECK(is_about(ttl_of("code", code), 300));

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

TEST_CASE_METHOD(Transcript, "STILE-flow-2 the reference transcript: deny")
{
    Browser browser(*this);
    const auto answer = browser.deny(browser.reach_consent(as_in_transcript));
    CHECK(answer.status == 303);
    CHECK(answer.location().starts_with("https://www.example.com/redirect?error=access_denied&state=somestate&"));
    CHECK(names_of(query_of(answer.location())) == "error state error_description iss");
    CHECK(value_of(query_of(answer.location()), "iss") == issuer());
}

TEST_CASE_METHOD(Transcript, "STILE-flow-3 /oauth/token is an alias of /oauth/tokenize")
{
    Browser browser(*this);
    const auto code = browser.obtain_code();
    const auto answer =
        client.post("/oauth/token",
                    Parameters{{"grant_type", "authorization_code"}, {"code", code}, {"redirect_uri", demo_redirect}},
                    {demo_basic});
    CHECK(answer.status == 200);
}
