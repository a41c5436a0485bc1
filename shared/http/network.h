// The network under which the attempts of an address are counted.
#pragma once

#include <string>
#include <string_view>

namespace stile {

// An IPv4 address unchanged; for an IPv6 address its /64 ("2001:db8::/64"), which is assigned to one subscriber (RFC
// 6177 §2); for an IPv4-mapped one (RFC 4291 §2.5.5.2) the IPv4 address. Other text stays unchanged. nginx/limits.conf
// uses the same networks.
std::string network_of(std::string_view address);

} // namespace stile
