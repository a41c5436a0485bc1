#include "shared/base/shown_text.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <optional>

namespace stile {

namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// In order.
constexpr std::array hidden = {
    Range{0x0, 0x1f}, // C0
    Range{0x7f, 0xa0}, // DEL, C1, no-break space
    Range{0xad, 0xad}, // soft hyphen
    Range{0x34f, 0x34f}, // grapheme joiner
    Range{0x61c, 0x61c}, // Arabic letter mark
    Range{0x115f, 0x1160}, // Hangul fillers
    Range{0x1680, 0x1680}, // Ogham space
    Range{0x17b4, 0x17b5}, // Khmer inherent vowels
    Range{0x180b, 0x180f}, // Mongolian selectors and vowel separator
    Range{0x2000, 0x200f}, // spaces, zero width, left-to-right and right-to-left mark
    Range{0x2028, 0x202f}, // separators, embeddings and overrides, narrow space
    Range{0x205f, 0x206f}, // space, word joiner, invisible operators, isolates
    Range{0x2800, 0x2800}, // blank Braille pattern
    Range{0x3000, 0x3000}, // ideographic space
    Range{0x3164, 0x3164}, // Hangul filler
    Range{0xd800, 0xf8ff}, // surrogates, private use
    Range{0xfdd0, 0xfdef}, // noncharacters
    Range{0xfe00, 0xfe0f}, // variation selectors
    Range{0xfeff, 0xfeff}, // byte order mark
    Range{0xffa0, 0xffa0}, // half-width Hangul filler
    Range{0xfff0, 0xfffb}, // annotations
    Range{0xfffe, 0xffff}, // noncharacters
    Range{0x1bca0, 0x1bca3}, // shorthand controls
    Range{0x1d173, 0x1d17a}, // musical controls
    Range{0xe0000, 0x10ffff}, // tags, variation selectors, private use
};

bool is_hidden(char32_t c)
{
    const auto range = std::ranges::lower_bound(hidden, c, {}, &Range::last);
    return range != hidden.end() && range->first <= c;
}

// RFC 3629 §3: the number of bytes by the first one; 0 if it begins nothing.
std::size_t length_by(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first <= 0xdf)
        return 2;
    if (first >= 0xe0 && first <= 0xef)
        return 3;
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

// Cuts the first character off; nothing, and nothing is cut, if there is none.
std::optional<char32_t> cut_character(std::string_view& text)
{
    const auto first = static_cast<unsigned char>(text.front());
    const auto length = length_by(first);
    if (length == 0 || text.size() < length)
        return std::nullopt;
    auto c = static_cast<char32_t>(length == 1 ? first : first & (0x7f >> length));
    for (const char byte : text.substr(1, length - 1)) {
        if ((static_cast<unsigned char>(byte) & 0xc0) != 0x80)
            return std::nullopt;
        c = c << 6 | (static_cast<unsigned char>(byte) & 0x3f);
    }
    constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000}; // no longer form of a shorter one
    if (c < least.at(length) || c > 0x10ffff)
        return std::nullopt;
    text.remove_prefix(length);
    return c;
}

std::string formatted(const char* format, unsigned value)
{
    std::array<char, 16> text{};
    const int length = std::snprintf(text.data(), text.size(), format, value);
    return {text.data(), static_cast<std::size_t>(length)};
}

} // namespace

bool is_shown_as_it_is(std::string_view text)
{
    while (!text.empty()) {
        const auto c = cut_character(text);
        if (!c || is_hidden(*c))
            return false;
    }
    return true;
}

std::string escaped_for_terminal(std::string_view text)
{
    std::string escaped;
    while (!text.empty()) {
        const auto whole = text;
        const auto c = cut_character(text);
        if (!c) {
            escaped += formatted("\\x%02x", static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
        } else if (is_hidden(*c)) {
            escaped += formatted("\\u{%x}", static_cast<unsigned>(*c));
        } else {
            escaped += whole.substr(0, whole.size() - text.size());
        }
    }
    return escaped;
}

} // namespace stile
