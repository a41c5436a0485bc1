#include "shared/base/shown_text.h"

#include "tests/support/catch.h"

#include <array>
#include <string>

using namespace stile;
using namespace std::string_literals;

namespace {

constexpr std::array<const char*, 25> hidden = {
    "\x01",         "\n",           "\x1b",         "\x7f",         "\xc2\x80",
    "\xc2\x9b",     "\xc2\xa0",     "\xc2\xad",     "\xd8\x9c",     "\xe1\x85\x9f",
    "\xe2\x80\x8b", "\xe2\x80\x8d", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xae",
    "\xe2\x81\xa0", "\xe2\x81\xa6", "\xe2\x81\xa9", "\xe2\xa0\x80", "\xe3\x80\x80",
    "\xe3\x85\xa4", "\xef\xb8\x8f", "\xef\xbb\xbf", "\xee\x80\x80", "\xf3\xa0\x81\x81"};

constexpr std::array<const char*, 9> malformed = {
    "\x80", "\xc3", "\xc0\xaf", "\xe2\x80", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf5\x80\x80\x80",
    "\xff"};

} // namespace

TEST_CASE("STILE-shown-1 letters, digits, marks, symbols and spaces of every script are shown as they are")
{
    for (const char* text :
         {"", "Shop & Söhne", "Заря", "商店 €", "مصرف", "हिन्दी", "😀", "~", "\xc2\xa1", "a\xcc\x88"}) {
        CAPTURE(text);
        CHECK(is_shown_as_it_is(text));
        CHECK(escaped_for_terminal(text) == text);
    }
}

TEST_CASE("STILE-shown-2 text with an invisible character, a control or a change of direction is not shown as it is")
{
    for (const std::string character : hidden) {
        for (const auto& text : {character, "a" + character, character + "a", "ab" + character + "c"}) {
            CAPTURE(text);
            CHECK_FALSE(is_shown_as_it_is(text));
            CHECK(is_shown_as_it_is(escaped_for_terminal(text)));
        }
    }
    CHECK_FALSE(is_shown_as_it_is("\0"s));
    for (const std::string bytes : malformed) {
        CHECK_FALSE(is_shown_as_it_is(bytes + "a"));
        CHECK_FALSE(is_shown_as_it_is("a" + bytes));
        CHECK(is_shown_as_it_is(escaped_for_terminal(bytes)));
    }
}

TEST_CASE("STILE-shown-3 what a terminal must not get is written by its number")
{
    CHECK(escaped_for_terminal("a\xc2\x9b"s + "2Jb") == "a\\u{9b}2Jb");
    CHECK(escaped_for_terminal("\x1b[2J\n\0"s) == "\\u{1b}[2J\\u{a}\\u{0}");
    CHECK(escaped_for_terminal("\xe2\x80\xae"s + "gnp.exe") == "\\u{202e}gnp.exe");
    CHECK(escaped_for_terminal("\xf3\xa0\x81\x81") == "\\u{e0041}");
    CHECK(escaped_for_terminal("\xff"s + "a\xe2\x80") == "\\xffa\\xe2\\x80");
}
