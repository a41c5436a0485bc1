#include "shared/http/network.h"

#include "tests/support/catch.h"

using stile::network_of;

TEST_CASE("STILE-throttle-3 an IPv4 address, or the /64 of an IPv6 address, counts as one, in every notation")
{
    const auto [address, network] = GENERATE(table<std::string, std::string>({
        {"192.0.2.7", "192.0.2.7"},
        {"::ffff:192.0.2.7", "192.0.2.7"},
        {"::FFFF:c000:0207", "192.0.2.7"},
        {"2001:db8:1:2::1", "2001:db8:1:2::/64"},
        {"2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"},
        {"2001:0DB8:0001:0002:0000:0000:0000:0001", "2001:db8:1:2::/64"},
        {"2001:db8:1:3::1", "2001:db8:1:3::/64"},
        {"2001:db8::1", "2001:db8::/64"},
        {"::1", "::/64"},
        {"fe80::1", "fe80::/64"},
        {"64:ff9b::192.0.2.7", "64:ff9b::/64"},
    }));
    CAPTURE(address);
    CHECK(network_of(address) == network);
}

TEST_CASE("STILE-throttle-3 a text that is not an address stays unchanged")
{
    const std::string text =
        GENERATE(as<std::string>(), "unix:", "", "2001:db8::/64", "1.2.3", "::1%lo", std::string("::1\0x", 5));
    CHECK(network_of(text) == text);
}
