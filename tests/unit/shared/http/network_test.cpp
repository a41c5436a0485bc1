#include "shared/http/network.h"

#include "tests/support/catch.h"

using stile::CountedNetwork;
using stile::network_of;
using stile::networks_of;

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

TEST_CASE(
    "STILE-throttle-10 an IPv6 address is counted for its /56 and /48 besides, which have 4 and 16 times its share")
{
    using Networks = std::vector<CountedNetwork>;
    CHECK(networks_of("2001:db8:1:2fe::1")
          == Networks{{"2001:db8:1:2fe::/64", 1}, {"2001:db8:1:200::/56", 4}, {"2001:db8:1::/48", 16}});
    CHECK(networks_of("2001:db8:1:2fe:ffff:ffff:ffff:ffff") == networks_of("2001:db8:1:2fe::"));
    CHECK(networks_of("2001:db8:1:2ff::1")[1] == networks_of("2001:db8:1:200::")[1]);
    CHECK(networks_of("2001:db8:1:300::1")[1] != networks_of("2001:db8:1:200::")[1]);
    CHECK(networks_of("2001:db8:1:ffff::1")[2] == networks_of("2001:db8:1::")[2]);
    CHECK(networks_of("2001:db8:2::1")[2] != networks_of("2001:db8:1::1")[2]);
    for (const char* text : {"192.0.2.7", "::ffff:192.0.2.7"})
        CHECK(networks_of(text) == Networks{{"192.0.2.7", 1}});
    for (const char* text : {"unix:", "", "2001:db8::/64"})
        CHECK(networks_of(text) == Networks{{text, 1}});
}
