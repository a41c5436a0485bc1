#include "shared/http/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <span>

namespace stile {

namespace {

using Address6 = std::array<unsigned char, 16>;

constexpr std::size_t prefix_length = 8; // bytes: /64
constexpr std::array<unsigned char, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::string text_of(int family, const void* bytes)
{
    char text[INET6_ADDRSTRLEN];
    return ::inet_ntop(family, bytes, text, sizeof text);
}

} // namespace

std::string network_of(std::string_view address)
{
    std::string text(address);
    Address6 bytes{};
    // inet_pton() stops at the first NUL.
    if (address.contains('\0') || ::inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1)
        return text;
    if (std::ranges::equal(mapped_prefix, std::span(bytes).first<mapped_prefix.size()>()))
        return text_of(AF_INET, bytes.data() + mapped_prefix.size());
    std::fill(bytes.begin() + prefix_length, bytes.end(), 0);
    return text_of(AF_INET6, bytes.data()) + "/64";
}

} // namespace stile
