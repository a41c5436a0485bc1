#include "shared/base/text.h"

#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

using Pieces = std::vector<std::string_view>;

// The bytes 0 to 255 for which a rule holds.
std::string allowed(bool (*rule)(char))
{
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte)
        if (rule(static_cast<char>(byte)))
            bytes += static_cast<char>(byte);
    return bytes;
}

std::string range(int first, int last)
{
    std::string bytes;
    for (int byte = first; byte <= last; ++byte)
        bytes += static_cast<char>(byte);
    return bytes;
}

} // namespace

TEST_CASE("RFC6749-A-1 VSCHAR and NQCHAR are exactly the bytes that the appendix names")
{
    CHECK(allowed(is_vschar) == range(0x20, 0x7e));
    CHECK(allowed(is_nqchar) == range(0x21, 0x21) + range(0x23, 0x5b) + range(0x5d, 0x7e));
}

TEST_CASE("STILE-text-1 is_digit and is_base62 accept only ASCII")
{
    CHECK(allowed(is_digit) == "0123456789");
    CHECK(allowed(is_base62) == "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    CHECK(all_of("", is_digit));
    CHECK_FALSE(all_of("12x", is_digit));
    CHECK_FALSE(all_of("12\0"s, is_digit));
}

TEST_CASE("STILE-text-2 only ASCII letters are case-folded")
{
    CHECK(to_lower("AZaz@[09\xc3\x84") == "azaz@[09\xc3\x84");
    const auto [name, a, b, equal] = GENERATE(table<std::string, std::string, std::string, bool>({
        {"same", "Basic", "Basic", true},
        {"other case", "bAsIc", "BaSiC", true},
        {"empty", "", "", true},
        {"prefix", "Basic", "Basic ", false},
        {"neighbours of the letters", "@[", "`{", false},
        {"A and O umlaut in UTF-8", "\xc3\x84", "\xc3\xa4", false},
        {"Kelvin sign", "\xe2\x84\xaa", "k", false},
        {"behind a NUL", "a\0b"s, "a\0c"s, false},
    }));
    CAPTURE(name);
    CHECK(equals_ignoring_case(a, b) == equal);
    CHECK(equals_ignoring_case(b, a) == equal);
}

TEST_CASE("STILE-text-3 split() returns every piece, and no piece for an empty text")
{
    const auto [name, text, pieces] = GENERATE(table<std::string, std::string, Pieces>({
        {"nothing", "", {}},
        {"one", "a", {"a"}},
        {"two", "a,b", {"a", "b"}},
        {"empty in the middle", "a,,b", {"a", "", "b"}},
        {"empty at both ends", ",a,", {"", "a", ""}},
        {"a separator alone", ",", {"", ""}},
    }));
    CAPTURE(name);
    CHECK(split(text, ',') == pieces);
}

TEST_CASE("STILE-text-4 join() is the inverse of split()")
{
    const auto text = GENERATE("", "a", "a,b", "a,,b", ",a", "a,");
    std::vector<std::string> pieces;
    for (const auto piece : split(text, ','))
        pieces.emplace_back(piece);
    CHECK(join(pieces, ",") == text);
}

TEST_CASE("STILE-text-5 a number must be the whole text")
{
    const auto [name, text, number] = GENERATE(table<std::string, std::string, std::optional<int>>({
        {"zero", "0", 0},
        {"leading zeros", "007", 7},
        {"negative", "-5", -5},
        {"largest", "2147483647", 2147483647},
        {"too large", "2147483648", std::nullopt},
        {"empty", "", std::nullopt},
        {"plus", "+5", std::nullopt},
        {"space before", " 5", std::nullopt},
        {"space behind", "5 ", std::nullopt},
        {"unit behind", "5s", std::nullopt},
        {"NUL behind", "5\0"s, std::nullopt},
        {"exponent", "1e3", std::nullopt},
        {"hexadecimal", "0x10", std::nullopt},
        {"fraction", "1.5", std::nullopt},
    }));
    CAPTURE(name);
    CHECK(parse_number<int>(text) == number);
}
