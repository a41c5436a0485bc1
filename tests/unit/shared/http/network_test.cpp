#include "shared/http/network.h"

#include "tests/support/catch.h"

using stile::CountedNetwork;
using stile::network_of;
using stile::NetworkList;
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

TEST_CASE("STILE-throttle-11 a list of networks has the addresses of each, in every notation, and no other")
{
    const auto list = NetworkList::parse("192.0.2.0/23,198.51.100.7,2001:db8::/33,2001:db8:ffff::1");
    REQUIRE(list.has_value());
    for (const char* inside : {"192.0.2.0", "192.0.3.255", "::ffff:192.0.2.9", "198.51.100.7",
                               "2001:db8::", "2001:db8:7fff::1", "2001:DB8:ffff:0:0:0:0:1"}) {
        CAPTURE(inside);
        CHECK(list->contains(inside));
    }
    for (const char* outside : {"192.0.1.255", "192.0.4.0", "198.51.100.8", "::198.51.100.7",
                                "2001:db8:8000::", "2001:db8:ffff::2", "", "unix:", "192.0.2", "192.0.2.1 "}) {
        CAPTURE(outside);
        CHECK_FALSE(list->contains(outside));
    }
    CHECK_FALSE(list->contains(std::string_view("192.0.2.1\0", 10)));
    CHECK_FALSE(NetworkList().contains("192.0.2.1"));
    CHECK(NetworkList::parse("0.0.0.0/0")->contains("203.0.113.9"));
    CHECK_FALSE(NetworkList::parse("0.0.0.0/0")->contains("2001:db8::1"));
    CHECK(NetworkList::parse("::/0")->contains("2001:db8::1"));
}

TEST_CASE("STILE-throttle-11 what is no network is refused")
{
    for (const char* text : {"", ",", "192.0.2.0/24,", ",192.0.2.0/24", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/",
                             "192.0.2.0/24/1", "2001:db8::/129", "192.0.2", "name", "192.0.2.0/24 ", "192.0.2.1;"}) {
        CAPTURE(text);
        CHECK_FALSE(NetworkList::parse(text).has_value());
    }
}
