#include "shared/http/network.h"

#include "shared/base/text.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>
#include <span>

namespace stile {

namespace {

using Address6 = std::array<unsigned char, 16>;

constexpr std::array<unsigned char, 12> mapped_prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr int mapped_bits = 8 * mapped_prefix.size();

std::string text_of(int family, const void* bytes)
{
    char text[INET6_ADDRSTRLEN];
    return ::inet_ntop(family, bytes, text, sizeof text);
}

bool is_mapped(const Address6& address)
{
    return std::ranges::equal(mapped_prefix, std::span(address).first<mapped_prefix.size()>());
}

// An IPv4 address becomes an IPv4-mapped one (RFC 4291 §2.5.5.2). Nothing for any other text.
std::optional<Address6> address_of(std::string_view text)
{
    if (text.contains('\0')) // inet_pton() would stop there
        return std::nullopt;
    const std::string terminated(text);
    Address6 bytes{};
    if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1)
        return bytes;
    std::ranges::copy(mapped_prefix, bytes.begin());
    if (::inet_pton(AF_INET, terminated.c_str(), bytes.data() + mapped_prefix.size()) == 1)
        return bytes;
    return std::nullopt;
}

// `prefix` in whole bytes.
std::string name_of(Address6 address, std::size_t prefix)
{
    std::fill(address.begin() + static_cast<std::ptrdiff_t>(prefix), address.end(), 0);
    return text_of(AF_INET6, address.data()) + "/" + std::to_string(8 * prefix);
}

bool is_equal_up_to(const Address6& a, const Address6& b, int bits)
{
    const auto whole = static_cast<std::size_t>(bits / 8);
    if (!std::equal(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(whole), b.begin()))
        return false;
    const int rest = bits % 8;
    return rest == 0 || ((a.at(whole) ^ b.at(whole)) >> (8 - rest)) == 0;
}

} // namespace

std::string network_of(std::string_view address)
{
    return networks_of(address).front().name;
}

std::vector<CountedNetwork> networks_of(std::string_view text)
{
    const auto address = address_of(text);
    if (!address)
        return {{std::string(text), 1}};
    if (is_mapped(*address))
        return {{text_of(AF_INET, address->data() + mapped_prefix.size()), 1}};
    return {{name_of(*address, 8), 1}, {name_of(*address, 7), 4}, {name_of(*address, 6), 16}};
}

std::optional<NetworkList> NetworkList::parse(std::string_view text)
{
    NetworkList list;
    for (const auto piece : split(text, ',')) {
        const auto slash = piece.find('/');
        const auto address = address_of(piece.substr(0, slash));
        if (!address)
            return std::nullopt;
        const int before = piece.contains(':') ? 0 : mapped_bits;
        int prefix = 128;
        if (slash != std::string_view::npos) {
            const auto bits = parse_number<int>(piece.substr(slash + 1));
            if (!bits || *bits < 0 || *bits > 128 - before)
                return std::nullopt;
            prefix = before + *bits;
        }
        list.m_networks.push_back({*address, prefix});
    }
    return list.m_networks.empty() ? std::nullopt : std::optional(std::move(list));
}

bool NetworkList::contains(std::string_view text) const
{
    const auto address = address_of(text);
    return address && std::ranges::any_of(m_networks, [&](const Network& network) {
               return is_equal_up_to(*address, network.address, network.prefix);
           });
}

} // namespace stile
