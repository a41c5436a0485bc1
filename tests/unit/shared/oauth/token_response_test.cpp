#include "shared/oauth/token_response.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

TokenResponse response()
{
    TokenResponse response;
    response.access_token = Secret("ACCESS"s);
    response.expires_in = 300;
    response.refresh_token = Secret("REFRESH"s);
    response.refresh_token_expires_in = 900;
    response.scope = "read write";
    return response;
}

} // namespace

TEST_CASE("RFC6749-5.1-16 the response has all members as strings and numbers, in a fixed order")
{
    CHECK(to_json(response())
          == R"({"expires_in":300,"refresh_token_expires_in":900,"access_token":"ACCESS","refresh_token":"REFRESH",)"
             R"("scope":"read write","token_type":"Bearer"})");
}

TEST_CASE("STILE-token-response-1 absent members are left out, never null or empty")
{
    auto without = response();
    SECTION("no refresh token: its lifetime goes with it")
    {
        without.refresh_token.reset();
        CHECK(to_json(without)
              == R"({"expires_in":300,"access_token":"ACCESS","scope":"read write","token_type":"Bearer"})");
    }
    SECTION("no scope")
    {
        without.scope.clear();
        CHECK(
            to_json(without)
            == R"({"expires_in":300,"refresh_token_expires_in":900,"access_token":"ACCESS","refresh_token":"REFRESH",)"
               R"("token_type":"Bearer"})");
    }
    SECTION("neither")
    {
        without.refresh_token.reset();
        without.scope.clear();
        CHECK(to_json(without) == R"({"expires_in":300,"access_token":"ACCESS","token_type":"Bearer"})");
    }
}

TEST_CASE("STILE-token-response-2 large lifetimes are written as integers")
{
    auto long_lived = response();
    long_lived.expires_in = 315'360'000;
    CHECK(to_json(long_lived).starts_with(R"({"expires_in":315360000,)"));
}
