#include "shared/base/strict_json.h"

#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

using namespace stile;
using namespace std::string_literals;

TEST_CASE("STILE-jose-1 a JSON object is parsed")
{
    const auto text = GENERATE(R"({})", R"({"a":1,"b":{"a":1},"c":[{"a":1},{"a":1}]})", R"({"ä":"€"})",
                               R"( {"a" : null} )", R"({"a":[[[[[[[]]]]]]]})");
    CAPTURE(text);
    CHECK(parse_strict_object(text) == nlohmann::json::parse(text));
}

TEST_CASE("STILE-jose-2 JSON that is not an object, or is ambiguous or too large, is refused")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"nothing", ""},
        {"array", "[]"},
        {"text", "\"{}\""},
        {"null", "null"},
        {"cut", R"({"a":1)"},
        {"text behind", "{} x"},
        {"two objects", "{}{}"},
        {"NUL behind", "{}\0"s},
        {"NUL and another member behind", "{\"a\":1}\0{\"a\":2}"s},
        {"byte order mark", "\xef\xbb\xbf{}"},
        {"trailing comma", R"({"a":1,})"},
        {"comment", R"({"a":1/**/})"},
        {"single quotes", "{'a':1}"},
        {"not UTF-8", "{\"a\":\"\xff\"}"},
        {"lone surrogate", R"({"a":"\ud800"})"},
        {"a member twice", R"({"a":1,"b":2,"a":1})"},
        {"a member twice, once escaped", R"({"a":1,"\u0061":2})"},
        {"a member twice inside", R"({"b":{"a":1,"a":2}})"},
        {"a member twice inside an array", R"({"b":[{"a":1,"a":2}]})"},
        {"too deep", R"({"a":[[[[[[[[[]]]]]]]]]})"},
        {"much too deep", R"({"a":)" + std::string(8000, '[') + std::string(8000, ']') + "}"},
        {"over 16 kB", "{}" + std::string(16 * 1024 - 1, ' ')},
    }));
    CAPTURE(name);
    CHECK_FALSE(parse_strict_object(text).has_value());
}

TEST_CASE("STILE-jose-3 16 kB of JSON are accepted")
{
    CHECK(parse_strict_object("{}" + std::string(16 * 1024 - 2, ' ')).has_value());
}
