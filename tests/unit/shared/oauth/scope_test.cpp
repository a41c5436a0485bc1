#include "shared/oauth/scope.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

using Words = std::vector<std::string>;

Scope scope(const std::string& text)
{
    auto parsed = Scope::parse(text);
    REQUIRE(parsed.has_value());
    return parsed.take();
}

std::string different_words(int count)
{
    std::string text = "w0";
    for (int i = 1; i < count; ++i)
        text += " w" + std::to_string(i);
    return text;
}

} // namespace

TEST_CASE("RFC6749-A.4-1 a scope consists of words of NQCHAR separated by single spaces")
{
    const auto [name, text, words] = GENERATE(table<std::string, std::string, Words>({
        {"empty", "", {}},
        {"one", "read", {"read"}},
        {"order is kept", "write read", {"write", "read"}},
        {"case matters", "read Read", {"read", "Read"}},
        {"a repeated word counts once, at its first place", "b a b", {"b", "a"}},
        {"every kind of character", "!#[]~ https://api.example/read:all", {"!#[]~", "https://api.example/read:all"}},
    }));
    CAPTURE(name);
    CHECK(scope(text).words() == words);
}

TEST_CASE("RFC6749-A.4-1 anything else is invalid_scope")
{
    const auto [name, text] = GENERATE(table<std::string, std::string>({
        {"a space alone", " "},
        {"space before", " read"},
        {"space behind", "read "},
        {"two spaces", "read  write"},
        {"tab", "read\twrite"},
        {"line feed", "read\nwrite"},
        {"quote", "re\"ad"},
        {"backslash", "re\\ad"},
        {"NUL", "read\0"s},
        {"DEL", "read\x7f"},
        {"UTF-8", "l\xc3\xa4s"},
    }));
    CAPTURE(name);
    const auto parsed = Scope::parse(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == ErrorCode::invalid_scope);
}

TEST_CASE("STILE-scope-1 a scope has at most 64 different words")
{
    CHECK(scope(different_words(64)).words().size() == 64);
    CHECK(scope(different_words(64) + " w0 w63").words().size() == 64);
    const auto more = Scope::parse(different_words(65));
    REQUIRE_FALSE(more.has_value());
    CHECK(more.error().code == ErrorCode::invalid_scope);
}

TEST_CASE("STILE-scope-2 a scope contains another if it has all its words, in any order")
{
    const auto [name, wide, narrow, contains] = GENERATE(table<std::string, std::string, std::string, bool>({
        {"same", "a b", "a b", true},
        {"other order", "a b", "b a", true},
        {"subset", "a b c", "b", true},
        {"nothing is in everything", "a", "", true},
        {"nothing is in nothing", "", "", true},
        {"nothing contains no word", "", "a", false},
        {"one too many", "a b", "a c", false},
        {"prefix of a word", "read", "rea", false},
        {"longer word", "read", "read:all", false},
        {"other case", "read", "READ", false},
    }));
    CAPTURE(name);
    CHECK(scope(wide).contains(scope(narrow)) == contains);
}

TEST_CASE("STILE-scope-3 a scope is written as it was read")
{
    CHECK(scope("write read").to_string() == "write read");
    CHECK(scope("a b a").to_string() == "a b");
    CHECK(scope("").to_string().empty());
    CHECK(scope("").empty());
    CHECK_FALSE(scope("a").empty());
    CHECK(scope("a b").contains("b"));
    CHECK_FALSE(scope("a b").contains("a b"));
}

TEST_CASE("STILE-scope-6 of a scope the words stay that another has, too")
{
    CHECK(scope("write read admin").within(scope("read write")).to_string() == "write read");
    CHECK(scope("read").within(scope("reader")).empty());
    CHECK(scope("read").within(Scope()).empty());
    CHECK(Scope().within(scope("read")).empty());
}
