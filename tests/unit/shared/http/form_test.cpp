#include "shared/http/form.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

std::string pairs(std::size_t count)
{
    std::string text;
    for (std::size_t i = 0; i < count; ++i)
        text += "&a=" + std::to_string(i);
    return text;
}

} // namespace

TEST_CASE("STILE-form-1 a form gives its pairs in the order sent")
{
    const auto [name, text, form] = GENERATE(table<std::string, std::string, Form>({
        {"nothing", "", {}},
        {"one", "a=1", {{"a", "1"}}},
        {"repeated names are kept", "a=1&b=2&a=3", {{"a", "1"}, {"b", "2"}, {"a", "3"}}},
        {"empty pairs are no pairs", "&&a=1&&&b=2&", {{"a", "1"}, {"b", "2"}}},
        {"name without '='", "a&b=", {{"a", ""}, {"b", ""}}},
        {"value without name", "=1&=", {{"", "1"}, {"", ""}}},
        {"further '=' belong to the value", "a=b=c==", {{"a", "b=c=="}}},
        {"plus is a space, in names too", "a+b=c+d", {{"a b", "c d"}}},
        {"encoded plus is a plus", "a=1%2b1%2B1", {{"a", "1+1+1"}}},
        {"encoded separators do not separate", "a=1%26b%3D2", {{"a", "1&b=2"}}},
        {"raw space and bar", "a=b c|d", {{"a", "b c|d"}}},
        {"semicolon does not separate", "a=1;b=2", {{"a", "1;b=2"}}},
        {"hex digits of either case", "%41=%c3%A4", {{"A", "\xc3\xa4"}}},
        {"raw bytes that are not ASCII", "a=\xc3\xa4\xff", {{"a", "\xc3\xa4\xff"}}},
        {"decoded once", "a=%2541", {{"a", "%41"}}},
        {"CR and LF are bytes", "a=%0d%0A", {{"a", "\r\n"}}},
        {"question mark and hash are bytes", "?a=1#b", {{"?a", "1#b"}}},
    }));
    CAPTURE(name, text);
    const auto parsed = parse_form(text);
    REQUIRE(parsed.has_value());
    CHECK(*parsed == form);
}

TEST_CASE("STILE-form-2 an encoded NUL is one byte and does not end the value")
{
    const auto form = parse_form("client_id=abc%00def&x%00y=");
    REQUIRE(form.has_value());
    REQUIRE(form->size() == 2);
    CHECK(form->at(0).second == "abc\0def"s);
    CHECK(form->at(0).second.size() == 7);
    CHECK(form->at(1).first == "x\0y"s);
    const auto raw = parse_form("a=b\0c"s);
    REQUIRE(raw.has_value());
    CHECK(raw->at(0).second == "b\0c"s);
}

TEST_CASE("RFC3986-2.1-1 a malformed percent escape is an error")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"percent at the end", "a=%"},
        {"one digit at the end", "a=%4"},
        {"one digit before a separator", "a=%4&b=1"},
        {"no hex digits", "a=%zz"},
        {"second is no hex digit", "a=%4g"},
        {"in a name", "%x=1"},
        {"in a later pair", "a=1&b=%"},
        {"sign", "a=%+1"},
        {"space", "a=% 1"},
        {"unicode escape of JavaScript", "a=%u0041"},
        {"double percent", "a=%%41"},
    }));
    CAPTURE(name, text);
    const auto parsed = parse_form(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error() == FormError::malformed_escape);
    CHECK_FALSE(decode_form_value("%").has_value());
}

TEST_CASE("STILE-form-3 more than 64 parameters are an error; empty pairs are not counted")
{
    const auto most = parse_form(pairs(max_parameters) + std::string(1000, '&'));
    REQUIRE(most.has_value());
    CHECK(most->size() == 64);
    const auto more = parse_form(pairs(max_parameters + 1));
    REQUIRE_FALSE(more.has_value());
    CHECK(more.error() == FormError::too_many_parameters);
}

TEST_CASE("RFC3986-2.3-1 encoding keeps the unreserved characters and encodes every other byte")
{
    const std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    for (int code = 0; code < 256; ++code) {
        const std::string byte(1, static_cast<char>(code));
        const std::string encoded = encode_form_value(byte);
        CAPTURE(code);
        CHECK(encoded.size() == (unreserved.contains(byte) ? 1 : 3));
        CHECK((encoded == byte) == unreserved.contains(byte));
        CHECK(decode_form_value(encoded).value() == byte);
    }
    CHECK(encode_form_value("a b+c/\xc3\xa4\0"s) == "a%20b%2Bc%2F%C3%A4%00");
    CHECK(encode_form_value("").empty());
}
