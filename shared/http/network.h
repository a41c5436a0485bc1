// The networks under which the attempts of an address are counted, and lists of networks.
#pragma once

#include <array>
#include <optional>
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

// Networks that an operator names. An immutable value.
class NetworkList {
public:
    // "192.0.2.0/24,2001:db8::/32,198.51.100.7"; nothing if one of them is neither a network nor an address.
    static std::optional<NetworkList> parse(std::string_view text);

    // Whether one of them has the address, in any notation. No network has a text that is no address.
    bool contains(std::string_view address) const;

private:
    struct Network {
        std::array<unsigned char, 16> address; // IPv4 as IPv4-mapped
        int prefix; // bits
    };

    std::vector<Network> m_networks;
};

} // namespace stile
