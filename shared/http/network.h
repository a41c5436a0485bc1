// The networks under which the attempts of an address are counted.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace stile {

// An IPv4 address unchanged; for an IPv6 address its /64 ("2001:db8::/64"), which is assigned to one subscriber (RFC
// 6177 §2); for an IPv4-mapped one (RFC 4291 §2.5.5.2) the IPv4 address. Other text stays unchanged. nginx/limits.conf
// uses the same networks.
std::string network_of(std::string_view address);

// A network, and how many times the attempts of one address are free for all of it together.
struct CountedNetwork {
    std::string name; // "192.0.2.7", "2001:db8::/48"
    int share;

    bool operator==(const CountedNetwork&) const = default;
};

// All networks that count an attempt of the address: network_of() first, once. An IPv6 address has its /56 (four times)
// and its /48 (16 times) besides: a site can have as many /64s (RFC 6177 §2), so they alone would not limit it.
// nginx/limits.conf uses the same networks.
std::vector<CountedNetwork> networks_of(std::string_view address);

} // namespace stile
