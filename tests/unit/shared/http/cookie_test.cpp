#include "shared/http/cookie.h"

#include "tests/support/catch.h"

using namespace stile;

namespace {

using Cookies = std::vector<std::pair<std::string_view, std::string_view>>;

} // namespace

TEST_CASE("STILE-cookie-1 the Cookie header is read as name-value pairs")
{
    const auto [name, header, cookies] = GENERATE(table<std::string, std::string, Cookies>({
        {"nothing", "", {}},
        {"one", "a=1", {{"a", "1"}}},
        {"two", "a=1; b=2", {{"a", "1"}, {"b", "2"}}},
        {"no space and many spaces", "a=1;b=2;    c=3", {{"a", "1"}, {"b", "2"}, {"c", "3"}}},
        {"the same name twice keeps both in order", "a=old; a=new", {{"a", "old"}, {"a", "new"}}},
        {"'=' in the value", "a=b=c==", {{"a", "b=c=="}}},
        {"pieces without '=' are dropped", "junk; a=1; ; ;", {{"a", "1"}}},
        {"empty value and empty name", "a=; =b", {{"a", ""}, {"", "b"}}},
        {"nothing is decoded or unquoted", "a=%41; b=\"x\"; c=1+1", {{"a", "%41"}, {"b", "\"x\""}, {"c", "1+1"}}},
        {"a comma does not separate", "a=1,b=2", {{"a", "1,b=2"}}},
        {"case of names matters", "A=1; a=2", {{"A", "1"}, {"a", "2"}}},
    }));
    CAPTURE(name, header);
    CHECK(parse_cookies(header) == cookies);
}

TEST_CASE("RFC6265bis-4.1.3.2-1 a cookie on https has the prefix and all attributes that the prefix requires")
{
    CHECK(cookie_name("stile", CookieScope::https) == "__Host-stile");
    CHECK(set_cookie("stile", "v4lue", 600, CookieScope::https)
          == "__Host-stile=v4lue; Path=/; Max-Age=600; HttpOnly; SameSite=Lax; Secure");
}

TEST_CASE("STILE-cookie-2 on loopback http the cookie has no prefix and no Secure attribute")
{
    CHECK(cookie_name("stile", CookieScope::loopback_http) == "stile");
    CHECK(set_cookie("stile", "v4lue", 600, CookieScope::loopback_http)
          == "stile=v4lue; Path=/; Max-Age=600; HttpOnly; SameSite=Lax");
}

TEST_CASE("STILE-cookie-3 a lifetime of 0 deletes the cookie with the same name and path")
{
    CHECK(set_cookie("stile", "", 0, CookieScope::https)
          == "__Host-stile=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax; Secure");
}
