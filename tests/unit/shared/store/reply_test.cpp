#include "shared/store/reply.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

// A record as HGETALL gives it: names and values in turn.
Record record(const std::vector<std::string>& texts)
{
    Reply reply;
    for (const auto& text : texts) {
        reply.elements.emplace_back();
        reply.elements.back().text = text;
    }
    return Record(std::move(reply));
}

} // namespace

TEST_CASE("STILE-reply-1 a record exists if it has fields, and returns them by exact name")
{
    const auto client = record({"name", "My App", "scope", "", "secret", "a\0b"s});
    CHECK(client.exists());
    CHECK(client["name"] == "My App");
    CHECK(client["scope"].empty());
    CHECK(client["secret"] == "a\0b"s);
    CHECK(client["Name"].empty());
    CHECK(client["absent"].empty());
    CHECK(client.fields().size() == 3);
    CHECK(client.fields().front() == std::pair("name"s, "My App"s));
    CHECK_FALSE(record({}).exists());
    CHECK(record({})["name"].empty());
}

TEST_CASE("STILE-reply-2 an absent or malformed number is 0")
{
    const auto [name, text, number] = GENERATE(table<std::string, std::string, std::int64_t>({
        {"a time", "1700000000", 1'700'000'000},
        {"negative", "-5", -5},
        {"largest", "9223372036854775807", 9'223'372'036'854'775'807},
        {"too large", "9223372036854775808", 0},
        {"empty", "", 0},
        {"a word", "soon", 0},
        {"a fraction", "1.5", 0},
        {"space behind", "5 ", 0},
    }));
    CAPTURE(name);
    CHECK(record({"field", text}).number("field") == number);
    CHECK(record({"other", text}).number("field") == 0);
}

TEST_CASE("STILE-reply-3 a name without value is dropped")
{
    CHECK_FALSE(record({"name"}).exists());
    const auto odd = record({"a", "1", "b"});
    CHECK(odd.fields().size() == 1);
}
