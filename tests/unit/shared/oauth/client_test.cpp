#include "shared/oauth/client.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

TEST_CASE("RFC7591-2-1 authentication methods are read and written by their registered names")
{
    const auto [method, text] = GENERATE(table<AuthMethod, std::string>({
        {AuthMethod::any_secret, "any_secret"},
        {AuthMethod::client_secret_basic, "client_secret_basic"},
        {AuthMethod::client_secret_post, "client_secret_post"},
        {AuthMethod::none, "none"},
    }));
    CHECK(to_string(method) == text);
    CHECK(parse_auth_method(text) == method);
}

TEST_CASE("STILE-client-1 an unknown authentication method is refused")
{
    const auto text =
        GENERATE(""s, "None"s, "none "s, "client_secret_jwt"s, "private_key_jwt"s, "client_secret"s, "none\0"s);
    CAPTURE(text);
    CHECK_FALSE(parse_auth_method(text).has_value());
}

TEST_CASE("STILE-client-2 a client is public if and only if it does not authenticate")
{
    Client client;
    CHECK_FALSE(client.is_public());
    client.auth_method = AuthMethod::client_secret_post;
    CHECK_FALSE(client.is_public());
    client.auth_method = AuthMethod::none;
    CHECK(client.is_public());
}

TEST_CASE("STILE-client-3 a client may use only the grant types that it registered, by exact name")
{
    Client client;
    CHECK_FALSE(client.may_use("authorization_code"));
    client.grant_types = {"authorization_code", "refresh_token"};
    CHECK(client.may_use("authorization_code"));
    CHECK(client.may_use("refresh_token"));
    CHECK_FALSE(client.may_use("refresh"));
    CHECK_FALSE(client.may_use("Refresh_Token"));
    CHECK_FALSE(client.may_use("authorization_code refresh_token"));
    CHECK_FALSE(client.may_use(""));
}

TEST_CASE("STILE-client-4 a client id is 1 to 128 characters that are safe in every place where it is used")
{
    const auto [name, text, valid] = GENERATE(table<std::string, std::string, bool>({
        {"letters, digits and all four marks", "My-App_2.0~x", true},
        {"one", "a", true},
        {"128", std::string(128, 'a'), true},
        {"129", std::string(129, 'a'), false},
        {"empty", "", false},
        {"space", "my app", false},
        {"colon", "a:b", false},
        {"slash", "a/b", false},
        {"percent", "a%20b", false},
        {"plus", "a+b", false},
        {"star", "a*", false},
        {"braces of a hash tag", "{a}", false},
        {"NUL", "a\0"s, false},
        {"line feed", "a\n", false},
        {"UTF-8", "\xc3\xa4", false},
    }));
    CAPTURE(name);
    CHECK(is_client_id(text) == valid);
}
