#include "shared/base/address_range.h"

#include "shared/base/text.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>
#include <string>

namespace stile {

namespace {

constexpr unsigned ipv4_bits = 8 * ipv4_at; // that every mapped address has

IpAddress mapped(const void* ipv4)
{
    IpAddress address{};
    address[10] = address[11] = 0xff;
    std::memcpy(address.data() + ipv4_at, ipv4, 4);
    return address;
}

std::optional<AddressRange> parse_range(std::string_view text)
{
    const auto slash = text.find('/');
    const auto word = text.substr(0, slash);
    const auto address = parse_ip_address(word);
    if (!address)
        return std::nullopt;
    AddressRange range = {*address, word.contains(':') ? 0 : ipv4_bits};
    const auto most = 128 - range.bits;
    const auto bits =
        slash == std::string_view::npos ? std::optional(most) : parse_number<unsigned>(text.substr(slash + 1));
    if (!bits || *bits > most)
        return std::nullopt;
    range.bits += *bits;
    for (unsigned bit = range.bits; bit < 128; ++bit)
        if ((range.first[bit / 8] & (0x80U >> bit % 8)) != 0)
            return std::nullopt;
    return range;
}

// All others are global unicast (RFC 4291 §2.4: 2000::/3).
constexpr std::string_view special_ranges =
    "0.0.0.0/8,10.0.0.0/8,100.64.0.0/10,127.0.0.0/8,169.254.0.0/16,172.16.0.0/12,192.0.0.0/24,192.0.2.0/24,"
    "192.88.99.0/24,192.168.0.0/16,198.18.0.0/15,198.51.100.0/24,203.0.113.0/24,224.0.0.0/4,240.0.0.0/4,"
    "::/3,2001::/23,2001:db8::/32,3fff::/20,4000::/2,8000::/1";

// An IPv4 address that an IPv6 one leads to.
std::optional<IpAddress> embedded_ipv4(const IpAddress& address)
{
    static const auto nat64 = parse_range("64:ff9b::/96").value();
    static const auto six_to_four = parse_range("2002::/16").value();
    if (nat64.contains(address))
        return mapped(address.data() + ipv4_at);
    if (six_to_four.contains(address))
        return mapped(address.data() + 2);
    return std::nullopt;
}

} // namespace

std::optional<IpAddress> parse_ip_address(std::string_view text)
{
    const std::string word(text); // inet_pton() stops at the first NUL
    IpAddress bytes{};
    if (text.contains('\0'))
        return std::nullopt;
    if (::inet_pton(AF_INET, word.c_str(), bytes.data()) == 1)
        return mapped(bytes.data());
    if (::inet_pton(AF_INET6, word.c_str(), bytes.data()) == 1)
        return bytes;
    return std::nullopt;
}

std::optional<IpAddress> ip_address_of(const sockaddr& address)
{
    if (address.sa_family == AF_INET)
        return mapped(&reinterpret_cast<const sockaddr_in&>(address).sin_addr);
    if (address.sa_family != AF_INET6)
        return std::nullopt;
    IpAddress bytes{};
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
    return bytes;
}

bool is_ipv4(const IpAddress& address)
{
    static const auto ipv4 = parse_range("::ffff:0:0/96").value();
    return ipv4.contains(address);
}

bool AddressRange::contains(const IpAddress& address) const
{
    const auto bytes = bits / 8;
    if (!std::equal(first.begin(), first.begin() + bytes, address.begin()))
        return false;
    const unsigned rest = bits % 8;
    return rest == 0 || ((first[bytes] ^ address[bytes]) >> (8 - rest)) == 0;
}

std::optional<AddressRanges> parse_address_ranges(std::string_view text)
{
    AddressRanges ranges;
    for (const auto word : split(text, ',')) {
        const auto range = parse_range(word);
        if (!range)
            return std::nullopt;
        ranges.push_back(*range);
    }
    return ranges.empty() ? std::nullopt : std::optional(std::move(ranges));
}

bool is_in(const AddressRanges& ranges, const IpAddress& address)
{
    return std::ranges::any_of(ranges, [&](const AddressRange& range) { return range.contains(address); });
}

bool is_special_use(const IpAddress& address)
{
    static const auto special = parse_address_ranges(special_ranges).value();
    if (const auto inner = embedded_ipv4(address))
        return is_special_use(*inner);
    // ::/3 has the mapped addresses in it.
    return std::ranges::any_of(special, [&](const AddressRange& range) {
        return range.contains(address) && (!is_ipv4(address) || range.bits >= ipv4_bits);
    });
}

} // namespace stile
