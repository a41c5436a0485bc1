#include "shared/fastcgi/pairs.h"

#include "shared/base/text.h"

#include <cstddef>

namespace stile {

namespace {

// The first `size` bytes; nothing if there are fewer.
std::optional<std::string_view> cut(std::string_view& from, std::size_t size)
{
    if (size > from.size())
        return std::nullopt;
    const auto piece = from.substr(0, size);
    from.remove_prefix(size);
    return piece;
}

// FastCGI 1.0 §3.4: one byte, or four if the first has its high bit set, which does not count.
std::optional<std::size_t> cut_length(std::string_view& from)
{
    const bool is_long = !from.empty() && (static_cast<unsigned char>(from.front()) & 0x80) != 0;
    const auto bytes = cut(from, is_long ? 4 : 1);
    if (!bytes)
        return std::nullopt;
    std::size_t length = 0;
    for (const char byte : *bytes)
        length = length << 8 | static_cast<unsigned char>(byte);
    return length & 0x7fffffff;
}

} // namespace

std::optional<NameValuePair> cut_pair(std::string_view& pairs)
{
    const auto name_length = cut_length(pairs);
    const auto value_length = name_length ? cut_length(pairs) : std::nullopt;
    const auto name = value_length ? cut(pairs, *name_length) : std::nullopt;
    const auto value = name ? cut(pairs, *value_length) : std::nullopt;
    if (!value)
        return std::nullopt;
    return NameValuePair{*name, *value};
}

std::string_view value_of(std::string_view pairs, std::string_view name)
{
    while (!pairs.empty()) {
        const auto pair = cut_pair(pairs);
        if (!pair)
            break;
        if (pair->name == name)
            return up_to_nul(pair->value);
    }
    return {};
}

std::size_t announced_length(std::string_view params)
{
    return parse_number<std::size_t>(value_of(params, "CONTENT_LENGTH")).value_or(0);
}

std::string_view up_to_nul(std::string_view value)
{
    return value.substr(0, value.find('\0'));
}

void append_short_pair(std::string& to, const NameValuePair& pair)
{
    to.append({static_cast<char>(pair.name.size()), static_cast<char>(pair.value.size())});
    to.append(pair.name).append(pair.value);
}

} // namespace stile
