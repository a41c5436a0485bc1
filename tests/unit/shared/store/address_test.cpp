#include "shared/store/address.h"

#include "tests/support/catch.h"

using namespace stile;

TEST_CASE("STILE-address-1 a unix socket URL takes its options from the query")
{
    const auto [name, url, socket, database, user, password] =
        GENERATE(table<std::string, std::string, std::string, int, std::string, std::string>({
            {"path alone", "unix:///run/redis.sock", "/run/redis.sock", 0, "", ""},
            {"database", "unix:///run/redis.sock?db=3", "/run/redis.sock", 3, "", ""},
            {"all options", "unix:///r.sock?db=1&user=token&password=p%40ss%26", "/r.sock", 1, "token", "p@ss&"},
            {"other order", "unix:///r.sock?password=p&user=u", "/r.sock", 0, "u", "p"},
            {"encoded path", "unix:///a%20b.sock", "/a b.sock", 0, "", ""},
        }));
    CAPTURE(name);
    const auto address = parse_redis_address(url);
    REQUIRE(address.has_value());
    CHECK(address->socket == socket);
    CHECK(address->host.empty());
    CHECK(address->database == database);
    CHECK(address->user == user);
    CHECK(address->password.reveal() == password);
}

TEST_CASE("STILE-address-2 a TCP URL has a host, and optionally port, database and credentials")
{
    struct Expected {
        std::string host;
        int port;
        int database;
        std::string user;
        std::string password;
    };
    const auto [name, url, expected] = GENERATE(table<std::string, std::string, Expected>({
        {"host alone", "redis://redis.example", {"redis.example", 6379, 0, "", ""}},
        {"slash behind", "redis://redis.example/", {"redis.example", 6379, 0, "", ""}},
        {"port", "redis://redis.example:6380", {"redis.example", 6380, 0, "", ""}},
        {"database", "redis://127.0.0.1:6380/12", {"127.0.0.1", 6380, 12, "", ""}},
        {"IPv6 without its brackets", "redis://[::1]:6380", {"::1", 6380, 0, "", ""}},
        {"user and password", "redis://token:p%40s%3As@h", {"h", 6379, 0, "token", "p@s:s"}},
        {"password alone", "redis://:secret@h", {"h", 6379, 0, "", "secret"}},
        {"user alone", "redis://token@h", {"h", 6379, 0, "token", ""}},
        {"largest port", "redis://h:65535", {"h", 65535, 0, "", ""}},
    }));
    CAPTURE(name);
    const auto address = parse_redis_address(url);
    REQUIRE(address.has_value());
    CHECK(address->socket.empty());
    CHECK(address->host == expected.host);
    CHECK(address->port == expected.port);
    CHECK(address->database == expected.database);
    CHECK(address->user == expected.user);
    CHECK(address->password.reveal() == expected.password);
}

TEST_CASE("STILE-address-3 any other URL is refused")
{
    const auto [name, url] = GENERATE(table<std::string, std::string>({
        {"empty", ""},
        {"a path", "/run/redis.sock"},
        {"host and port", "localhost:6379"},
        {"another scheme", "http://localhost:6379"},
        {"TLS, which is not spoken", "rediss://localhost"},
        {"scheme in capitals", "REDIS://localhost"},
        {"space", "redis://local host"},
        {"socket without path", "unix://"},
        {"socket on a host", "unix://run/redis.sock"},
        {"socket with an unknown option", "unix:///r.sock?timeout=3"},
        {"socket with a misspelt option", "unix:///r.sock?DB=3"},
        {"socket with a database that is no number", "unix:///r.sock?db=x"},
        {"socket with an empty database", "unix:///r.sock?db="},
        {"malformed escape", "unix:///r%zz.sock"},
        {"no host", "redis://"},
        {"port without host", "redis://:6379"},
        {"port 0", "redis://h:0"},
        {"port 65536", "redis://h:65536"},
        {"empty port", "redis://h:"},
        {"port that is no number", "redis://h:x"},
        {"database that is no number", "redis://h/x"},
        {"database with more behind", "redis://h/1/2"},
        {"query", "redis://h?db=1"},
        {"fragment", "redis://h/1#x"},
    }));
    CAPTURE(name, url);
    CHECK_FALSE(parse_redis_address(url).has_value());
}

TEST_CASE("STILE-address-4 a negative database number is refused")
{
    const auto url = GENERATE("unix:///r.sock?db=-1", "redis://h/-1");
    CAPTURE(url);
    CHECK_FALSE(parse_redis_address(url).has_value());
}

TEST_CASE("STILE-address-5 no part of a socket URL is silently ignored")
{
    const auto [name, url] = GENERATE(table<std::string, std::string>({
        {"fragment, as in a password with a raw hash", "unix:///r.sock?user=u&password=p#ss"},
        {"user in front", "unix://user:pw@/r.sock"},
        {"port", "unix://:6379/r.sock"},
        {"relative path", "unix:r.sock"},
    }));
    CAPTURE(name, url);
    CHECK_FALSE(parse_redis_address(url).has_value());
}

TEST_CASE("STILE-address-7 a NUL byte does not shorten a path or a host")
{
    const auto url = GENERATE("unix:///r.sock%00.tmp", "redis://redis.example%00.evil.example");
    CAPTURE(url);
    CHECK_FALSE(parse_redis_address(url).has_value());
}

TEST_CASE("STILE-address-6 the whole host must be valid, not only its beginning")
{
    const auto url = GENERATE("redis://127.0.0.1.redis.example", "redis://10.0.0.1x5", "redis://127.0.0.12560",
                              "redis://redis.example:6379x5");
    CAPTURE(url);
    const auto address = parse_redis_address(url);
    CHECK((!address || address->host == std::string_view(url).substr(8)));
}
