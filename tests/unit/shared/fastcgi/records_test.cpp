#include "shared/fastcgi/records.h"

#include "shared/fastcgi/request.h"
#include "tests/support/catch.h"
#include "tests/support/fastcgi_bytes.h"

#include <malloc.h>

using namespace stile;
using namespace stile::test;
using namespace std::string_literals;

namespace {

// A whole request.
std::string request(int id, const std::string& params = "", const std::string& body = "", int flags = FCGI_KEEP_CONN)
{
    return begin(id, FCGI_RESPONDER, flags) + stream(FCGI_PARAMS, id, params) + stream(FCGI_STDIN, id, body);
}

std::string with_length(const std::string& value)
{
    return pair("CONTENT_LENGTH", value);
}

std::string end_request(int id, int status)
{
    return record(FCGI_END_REQUEST, id, end_request_body(status));
}

std::string unknown_type(int type)
{
    return record(FCGI_UNKNOWN_TYPE, 0, std::string{static_cast<char>(type), 0, 0, 0, 0, 0, 0, 0});
}

// The complete requests that wait in the reader.
std::vector<ReceivedRequest> all_of(RequestReader& reader)
{
    std::vector<ReceivedRequest> all;
    while (auto next = reader.next())
        all.push_back(std::move(*next));
    return all;
}

// As text, to compare.
std::string summary(const std::vector<ReceivedRequest>& requests)
{
    std::string text;
    for (const auto& one : requests)
        text += std::to_string(one.id) + (one.keeps_connection ? " keeps [" : " ends [") + one.params + "] [" + one.body
                + (one.body_is_too_large ? "] too large\n" : "]\n");
    return text;
}

// A conversation in which everything occurs that a reader accepts.
std::string conversation()
{
    return record(FCGI_GET_VALUES, 0, pair(FCGI_MAX_CONNS, "") + pair("OTHER", ""), "123") + begin(1)
           + record(FCGI_PARAMS, 1, with_length("5").substr(0, 7), "padding")
           + record(FCGI_PARAMS, 1, with_length("5").substr(7)) + begin(2) + record(FCGI_PARAMS, 2, "x")
           + record(FCGI_PARAMS, 1) + record(FCGI_STDIN, 1, "ab") + record(200, 0, "x") + record(FCGI_DATA, 1, "data")
           + record(FCGI_STDIN, 1, "cde", std::string(255, '\1')) + record(FCGI_STDIN, 1) + begin(3, FCGI_AUTHORIZER)
           + record(FCGI_PARAMS, 3, "y") + begin(4) + record(FCGI_PARAMS, 4, "z") + record(FCGI_ABORT_REQUEST, 4)
           + request(1, with_length("1"), "f", 0);
}

} // namespace

TEST_CASE("STILE-records-1 a request is complete when its parameters and its body have ended")
{
    RequestReader reader;
    const auto params = with_length("3");
    for (const auto& bytes :
         {begin(258), record(FCGI_PARAMS, 258, params), record(FCGI_PARAMS, 258), record(FCGI_STDIN, 258, "a=1")}) {
        REQUIRE(reader.take(bytes));
        CHECK_FALSE(reader.next().has_value());
    }
    REQUIRE(reader.take(record(FCGI_STDIN, 258)));
    const auto request = reader.next();
    REQUIRE(request.has_value());
    CHECK(request->id == 258);
    CHECK(request->keeps_connection);
    CHECK(request->params == params);
    CHECK(request->body == "a=1");
    CHECK_FALSE(request->body_is_too_large);
    CHECK_FALSE(reader.next().has_value());
    CHECK(reader.take_replies().empty());
}

TEST_CASE("STILE-records-2 a peer that does not set FCGI_KEEP_CONN wants the connection closed")
{
    const auto [flags, keeps] = GENERATE(table<int, bool>({{0, false}, {1, true}, {0xff, true}, {0xfe, false}}));
    RequestReader reader;
    REQUIRE(reader.take(request(1, "", "", flags)));
    const auto request = reader.next();
    REQUIRE(request.has_value());
    CHECK(request->keeps_connection == keeps);
    CHECK_FALSE(reader.closes_after_replies()); // after its response
}

TEST_CASE("STILE-records-3 the same requests and replies result however the bytes are split")
{
    const auto bytes = conversation();
    RequestReader whole;
    REQUIRE(whole.take(bytes));
    const auto replies = whole.take_replies();
    CHECK(replies
          == record(FCGI_GET_VALUES_RESULT, 0, pair(FCGI_MAX_CONNS, "1024"), "\0\0\0\0"s)
                 + end_request(2, FCGI_CANT_MPX_CONN) + unknown_type(200) + end_request(3, FCGI_UNKNOWN_ROLE)
                 + end_request(4, FCGI_REQUEST_COMPLETE));
    const auto requests = summary(all_of(whole));
    CHECK(requests == "1 keeps [" + with_length("5") + "] [abcde]\n1 ends [" + with_length("1") + "] [f]\n");

    for (std::size_t first = 0; first <= bytes.size(); ++first) {
        RequestReader reader;
        const bool is_taken = reader.take(bytes.substr(0, first)) && reader.take(bytes.substr(first));
        if (!is_taken || reader.take_replies() != replies || summary(all_of(reader)) != requests)
            FAIL("split at " << first);
    }
    for (std::size_t size = 1; size < 40; ++size) {
        RequestReader reader;
        std::string got;
        for (std::size_t at = 0; at < bytes.size(); at += size) {
            REQUIRE(reader.take(bytes.substr(at, size)));
            got += reader.take_replies();
        }
        CHECK(got == replies);
        CHECK(summary(all_of(reader)) == requests);
    }
}

TEST_CASE("STILE-records-4 the value of a stream does not depend on how it is divided into records")
{
    const auto params = pair("QUERY_STRING", std::string(300, 'q')) + with_length("1000");
    const std::string body(1000, 'b');
    const auto size = GENERATE(values<std::size_t>({1, 2, 7, 128, 65535}));
    RequestReader reader;
    REQUIRE(reader.take(begin(1) + stream(FCGI_PARAMS, 1, params, size) + stream(FCGI_STDIN, 1, body, size)));
    const auto request = reader.next();
    REQUIRE(request.has_value());
    CHECK(request->params == params);
    CHECK(request->body == body);
}

TEST_CASE("STILE-records-5 padding is skipped, whatever it holds")
{
    RequestReader reader;
    const auto padding = begin(9) + std::string(239, '\1');
    REQUIRE(padding.size() == 255);
    REQUIRE(reader.take(record(FCGI_BEGIN_REQUEST, 1, begin(1).substr(8), padding)
                        + record(FCGI_PARAMS, 1, with_length("1"), padding) + record(FCGI_PARAMS, 1, "", padding)
                        + record(FCGI_STDIN, 1, "a", padding) + record(FCGI_STDIN, 1, "", padding)));
    CHECK(summary(all_of(reader)) == "1 keeps [" + with_length("1") + "] [a]\n");
    CHECK(reader.take_replies().empty());
}

TEST_CASE("STILE-records-6 a request for another role is refused and ignored")
{
    const int role = GENERATE(FCGI_AUTHORIZER, FCGI_FILTER, 0, 4, 0x0101);
    RequestReader reader;
    REQUIRE(reader.take(begin(1, role) + stream(FCGI_PARAMS, 1, "x") + stream(FCGI_STDIN, 1, "y")));
    CHECK(reader.take_replies() == end_request(1, FCGI_UNKNOWN_ROLE));
    CHECK_FALSE(reader.next().has_value());
    CHECK(reader.is_between_requests());
    REQUIRE(reader.take(request(1)));
    CHECK(reader.next().has_value());
}

TEST_CASE("STILE-records-7 a second request beside an incomplete one is refused and ignored")
{
    const auto role = GENERATE(FCGI_RESPONDER, FCGI_FILTER);
    RequestReader reader;
    const auto params = with_length("1");
    REQUIRE(reader.take(begin(1) + record(FCGI_PARAMS, 1, params) + begin(2, role) + record(FCGI_PARAMS, 2, "x")
                        + record(FCGI_PARAMS, 1) + record(FCGI_PARAMS, 2) + stream(FCGI_STDIN, 2, "y")
                        + record(FCGI_ABORT_REQUEST, 2) + stream(FCGI_STDIN, 1, "a")));
    CHECK(reader.take_replies() == end_request(2, FCGI_CANT_MPX_CONN));
    CHECK(summary(all_of(reader)) == "1 keeps [" + params + "] [a]\n");
}

TEST_CASE("STILE-records-8 an id that begins again before its end is not FastCGI")
{
    RequestReader reader;
    CHECK_FALSE(reader.take(begin(1) + begin(1)));
    CHECK(reader.take_replies().empty());
}

TEST_CASE("STILE-records-9 records of an id that is not under way are ignored")
{
    const auto others = stream(FCGI_PARAMS, 7, "x") + stream(FCGI_STDIN, 7, "y") + record(FCGI_ABORT_REQUEST, 7)
                        + record(FCGI_DATA, 7, "z") + record(FCGI_STDOUT, 7, "o") + record(200, 7, "u");
    RequestReader reader;
    REQUIRE(reader.take(others));
    CHECK(reader.is_between_requests());
    REQUIRE(reader.take(begin(1) + others + stream(FCGI_PARAMS, 1, "") + others + record(FCGI_STDIN, 1) + others));
    REQUIRE(reader.take(request(7) + others)); // complete: it may have been answered
    CHECK(summary(all_of(reader)) == "1 keeps [] []\n7 keeps [] []\n");
    CHECK(reader.take_replies().empty());
    CHECK(reader.is_between_requests());
}

TEST_CASE("STILE-records-10 a body may come before the end of the parameters")
{
    const auto params = with_length("3");
    const auto records = GENERATE_COPY(
        values<std::string>({stream(FCGI_STDIN, 1, "abcdef") + stream(FCGI_PARAMS, 1, params),
                             record(FCGI_STDIN, 1, "ab") + record(FCGI_PARAMS, 1, params) + record(FCGI_STDIN, 1, "cd")
                                 + record(FCGI_PARAMS, 1) + record(FCGI_STDIN, 1, "ef") + record(FCGI_STDIN, 1)}));
    RequestReader reader;
    REQUIRE(reader.take(begin(1) + records));
    CHECK(summary(all_of(reader)) == "1 keeps [" + params + "] [abc]\n");
}

TEST_CASE("STILE-records-11 a stream that goes on after its end is not FastCGI")
{
    const auto [name, records] = GENERATE(table<std::string, std::string>({
        {"parameters", record(FCGI_PARAMS, 1) + record(FCGI_PARAMS, 1, "x")},
        {"parameters, a second end", record(FCGI_PARAMS, 1) + record(FCGI_PARAMS, 1)},
        {"body", record(FCGI_STDIN, 1) + record(FCGI_STDIN, 1, "x")},
        {"body, a second end", record(FCGI_STDIN, 1) + record(FCGI_STDIN, 1)},
    }));
    CAPTURE(name);
    RequestReader reader;
    CHECK_FALSE(reader.take(begin(1) + records));
}

TEST_CASE("STILE-records-12 an aborted request is ended and forgotten")
{
    RequestReader reader;
    REQUIRE(reader.take(begin(1) + record(FCGI_PARAMS, 1, "x") + record(FCGI_ABORT_REQUEST, 1)));
    CHECK(reader.take_replies() == end_request(1, FCGI_REQUEST_COMPLETE));
    CHECK(reader.is_between_requests());
    REQUIRE(reader.take(record(FCGI_PARAMS, 1) + record(FCGI_STDIN, 1) + record(FCGI_ABORT_REQUEST, 1)));
    CHECK_FALSE(reader.next().has_value());
    REQUIRE(reader.take(begin(1) + record(FCGI_ABORT_REQUEST, 2) + stream(FCGI_PARAMS, 1, "") + record(FCGI_STDIN, 1)));
    CHECK(summary(all_of(reader)) == "1 keeps [] []\n");
    CHECK(reader.take_replies().empty());
}

TEST_CASE("STILE-records-13 if the last word of a request without FCGI_KEEP_CONN is a refusal, it ends the connection")
{
    const auto [name, records, closes] = GENERATE(table<std::string, std::string, bool>({
        {"unknown role", begin(1, FCGI_FILTER, 0), true},
        {"unknown role, kept", begin(1, FCGI_FILTER), false},
        {"aborted", begin(1, FCGI_RESPONDER, 0) + record(FCGI_ABORT_REQUEST, 1), true},
        {"aborted, kept", begin(1) + record(FCGI_ABORT_REQUEST, 1), false},
        {"then one that is kept", begin(1, FCGI_FILTER, 0) + begin(1, FCGI_FILTER), true},
        {"beside one under way", begin(1) + begin(2, FCGI_RESPONDER, 0), false},
    }));
    CAPTURE(name);
    RequestReader reader;
    REQUIRE(reader.take(records));
    CHECK(reader.closes_after_replies() == closes);
}

TEST_CASE("STILE-records-14 the second stream of input, which only filters have, is ignored")
{
    RequestReader reader;
    REQUIRE(reader.take(begin(1) + record(FCGI_DATA, 1, "x") + stream(FCGI_PARAMS, 1, "")
                        + stream(FCGI_DATA, 1, std::string(100000, 'x')) + record(FCGI_STDIN, 1)));
    CHECK(summary(all_of(reader)) == "1 keeps [] []\n");
}

TEST_CASE("STILE-records-15 a peer is told the values that it asks for, at any time")
{
    const auto connections = pair(FCGI_MAX_CONNS, "1024"), requests = pair(FCGI_MAX_REQS, "1024"),
               multiplexes = pair(FCGI_MPXS_CONNS, "0");
    const auto [name, query, answer] = GENERATE_COPY(table<std::string, std::string, std::string>({
        {"nothing", "", ""},
        {"one", pair(FCGI_MAX_CONNS, ""), connections},
        {"another", pair(FCGI_MAX_REQS, ""), requests},
        {"all", pair(FCGI_MPXS_CONNS, "") + pair(FCGI_MAX_REQS, "") + pair(FCGI_MAX_CONNS, ""),
         connections + requests + multiplexes},
        {"unknown", pair("FCGI_OTHER", "") + pair("", ""), ""},
        {"some unknown", pair("FCGI_MAX_CONN", "") + pair(FCGI_MPXS_CONNS, "") + pair("FCGI_MPXS_CONNS_", ""),
         multiplexes},
        {"one twice", pair(FCGI_MPXS_CONNS, "") + pair(FCGI_MPXS_CONNS, ""), multiplexes},
        {"with a value", pair(FCGI_MPXS_CONNS, "1"), multiplexes},
        {"four bytes of length", long_length(15) + long_length(0) + FCGI_MPXS_CONNS, multiplexes},
    }));
    const auto before = GENERATE(values<std::string>({"", begin(1), begin(1) + stream(FCGI_PARAMS, 1, "")}));
    CAPTURE(name, before);
    RequestReader reader;
    REQUIRE(reader.take(before + record(FCGI_GET_VALUES, 0, query)));
    const auto replies = records_in(reader.take_replies());
    REQUIRE(replies.has_value());
    REQUIRE(replies->size() == 1);
    CHECK(replies->front().type == FCGI_GET_VALUES_RESULT);
    CHECK(replies->front().id == 0);
    CHECK(replies->front().content == answer);
}

TEST_CASE("STILE-records-16 a query of values that is malformed is not FastCGI")
{
    const auto query = GENERATE(values<std::string>({"\x0e"s, "\x0e\0"s, "\x0e\0FCGI_MAX_CONN"s, "\0\1"s, "\x80\0\0"s,
                                                     pair(FCGI_MAX_REQS, "") + "\xff\xff\xff\xff\xff\xff\xff\xff"}));
    RequestReader reader;
    CHECK_FALSE(reader.take(record(FCGI_GET_VALUES, 0, query)));
    CHECK(reader.take_replies().empty());
}

TEST_CASE("STILE-records-17 any other record with the id 0 is a management record of an unknown type")
{
    const int type = GENERATE(0, FCGI_BEGIN_REQUEST, FCGI_ABORT_REQUEST, FCGI_PARAMS, FCGI_STDIN,
                              FCGI_GET_VALUES_RESULT, FCGI_UNKNOWN_TYPE, 12, 128, 255);
    const auto content = GENERATE(values<std::string>({"", "\0\1\1\0\0\0\0\0"s, std::string(65535, 'x')}));
    RequestReader reader;
    REQUIRE(reader.take(record(type, 0, content)));
    CHECK(reader.take_replies() == unknown_type(type));
    CHECK(reader.is_between_requests());
}

TEST_CASE("STILE-records-18 another version than 1 is not FastCGI, and what came before counts")
{
    const char version = GENERATE('\0', '\2', '\x81', 'G');
    auto bad = record(FCGI_PARAMS, 2);
    bad.front() = version;
    RequestReader reader;
    CHECK_FALSE(reader.take(request(1) + begin(3, FCGI_FILTER) + bad));
    CHECK_FALSE(reader.take(request(2)));
    CHECK(summary(all_of(reader)) == "1 keeps [] []\n");
    CHECK(reader.take_replies() == end_request(3, FCGI_UNKNOWN_ROLE));
}

TEST_CASE("STILE-records-19 what a web server never sends for a request is not FastCGI")
{
    const int type =
        GENERATE(0, FCGI_END_REQUEST, FCGI_STDOUT, FCGI_STDERR, FCGI_GET_VALUES, FCGI_UNKNOWN_TYPE, 12, 255);
    RequestReader reader;
    REQUIRE(reader.take(begin(1)));
    CHECK_FALSE(reader.take(record(type, 1)));
}

TEST_CASE("STILE-records-20 the beginning of a request has eight bytes")
{
    const auto size = GENERATE(values<std::size_t>({0, 7, 9, 65535}));
    RequestReader reader;
    auto content = "\0\1\1"s;
    content.resize(size);
    CHECK_FALSE(reader.take(record(FCGI_BEGIN_REQUEST, 1, content)));
}

TEST_CASE("STILE-records-21 the replies that a piece causes are bounded by its size")
{
    const auto all = pair(FCGI_MAX_CONNS, "") + pair(FCGI_MAX_REQS, "") + pair(FCGI_MPXS_CONNS, "");
    const auto [name, records] = GENERATE_COPY(table<std::string, std::string>({
        {"unknown type", record(200, 0)},
        {"no value", record(FCGI_GET_VALUES, 0)},
        {"one value", record(FCGI_GET_VALUES, 0, pair(FCGI_MAX_REQS, ""))},
        {"all values", record(FCGI_GET_VALUES, 0, all)},
        {"all values, often", record(FCGI_GET_VALUES, 0, all + all + all + all + all + all)},
        {"unknown role", begin(1, FCGI_FILTER)},
        {"aborted", begin(1) + record(FCGI_ABORT_REQUEST, 1)},
    }));
    const auto piece = GENERATE(values<std::size_t>({1, 3, 100, 10000}));
    CAPTURE(name, piece);
    std::string bytes;
    while (bytes.size() < 10000)
        bytes += records;
    RequestReader reader;
    std::size_t total = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
        const auto taken = bytes.substr(at, piece);
        REQUIRE(reader.take(taken));
        const auto replies = reader.take_replies();
        total += replies.size();
        if (replies.size() >= 2 * taken.size() + 80)
            FAIL(replies.size() << " bytes for " << taken.size());
    }
    CHECK(total > 0);
    CHECK(total <= 2 * bytes.size());
    CHECK(reader.take_replies().empty());
}

TEST_CASE("STILE-records-22 parameters have a bound for all records together")
{
    const std::string most(max_params_size, 'p');
    RequestReader reader;
    REQUIRE(reader.take(begin(1) + stream(FCGI_PARAMS, 1, most, 1000) + record(FCGI_STDIN, 1)));
    const auto request = reader.next();
    REQUIRE(request.has_value());
    CHECK(request->params == most);
    CHECK_FALSE(reader.take(begin(1) + stream(FCGI_PARAMS, 1, most + "p", 1000)));
}

TEST_CASE("STILE-records-23 a body over 64 kB is read to its end, but not kept, and the connection goes on")
{
    const auto most = std::to_string(max_body_size), more = std::to_string(max_body_size + 1);
    const auto [name, length, size, is_too_large] = GENERATE_COPY(table<std::string, std::string, std::size_t, bool>({
        {"the most", most, max_body_size, false},
        {"announced and sent", more, max_body_size + 1, true},
        {"much", "1000000", 1000000, true},
        {"announced, not sent", more, 0, true},
        {"announced, partly sent", "18446744073709551615", 5, true},
        {"sent, not announced", "5", max_body_size + 1, true},
        {"sent without a length", "", 200000, true},
    }));
    const bool comes_first = GENERATE(false, true);
    CAPTURE(name, comes_first);
    const auto params = stream(FCGI_PARAMS, 1, with_length(length));
    const auto body = stream(FCGI_STDIN, 1, std::string(size, 'b'));
    RequestReader reader;
    REQUIRE(reader.take(begin(1) + (comes_first ? body + params : params + body)));
    auto received = reader.next();
    REQUIRE(received.has_value());
    CHECK(received->body_is_too_large == is_too_large);
    CHECK(received->body.size() == (is_too_large ? 0 : size));
    const auto request = to_request(std::move(*received));
    REQUIRE(request.has_value());
    CHECK(request->body_is_too_large == is_too_large);
    CHECK(request->body.size() == (is_too_large ? 0 : size));
    REQUIRE(reader.take(::request(1, with_length("1"), "a")));
    CHECK(summary(all_of(reader)) == "1 keeps [" + with_length("1") + "] [a]\n");
}

TEST_CASE("STILE-records-24 a body ends where CONTENT_LENGTH says")
{
    RequestReader reader;
    REQUIRE(reader.take(begin(1) + stream(FCGI_PARAMS, 1, with_length("3")) + stream(FCGI_STDIN, 1, "abcdef", 2)));
    const auto request = reader.next();
    REQUIRE(request.has_value());
    CHECK(request->body == "abc");
}

TEST_CASE("STILE-records-25 requests that come together are given in their order, and at most 16 may wait")
{
    std::string bytes;
    for (std::size_t i = 1; i <= max_waiting_requests; ++i)
        bytes += request(static_cast<int>(i % 3 + 1), "", "", static_cast<int>(i % 2));
    RequestReader reader;
    REQUIRE(reader.take(bytes));
    for (std::size_t i = 1; i <= max_waiting_requests; ++i) {
        const auto next = reader.next();
        REQUIRE(next.has_value());
        CHECK(next->id == i % 3 + 1);
        CHECK(next->keeps_connection == (i % 2 == 1));
    }
    CHECK_FALSE(reader.next().has_value());
    REQUIRE(reader.take(bytes));
    REQUIRE(reader.next().has_value());
    REQUIRE(reader.take(request(1))); // in the place of the one that was given
    CHECK_FALSE(reader.take(request(1)));
    CHECK(all_of(reader).size() == max_waiting_requests);
}

TEST_CASE("STILE-records-26 something is missing from the first byte of a request or record to the last")
{
    RequestReader reader;
    CHECK(reader.is_between_requests());
    const auto request = ::request(1, with_length("1"), "a");
    for (const char byte : request) {
        REQUIRE(reader.take({&byte, 1}));
        if (reader.is_between_requests() != reader.next().has_value())
            FAIL("between two requests in the middle of one");
    }
    CHECK(reader.is_between_requests());
    const auto records = record(200, 0, "ab", "cd");
    for (std::size_t i = 0; i + 1 < records.size(); ++i) {
        REQUIRE(reader.take(records.substr(i, 1)));
        CHECK_FALSE(reader.is_between_requests());
    }
    REQUIRE(reader.take(records.substr(records.size() - 1)));
    CHECK(reader.is_between_requests());
}

// The sanitizers have their own malloc, and tell nothing.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) && !defined(__clang__)
TEST_CASE("STILE-records-27 a reader holds no memory between requests")
{
    // The few small blocks that malloc keeps for reuse are counted.
    const auto in_use = [] {
        const auto memory = ::mallinfo2();
        return memory.uordblks + memory.hblkhd;
    };
    const auto bytes = request(1, std::string(100000, '\0'), std::string(50000, 'b'))
                       + request(1, with_length("50000"), std::string(50000, 'b')) + begin(1)
                       + record(FCGI_PARAMS, 1, std::string(50000, 'p')) + record(FCGI_ABORT_REQUEST, 1)
                       + record(FCGI_GET_VALUES, 0, std::string(50000, '\0'));
    std::string unknown;
    for (int i = 0; i < 1000; ++i)
        unknown += record(200, 0);
    std::array<RequestReader, 100> readers;
    const auto before = in_use();
    bool is_taken = true;
    for (auto& reader : readers) {
        is_taken = reader.take(bytes) && reader.take(unknown) && is_taken;
        is_taken = reader.next() && reader.next() && !reader.take_replies().empty() && is_taken;
    }
    const auto after = in_use();
    CHECK(is_taken);
    CHECK(after < before + 10000); // 100 bytes for each
}
#endif
