#include "shared/oauth/bearer.h"

#include "tests/support/catch.h"

using namespace stile;

TEST_CASE("RFC6750-2.1-1 the Authorization header has the token after the scheme Bearer, in any letter case")
{
    const auto [name, header, token] = GENERATE(table<std::string, std::string, std::string>({
        {"as the RFC writes it", "Bearer mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM"},
        {"lower case", "bearer abc", "abc"},
        {"upper case", "BEARER abc", "abc"},
        {"padding of b64token", "Bearer abc==", "abc=="},
        {"malformed, for others to refuse", "Bearer a b", "a b"},
        {"two spaces, likewise", "Bearer  abc", " abc"},
        {"empty", "Bearer ", ""},
        {"Bearer twice", "Bearer Bearer abc", "Bearer abc"},
    }));
    CAPTURE(name);
    const auto found = bearer_token(header);
    REQUIRE(found.has_value());
    CHECK(*found == token);
}

TEST_CASE("STILE-bearer-1 another scheme, or none, gives no bearer token")
{
    const std::string header =
        GENERATE("", " ", "Bearer", "Bearerabc", "Bearer\tabc", " Bearer abc", "Basic YTpi", "DPoP abc", "abc", "Bear");
    CAPTURE(header);
    CHECK_FALSE(bearer_token(header).has_value());
}

TEST_CASE("RFC6750-3-4 a challenge names the scheme, and error and scope if there are any")
{
    CHECK(bearer_challenge() == "Bearer realm=\"stile\"");
    CHECK(bearer_challenge("invalid_token") == "Bearer realm=\"stile\", error=\"invalid_token\"");
    CHECK(bearer_challenge("insufficient_scope", "read write")
          == "Bearer realm=\"stile\", error=\"insufficient_scope\", scope=\"read write\"");
    CHECK(bearer_challenge("", "read") == "Bearer realm=\"stile\", scope=\"read\"");
}
