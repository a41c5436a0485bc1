// What is in the records: parameters as a request, a response as CGI text and as records.
#include "shared/fastcgi/records.h"

#include "shared/fastcgi/request.h"
#include "tests/support/catch.h"
#include "tests/support/fastcgi_bytes.h"

using namespace stile;
using namespace stile::test;
using namespace std::string_literals;

namespace {

std::optional<Request> with_params(const std::string& params, const std::string& body = "")
{
    return to_request({.id = 1, .params = params, .body = body});
}

std::string query_of(const std::string& params)
{
    const auto request = with_params(params);
    REQUIRE(request.has_value());
    return request->query;
}

} // namespace

TEST_CASE("STILE-records-28 a name and a value are preceded by their lengths, in one byte or four")
{
    const auto of = [](const std::string& lengths, std::size_t size) {
        return lengths + "QUERY_STRING" + std::string(size, 'q');
    };
    const auto [name, params, size] = GENERATE_COPY(table<std::string, std::string, std::size_t>({
        {"1 and 1", of(short_length(12) + short_length(127), 127), 127},
        {"1 and 4", of(short_length(12) + long_length(128), 128), 128},
        {"4 and 1", of(long_length(12) + short_length(5), 5), 5},
        {"4 and 4", of(long_length(12) + long_length(5), 5), 5},
        {"all four bytes count", of(long_length(12) + long_length(0x012345), 0x012345), 0x012345},
        {"empty", of(short_length(12) + short_length(0), 0), 0},
        {"empty, 4 and 4", of(long_length(12) + long_length(0), 0), 0},
    }));
    CAPTURE(name);
    CHECK(query_of(params) == std::string(size, 'q'));
    CHECK(query_of(pair("OTHER", "x") + params + pair("", "") + pair(std::string(200, 'n'), "x"))
          == std::string(size, 'q'));
}

TEST_CASE("STILE-records-29 malformed parameters give no request, but the id that came before")
{
    const auto [name, rest] = GENERATE(table<std::string, std::string>({
        {"a length of the name alone", "\5"s},
        {"a length of the name cut", "\x80\0\0"s},
        {"a length of the value cut", "\1\x80\0\0"s},
        {"no name", "\1\1"s},
        {"name cut", "\2\0a"s},
        {"name longer than all, value empty", "\xff\xff\xff\xff\0a"s},
        {"a multiple of 2^24", "\x81\0\0\0\0"s},
        {"no value", "\1\1a"s},
        {"value cut", "\1\2ab"s},
        {"value longer than all", "\1\xff\xff\xff\xff"s + "ab"},
        {"sum of lengths over 2^31", "\xff\xff\xff\xff\xff\xff\xff\xff"s + "ab"},
        {"sum of lengths over 2^32 with a name that fits", "\2\xff\xff\xff\xfe"s + "ab"},
    }));
    CAPTURE(name);
    ReceivedRequest received = {.id = 1, .params = pair("REQUEST_ID", "0123abcd") + rest, .body = "body"};
    CHECK_FALSE(to_request(std::move(received)).has_value());
    CHECK(received.body == "body"); // NOLINT(bugprone-use-after-move): it is unchanged
    CHECK(request_id_of(received) == "0123abcd");
    received.params = "\xff\xff\xff\xff\xff\xff\xff\xff" + pair("REQUEST_ID", "0123abcd");
    CHECK(request_id_of(received).empty());
}

TEST_CASE("STILE-records-30 every parameter becomes a member of the request")
{
    const auto [name, member] = GENERATE(table<std::string, std::string Request::*>({
        {"REQUEST_METHOD", &Request::method},
        {"QUERY_STRING", &Request::query},
        {"CONTENT_TYPE", &Request::content_type},
        {"HTTP_COOKIE", &Request::cookie},
        {"HTTP_ACCEPT_LANGUAGE", &Request::accept_language},
        {"REMOTE_ADDR", &Request::remote_address},
        {"STILE_SCOPE", &Request::required_scope},
        {"STILE_AUDIENCE", &Request::audience},
        {"DOCUMENT_URI", &Request::path},
        {"X-Stile-Subject", &Request::subject},
        {"X-Stile-Client", &Request::client},
        {"STILE_ENDPOINTS", &Request::endpoints},
        {"REQUEST_ID", &Request::request_id},
        {"STILE_LOGIN_PROGRAM_SECRET", &Request::login_program_secret},
    }));
    CAPTURE(name);
    const auto request = with_params(pair(name, "a value"));
    REQUIRE(request.has_value());
    CHECK((*request).*member == "a value");
    const auto other = with_params(pair(name + "_", "a value") + pair(name.substr(1), "b"));
    REQUIRE(other.has_value());
    CHECK(((*other).*member).empty());
}

TEST_CASE("STILE-records-39 a header of a client with one of Stile's names is noticed, in every spelling that arrives")
{
    for (const char* name : {"HTTP_X_STILE_SUBJECT", "HTTP_X_STILE_", "HTTP_X_STILE", "HTTP_X.STILE_SUBJECT",
                             "HTTP_X_STILE.USER", "HTTP_X_STILE_NEW_NAME"}) {
        CAPTURE(name);
        const auto request = with_params(pair("QUERY_STRING", "a") + pair(name, "") + pair("REQUEST_ID", "b"));
        REQUIRE(request.has_value());
        CHECK(request->claims_identity);
    }
    for (const char* name : {"HTTP_STILE_SUBJECT", "X-Stile-Subject", "HTTP_X", "HTTP_X_", "HTTP_X_STIL",
                             "HTTP_X_A_STILE", "HTTP_AUTHORIZATION", "STILE_SCOPE", "HTTP_XSTILE"}) {
        CAPTURE(name);
        const auto request = with_params(pair(name, "a"));
        REQUIRE(request.has_value());
        CHECK_FALSE(request->claims_identity);
    }
}

TEST_CASE("STILE-records-31 an Authorization header that is empty is none")
{
    const auto [params, value] = GENERATE(table<std::string, std::optional<std::string>>({
        {"", std::nullopt},
        {pair("HTTP_AUTHORIZATION", ""), std::nullopt},
        {pair("HTTP_AUTHORIZATION", "\0x"s), std::nullopt},
        {pair("HTTP_AUTHORIZATION", "") + pair("HTTP_AUTHORIZATION", "Basic YTpi"), std::nullopt},
        {pair("HTTP_AUTHORIZATION", "Basic YTpi"), "Basic YTpi"},
        {pair("HTTP_AUTHORIZATION", "Basic YTpi") + pair("HTTP_AUTHORIZATION", ""), "Basic YTpi"},
    }));
    const auto request = with_params(params);
    REQUIRE(request.has_value());
    CHECK(request->authorization == value);
}

TEST_CASE("STILE-records-32 the first of two parameters of one name counts, and a value ends at a NUL")
{
    CHECK(query_of(pair("QUERY_STRING", "a") + pair("QUERY_STRING", "b")) == "a");
    CHECK(query_of(pair("QUERY_STRING", "") + pair("QUERY_STRING", "b")).empty());
    CHECK(query_of(pair("QUERY_STRING", "a\0b"s)) == "a");
    CHECK(query_of(pair("QUERY_STRING", "\0b"s) + pair("QUERY_STRING", "c")).empty());
    CHECK(query_of(pair("QUERY_STRING\0"s, "a")).empty());
    CHECK(query_of(pair("query_string", "a")).empty());
    CHECK(request_id_of({.params = pair("REQUEST_ID", "a\0b"s) + pair("REQUEST_ID", "c")}) == "a");
    CHECK(request_id_of({}).empty());
    const auto length = with_params(pair("CONTENT_LENGTH", "1\0"
                                                           "5"s)
                                        + pair("CONTENT_LENGTH", "3"),
                                    "a");
    REQUIRE(length.has_value());
    CHECK(length->body == "a");
}

TEST_CASE("STILE-records-33 a body that is shorter than announced gives no request")
{
    const auto params = pair("REQUEST_ID", "0123abcd") + pair("CONTENT_LENGTH", "4");
    ReceivedRequest received = {.id = 1, .params = params, .body = "a=1"};
    CHECK_FALSE(to_request(std::move(received)).has_value());
    CHECK(received.params == params); // NOLINT(bugprone-use-after-move): it is unchanged
    CHECK(received.body == "a=1");
    received.body += "2";
    const auto request = to_request(std::move(received));
    REQUIRE(request.has_value());
    CHECK(request->body == "a=12");
    CHECK(request_id_of(received) == "0123abcd"); // NOLINT(bugprone-use-after-move): only the body is taken
}

TEST_CASE("STILE-records-34 a CONTENT_LENGTH that is no number announces no body")
{
    const auto length = GENERATE(values<std::string>(
        {"", "-1", "+5", "5 ", " 5", "0x5", "1e3", "18446744073709551616", "99999999999999999999", "0"}));
    CAPTURE(length);
    RequestReader reader;
    REQUIRE(reader.take(begin(1) + stream(FCGI_PARAMS, 1, pair("CONTENT_LENGTH", length))
                        + stream(FCGI_STDIN, 1, "abcdef")));
    auto received = reader.next();
    REQUIRE(received.has_value());
    const auto request = to_request(std::move(*received));
    REQUIRE(request.has_value());
    CHECK(request->body.empty());
    CHECK_FALSE(request->body_is_too_large);
}

TEST_CASE("STILE-records-35 a response is CGI text")
{
    Response response;
    CHECK(to_cgi(response, "") == "Status: 200 OK\r\nContent-Length: 0\r\n\r\n");
    response.status = 303;
    response.body = "\r\n\r\n\0text"s;
    response.add_header("Location", "https://id.example/?a=b");
    response.add_header("Empty", "");
    CHECK(to_cgi(response, "0123abcd")
          == "Status: 303 See Other\r\nContent-Length: 9\r\nX-Request-Id: 0123abcd\r\n"
             "Location: https://id.example/?a=b\r\nEmpty: \r\n\r\n\r\n\r\n\0text"s);
    response.status = 599;
    CHECK(to_cgi(response, "").starts_with("Status: 599 \r\n"));
}

TEST_CASE("STILE-records-36 neither a header nor an id can end its line")
{
    const auto bad = GENERATE(values<std::string>({"a\rb", "a\nb", "a\r\nSet-Cookie: a=b", "a\0b"s, "\n"}));
    Response response;
    response.add_header("X-Before", "1");
    response.add_header("X-Bad", bad);
    response.add_header("X-" + bad, "value");
    response.add_header("X-After", "2");
    CHECK(to_cgi(response, bad) == "Status: 200 OK\r\nContent-Length: 0\r\nX-Before: 1\r\nX-After: 2\r\n\r\n");
}

TEST_CASE("STILE-records-37 a response is a stream of output, its end, and the end of the request")
{
    CHECK(response_records(258, "text")
          == "\1\6\1\2\0\4\4\0text\0\0\0\0\1\6\1\2\0\0\0\0\1\3\1\2\0\10\0\0\0\0\0\0\0\0\0\0"s);
    const auto size = GENERATE(values<std::size_t>({0, 1, 7, 8, 9, 65527, 65528, 65529, 65535, 65536, 131056, 300000}));
    std::string output(size, 'x');
    for (std::size_t i = 0; i < size; i += 7)
        output[i] = static_cast<char>(i % 256);
    const auto bytes = response_records(9, output);
    const auto records = records_in(bytes);
    REQUIRE(records.has_value());
    REQUIRE(records->size() >= 2);
    CHECK(records->back() == Record{FCGI_END_REQUEST, 9, end_request_body(FCGI_REQUEST_COMPLETE), 0});
    CHECK(records->at(records->size() - 2) == Record{FCGI_STDOUT, 9, "", 0});
    std::string joined;
    for (std::size_t i = 0; i + 2 < records->size(); ++i) {
        const auto& record = records->at(i);
        CHECK((record.type == FCGI_STDOUT && record.id == 9 && !record.content.empty() && record.padding < 8));
        CHECK((record.content.size() + record.padding) % 8 == 0); // FastCGI 1.0 §3.3
        joined += record.content;
    }
    CHECK((joined == output));
    CHECK(records->size() == size / 65528 + (size % 65528 > 0 ? 1 : 0) + 2);
}

TEST_CASE("STILE-records-38 an empty record of standard error has no content")
{
    CHECK(empty_stderr_record(258) == "\1\7\1\2\0\0\0\0"s);
}
