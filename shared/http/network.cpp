#include "shared/http/network.h"

#include "shared/base/address_range.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstddef>

namespace stile {

namespace {

std::string text_of(int family, const void* bytes)
{
    char text[INET6_ADDRSTRLEN];
    return ::inet_ntop(family, bytes, text, sizeof text);
}

// `prefix` in whole bytes.
std::string name_of(IpAddress address, std::size_t prefix)
{
    std::fill(address.begin() + static_cast<std::ptrdiff_t>(prefix), address.end(), 0);
    return text_of(AF_INET6, address.data()) + "/" + std::to_string(8 * prefix);
}

} // namespace

std::string network_of(std::string_view address)
{
    return networks_of(address).front().name;
}

std::vector<CountedNetwork> networks_of(std::string_view text)
{
    const auto address = parse_ip_address(text);
    if (!address)
        return {{std::string(text), 1}};
    if (is_ipv4(*address))
        return {{text_of(AF_INET, address->data() + ipv4_at), 1}};
    return {{name_of(*address, 8), 1}, {name_of(*address, 7), 4}, {name_of(*address, 6), 16}};
}

} // namespace stile
