// Addresses as attempts are counted by (shared/http/network). Lines: an address, and eight bytes of another of its /64.
#include "shared/http/network.h"
#include "tests/fuzz/support/fuzz.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace stile::fuzz {

void fuzz(std::string_view input)
{
    const auto given = lines(input, 2);
    const std::string address(given[0].substr(0, given[0].find('\0'))); // as nginx hands it over: a C string
    const auto network = network_of(address);
    HOLDS(network_of(network) == network); // a network is no address
    HOLDS(network.size() <= std::max<std::size_t>(address.size(), INET6_ADDRSTRLEN + 3));

    std::array<unsigned char, 16> bytes{};
    const bool is_ipv6 = ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
    if (!is_ipv6 || !network.ends_with("/64")) // IPv4, mapped IPv4, or no address at all
        return HOLDS(is_ipv6 ? ::inet_pton(AF_INET, network.c_str(), bytes.data()) == 1 : network == address);

    // Another address of the same /64 counts as the same network, and no address outside it does.
    for (std::size_t i = 0; i < 8 && i < given[1].size(); ++i)
        bytes[8 + i] = static_cast<unsigned char>(given[1][i]);
    char text[INET6_ADDRSTRLEN];
    const bool is_mapped = std::all_of(bytes.begin(), bytes.begin() + 10, [](unsigned char b) { return b == 0; });
    if (!is_mapped)
        HOLDS(network_of(::inet_ntop(AF_INET6, bytes.data(), text, sizeof text)) == network);
    bytes[7] ^= 1;
    HOLDS(network_of(::inet_ntop(AF_INET6, bytes.data(), text, sizeof text)) != network);
}

} // namespace stile::fuzz
