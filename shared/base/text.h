// Character classes and string helpers that several folders use.
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

// RFC 6749 appendix A: VSCHAR = %x20-7E.
constexpr bool is_vschar(char c)
{
    return c >= 0x20 && c <= 0x7e;
}

// RFC 6749 appendix A: NQCHAR = %x21 / %x23-5B / %x5D-7E.
constexpr bool is_nqchar(char c)
{
    return c == 0x21 || (c >= 0x23 && c <= 0x5b) || (c >= 0x5d && c <= 0x7e);
}

constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
constexpr bool is_base62(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

template <typename Rule>
constexpr bool all_of(std::string_view text, Rule rule)
{
    for (const char c : text)
        if (!rule(c))
            return false;
    return true;
}

// ASCII only, whatever the locale.
constexpr char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view a, std::string_view b);

// The pieces between separators; "" gives no piece, "a,,b" gives three.
std::vector<std::string_view> split(std::string_view text, char separator);

std::string join(const std::vector<std::string>& pieces, std::string_view separator);

// Replaces every `from` with `to`; the replacement is not searched again.
std::string replace_all(std::string text, std::string_view from, std::string_view to);

// The whole text as a decimal number.
template <typename Number>
std::optional<Number> parse_number(std::string_view text)
{
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

} // namespace stile
