#include "shared/base/address_range.h"

#include "tests/support/catch.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <string>

using namespace stile;

namespace {

IpAddress address(const std::string& text)
{
    sockaddr_in6 six{};
    sockaddr_in four{};
    six.sin6_family = AF_INET6;
    four.sin_family = AF_INET;
    const auto* found = ::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1
                            ? reinterpret_cast<const sockaddr*>(&four)
                            : reinterpret_cast<const sockaddr*>(&six);
    if (found->sa_family == AF_INET6)
        REQUIRE(::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1);
    return *ip_address_of(*found);
}

bool contains(const std::string& ranges, const std::string& text)
{
    const auto parsed = parse_address_ranges(ranges);
    REQUIRE(parsed);
    return std::ranges::any_of(*parsed, [&](const auto& range) { return range.contains(address(text)); });
}

} // namespace

TEST_CASE("STILE-address-range-1 addresses for special use are told from public ones, also within IPv6 addresses")
{
    const std::string special = GENERATE(
        "0.0.0.0", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.1.2.3",
        "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1",
        "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::10.0.0.1", "64:ff9b::10.0.0.1",
        "64:ff9b:1::1", "100::1", "2001::1", "2001:db8::1", "2002:a00:1::1", "2002:7f00:1::", "3fff::1", "4000::1",
        "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1");
    CAPTURE(special);
    CHECK(is_special_use(address(special)));
}

TEST_CASE("STILE-address-range-1 public addresses are not for special use")
{
    const std::string open =
        GENERATE("1.1.1.1", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.0.0.1", "128.0.0.1",
                 "169.253.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.0.1", "192.169.0.1", "198.17.0.1",
                 "198.20.0.1", "223.255.255.255", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2001:200::1",
                 "2001:4860:4860::8888", "2002:101:101::1", "2a00:1450::1", "3ffe::1");
    CAPTURE(open);
    CHECK_FALSE(is_special_use(address(open)));
}

TEST_CASE(
    "STILE-address-range-2 ranges contain the addresses with their prefix; a mapped address counts as its IPv4 address")
{
    CHECK(contains("10.1.0.0/16", "10.1.255.255"));
    CHECK_FALSE(contains("10.1.0.0/16", "10.2.0.0"));
    CHECK(contains("10.1.0.0/16", "::ffff:10.1.0.1"));
    CHECK(contains("10.1.2.0/23", "10.1.3.1"));
    CHECK_FALSE(contains("10.1.2.0/23", "10.1.4.1"));
    CHECK(contains("192.0.2.7", "192.0.2.7"));
    CHECK_FALSE(contains("192.0.2.7", "192.0.2.6"));
    CHECK(contains("0.0.0.0/0", "255.1.2.3"));
    CHECK_FALSE(contains("0.0.0.0/0", "2001::1"));
    CHECK(contains("fd00::/8", "fdff::1"));
    CHECK_FALSE(contains("fd00::/8", "fc00::1"));
    CHECK(contains("10.0.0.0/8,::1", "::1"));
    CHECK_FALSE(contains("10.0.0.0/8,::1", "::2"));
    CHECK(contains("2001:db8::/33", "2001:DB8:7fff:0:0:0:0:1"));
    CHECK_FALSE(contains("2001:db8::/33", "2001:db8:8000::"));
    CHECK_FALSE(contains("198.51.100.7", "::198.51.100.7"));
}

TEST_CASE("STILE-address-range-3 what is no list of addresses and ranges is refused")
{
    const std::string wrong =
        GENERATE("", ",", "10.0.0.0/8,", "10.0.0.0/33", "10.0.0.1/8", "fd00::1/8", "::/129", "10.0.0.0/", "10.0.0.0/-1",
                 "10/8", "localhost", "10.0.0.0/8 ::1", "10.0.0.0 /8");
    CAPTURE(wrong);
    CHECK_FALSE(parse_address_ranges(wrong));
    CHECK_FALSE(parse_address_ranges(std::string("10.0.0.1\0x", 10)));
}

TEST_CASE("STILE-address-range-3 what is no address is refused")
{
    const auto text = GENERATE(as<std::string>(), "", "unix:", "192.0.2", "192.0.2.1 ", "::1%lo", "[::1]",
                               "192.0.2.1:80", "2001:db8::/64", std::string("::1\0x", 5));
    CAPTURE(text);
    CHECK_FALSE(parse_ip_address(text));
    sockaddr other{};
    other.sa_family = AF_UNIX;
    CHECK_FALSE(ip_address_of(other));
}
