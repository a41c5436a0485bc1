// IP addresses, ranges of them, and the ranges that are for special use.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

struct sockaddr;

namespace stile {

// An IPv6 address; an IPv4 one is mapped (::ffff:192.0.2.1, RFC 4291 §2.5.5.2).
using IpAddress = std::array<unsigned char, 16>;

// In any notation, without port and zone. Nothing for other text.
std::optional<IpAddress> parse_ip_address(std::string_view text);

// The address of a socket, without its port. Nothing for other families than IPv4 and IPv6.
std::optional<IpAddress> ip_address_of(const sockaddr& address);

// The four bytes of an IPv4 address begin here.
inline constexpr std::size_t ipv4_at = 12;
bool is_ipv4(const IpAddress& address);

struct AddressRange {
    IpAddress first{};
    unsigned bits = 0; // of the 128

    bool contains(const IpAddress& address) const;
};

using AddressRanges = std::vector<AddressRange>;

// "10.0.0.0/8,fd00::/8,192.0.2.7": addresses and ranges, separated by commas. Nothing if one of them is none, or has bits
// behind its prefix.
std::optional<AddressRanges> parse_address_ranges(std::string_view text);

bool is_in(const AddressRanges& ranges, const IpAddress& address);

// Whether the address is for special use (RFC 6890; IANA's registries of special-purpose addresses): private, loopback,
// link-local, shared, documentation, multicast and the like. An IPv4 address within an IPv6 one (mapped, NAT64 RFC 6052,
// 6to4 RFC 3056) counts as itself.
bool is_special_use(const IpAddress& address);

} // namespace stile
