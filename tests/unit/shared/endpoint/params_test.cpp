#include "shared/endpoint/params.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

struct Bound {
    std::optional<std::string> id;
    std::optional<std::string> note;
};

constexpr std::array table_of_two = {
    Parameter<Bound>{{"id", Presence::required, 5, any_visible}, &Bound::id},
    Parameter<Bound>{{"note", Presence::optional, 10, any_vschar}, &Bound::note},
};

Result<Bound> bind(const std::string& query)
{
    return bind_parameters(parse_form(query).value(), table_of_two);
}

Request post(const std::string& content_type, const std::string& body)
{
    Request request;
    request.method = "POST";
    request.content_type = content_type;
    request.body = body;
    return request;
}

} // namespace

TEST_CASE("STILE-params-1 each parameter is stored in its member")
{
    const auto bound = bind("note=two+words&id=abcde");
    REQUIRE(bound.has_value());
    CHECK(bound->id == "abcde");
    CHECK(bound->note == "two words");
    const auto without = bind("id=a");
    REQUIRE(without.has_value());
    CHECK(without->note == std::nullopt);
}

TEST_CASE("RFC6749-3.1-9 a parameter without a value counts as absent")
{
    const auto query = GENERATE("id=a&note=", "id=a&note", "note&id=a");
    CAPTURE(query);
    const auto bound = bind(query);
    REQUIRE(bound.has_value());
    CHECK(bound->note == std::nullopt);
    const auto required = bind("id=");
    REQUIRE_FALSE(required.has_value());
    CHECK(required.error().description == "id is missing");
}

TEST_CASE("RFC6749-3.1-10 unknown parameters are ignored, even when repeated")
{
    const auto query = GENERATE("id=a&x=1", "x=1&x=2&id=a", "id=a&ID=b&Id=c", "id=a&=1&=2", "id=a&id%00=b",
                                "id=a&id%20=b", "id=a&x=%FF%0A");
    CAPTURE(query);
    const auto bound = bind(query);
    REQUIRE(bound.has_value());
    CHECK(bound->id == "a");
}

TEST_CASE("RFC6749-3.1-11 a parameter that is sent twice is invalid_request")
{
    const auto [name, query, twice] = GENERATE(table<std::string, std::string, std::string>({
        {"different values", "id=a&id=b", "id"},
        {"the same value", "id=a&id=a", "id"},
        {"one of them empty", "id=a&id=", "id"},
        {"both empty", "id=a&note=&note=", "note"},
        {"apart", "note=1&id=a&note=1", "note"},
        {"name encoded once", "id=a&%69d=b", "id"},
        {"three times", "id=a&id=a&id=a", "id"},
    }));
    CAPTURE(name);
    const auto bound = bind(query);
    REQUIRE_FALSE(bound.has_value());
    CHECK(bound.error().code == ErrorCode::invalid_request);
    CHECK(bound.error().description == twice + " appears more than once");
}

TEST_CASE("STILE-params-2 a missing, too long or malformed parameter is invalid_request with its name")
{
    const auto [name, query, description] = GENERATE(table<std::string, std::string, std::string>({
        {"nothing sent", "", "id is missing"},
        {"other things sent", "note=1", "id is missing"},
        {"too long", "id=abcdef", "id is longer than 5 bytes"},
        {"too long once decoded", "id=%61%62%63%64%65%66", "id is longer than 5 bytes"},
        {"too long and malformed", "id=a%00bcdef", "id is longer than 5 bytes"},
        {"space where none may be", "id=a+b", "id has a character that is not allowed there"},
        {"NUL", "id=a%00", "id has a character that is not allowed there"},
        {"NUL first", "id=%00", "id has a character that is not allowed there"},
        {"line feed", "id=a&note=b%0A", "note has a character that is not allowed there"},
        {"UTF-8 where ASCII must be", "id=%C3%A4", "id has a character that is not allowed there"},
    }));
    CAPTURE(name);
    const auto bound = bind(query);
    REQUIRE_FALSE(bound.has_value());
    CHECK(bound.error().code == ErrorCode::invalid_request);
    CHECK(bound.error().description == description);
    CHECK(bind("id=%61%62%63%64%65").has_value()); // five bytes once decoded
}

TEST_CASE("RFC6749-A-2 the character rules allow exactly the bytes that the appendix names")
{
    for (int code = 0; code < 256; ++code) {
        const char c = static_cast<char>(code);
        CAPTURE(code);
        CHECK(any_vschar(c) == (code >= 0x20 && code <= 0x7e));
        CHECK(any_visible(c) == (code >= 0x21 && code <= 0x7e));
        CHECK(any_text(c) == (code >= 0x20 && code != 0x7f));
    }
}

TEST_CASE("STILE-params-3 a body is read only with its content type")
{
    const auto [name, content_type, read] = GENERATE(table<std::string, std::string, bool>({
        {"exact", "application/x-www-form-urlencoded", true},
        {"with charset", "application/x-www-form-urlencoded; charset=UTF-8", true},
        {"charset without space", "application/x-www-form-urlencoded;charset=utf-8", true},
        {"space before the semicolon", "application/x-www-form-urlencoded ; charset=utf-8", true},
        {"capitals", "Application/X-WWW-Form-URLEncoded", true},
        {"absent", "", false},
        {"JSON", "application/json", false},
        {"multipart", "multipart/form-data; boundary=x", false},
        {"text", "text/plain", false},
        {"longer name", "application/x-www-form-urlencoded2", false},
        {"behind another", "text/plain; application/x-www-form-urlencoded", false},
        {"list", "application/x-www-form-urlencoded, text/plain", false},
    }));
    CAPTURE(name);
    const auto form = body_parameters(post(content_type, "a=1"));
    CHECK(form.has_value() == read);
    if (read)
        CHECK(*form == Form{{"a", "1"}});
    else
        CHECK(form.error().code == ErrorCode::invalid_request);
}

TEST_CASE("STILE-params-4 query and body are never merged")
{
    auto request = post("application/x-www-form-urlencoded", "b=2");
    request.query = "a=1";
    CHECK(body_parameters(request).value() == Form{{"b", "2"}});
    CHECK(query_parameters(request).value() == Form{{"a", "1"}});
}

TEST_CASE("STILE-params-5 a malformed or too large request is invalid_request")
{
    const std::string type = "application/x-www-form-urlencoded";
    std::string many;
    for (int i = 0; i < 65; ++i)
        many += "a=1&";
    auto too_large = post(type, "");
    too_large.body_is_too_large = true;
    const auto [name, request, description] = GENERATE_COPY(table<std::string, Request, std::string>({
        {"malformed escape", post(type, "a=%"), "the request has a malformed percent escape"},
        {"too many", post(type, many), "the request has too many parameters"},
        {"too large", too_large, "the request body is larger than 64 kB"},
    }));
    CAPTURE(name);
    const auto form = body_parameters(request);
    REQUIRE_FALSE(form.has_value());
    CHECK(form.error().code == ErrorCode::invalid_request);
    CHECK(form.error().description == description);
}

TEST_CASE("STILE-params-6 queries are parsed like bodies")
{
    Request request;
    CHECK(query_parameters(request).value().empty());
    request.query = "a=%zz";
    CHECK(query_parameters(request).error().description == "the request has a malformed percent escape");
}
