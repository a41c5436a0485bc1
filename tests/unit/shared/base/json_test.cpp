#include "shared/base/json.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

TEST_CASE("STILE-json-1 members are written in the given order, without nesting or white space")
{
    CHECK(json_object({}) == "{}");
    CHECK(json_object({{"z", "text"}, {"a", std::int64_t{-5}}, {"m", true}, {"b", false}})
          == R"({"z":"text","a":-5,"m":true,"b":false})");
    CHECK(json_object({{"n", std::int64_t{9'007'199'254'740'993}}}) == R"({"n":9007199254740993})");
    CHECK(json_object({{"empty", ""}}) == R"({"empty":""})");
}

TEST_CASE("STILE-json-2 a value cannot end its string")
{
    const auto [name, value, json] = GENERATE(table<std::string, std::string, std::string>({
        {"quote and backslash", R"(a"b\c)", R"({"v":"a\"b\\c"})"},
        {"line ends and tab", "a\r\n\tb", R"({"v":"a\r\n\tb"})"},
        {"NUL and control characters", "a\0b\x1f"s, R"({"v":"a\u0000b\u001f"})"},
        {"UTF-8 passes", "\xc3\xa4\xf0\x9f\x98\x80", "{\"v\":\"\xc3\xa4\xf0\x9f\x98\x80\"}"},
        {"a byte that is not UTF-8", "a\xff!", "{\"v\":\"a\xef\xbf\xbd!\"}"},
        {"a cut sequence at the end", "a\xc3", "{\"v\":\"a\xef\xbf\xbd\"}"},
        {"an object", R"({"x":1})", R"({"v":"{\"x\":1}"})"},
    }));
    CAPTURE(name);
    CHECK(json_object({{"v", std::string_view(value)}}) == json);
}

TEST_CASE("STILE-json-3 names are escaped like values")
{
    CHECK(json_object({{"a\"b", "1"}}) == R"({"a\"b":"1"})");
}
