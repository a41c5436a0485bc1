// Who counts as one stranger when attempts are counted.
#pragma once

#include <string>
#include <string_view>

namespace stile {

// An IPv4 address as it is; of an IPv6 address its /64 ("2001:db8::/64"), all of which one subscriber has to itself
// (RFC 6177 §2); an IPv4-mapped one (RFC 4291 §2.5.5.2) is the IPv4 address. What is no address stays as it is.
// nginx/limits.conf does the same for its limits.
std::string network_of(std::string_view address);

} // namespace stile
