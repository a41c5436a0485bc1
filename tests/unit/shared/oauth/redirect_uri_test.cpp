#include "shared/oauth/redirect_uri.h"

#include "shared/http/form.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace std::string_literals;

namespace {

Client confidential(std::vector<std::string> redirect_uris)
{
    Client client;
    client.redirect_uris = std::move(redirect_uris);
    return client;
}

Client native(std::vector<std::string> redirect_uris)
{
    Client client = confidential(std::move(redirect_uris));
    client.auth_method = AuthMethod::none;
    return client;
}

RedirectTarget proved(const std::string& uri)
{
    auto target = prove_redirect_uri(confidential({uri}), uri);
    REQUIRE(target.has_value());
    return target.take();
}

// By clients of both kinds that registered two other URIs.
bool is_refused(const std::string& presented)
{
    const std::vector<std::string> registered = {"https://client.example/cb", "https://client.example/other"};
    for (const auto& client : {confidential(registered), native(registered)}) {
        const auto target = prove_redirect_uri(client, presented);
        if (target || target.error().code != ErrorCode::invalid_request)
            return false;
    }
    return true;
}

} // namespace

TEST_CASE("RFC6749-3.1.2.3-1 without redirect_uri the only registered one is used")
{
    const auto target = prove_redirect_uri(confidential({"https://client.example/cb"}), std::nullopt);
    REQUIRE(target.has_value());
    CHECK(target->uri() == "https://client.example/cb");
    const auto [name, registered] = GENERATE(table<std::string, std::vector<std::string>>({
        {"none registered", {}},
        {"two registered", {"https://client.example/a", "https://client.example/b"}},
    }));
    CAPTURE(name);
    const auto refused = prove_redirect_uri(confidential(registered), std::nullopt);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::invalid_request);
}

TEST_CASE("RFC6749-3.1.2.3-3 the exact registered string is accepted, also one of several")
{
    const std::vector<std::string> registered = {"https://client.example/cb", "https://client.example/cb?x=1",
                                                 "com.example.app:/cb", "http://localhost:8080/cb"};
    for (const auto& uri : registered) {
        const auto target = prove_redirect_uri(confidential(registered), uri);
        REQUIRE(target.has_value());
        CHECK(target->uri() == uri);
    }
    CHECK_FALSE(prove_redirect_uri(confidential({}), "https://client.example/cb").has_value());
}

TEST_CASE("RFC9700-2.1-1 a redirect_uri that differs in any byte of path or query is refused")
{
    const auto [name, presented] = GENERATE(table<std::string, std::string>({
        {"empty", ""},
        {"prefix", "https://client.example/c"},
        {"suffix", "https://client.example/cb2"},
        {"trailing slash", "https://client.example/cb/"},
        {"path below", "https://client.example/cb/deeper"},
        {"path traversal", "https://client.example/cb/../evil"},
        {"path that normalises to the same", "https://client.example/x/../cb"},
        {"dot segment", "https://client.example/./cb"},
        {"double slash", "https://client.example//cb"},
        {"case of the path", "https://client.example/CB"},
        {"encoded", "https://client.example/%63b"},
        {"double-encoded", "https://client.example/%2563b"},
        {"encoded slash", "https://client.example%2Fcb"},
        {"query added", "https://client.example/cb?next=https://evil.example"},
        {"empty query added", "https://client.example/cb?"},
        {"fragment added", "https://client.example/cb#x"},
        {"NUL added", "https://client.example/cb\0"s},
        {"cut by a NUL", "https://client.example/cb\0.evil.example"s},
        {"space added", "https://client.example/cb "},
        {"line feed added", "https://client.example/cb\n"},
        {"both, separated by a space", "https://client.example/cb https://evil.example/"},
    }));
    CAPTURE(name);
    CHECK(is_refused(presented));
}

TEST_CASE("RFC9700-2.1-1 a redirect_uri that differs in any byte of scheme, host or port is refused")
{
    const auto [name, presented] = GENERATE(table<std::string, std::string>({
        {"case of the scheme", "HTTPS://client.example/cb"},
        {"case of the host", "https://Client.example/cb"},
        {"default port", "https://client.example:443/cb"},
        {"another port", "https://client.example:8443/cb"},
        {"http", "http://client.example/cb"},
        {"user name", "https://user@client.example/cb"},
        {"host in the user name", "https://client.example@evil.example/cb"},
        {"subdomain", "https://www.client.example/cb"},
        {"longer host", "https://client.example.evil.example/cb"},
        {"trailing dot in the host", "https://client.example./cb"},
        {"backslash", "https://client.example\\@evil.example/cb"},
        {"another host", "https://evil.example/cb"},
        {"homograph", "https://cli\xd0\xb5nt.example/cb"},
    }));
    CAPTURE(name);
    CHECK(is_refused(presented));
}

TEST_CASE("RFC8252-7.3-6 a native client may use any port of its loopback address")
{
    const auto [name, registered, presented] = GENERATE(table<std::string, std::string, std::string>({
        {"a port where none is registered", "http://127.0.0.1/cb", "http://127.0.0.1:51004/cb"},
        {"another port", "http://127.0.0.1:8080/cb", "http://127.0.0.1:51004/cb"},
        {"no port where one is registered", "http://127.0.0.1:8080/cb", "http://127.0.0.1/cb"},
        {"IPv6", "http://[::1]/cb", "http://[::1]:51004/cb"},
        {"least port", "http://127.0.0.1/cb", "http://127.0.0.1:1/cb"},
        {"largest port", "http://127.0.0.1/cb", "http://127.0.0.1:65535/cb"},
        {"query kept", "http://127.0.0.1/cb?x=1", "http://127.0.0.1:80/cb?x=1"},
        {"no path", "http://127.0.0.1", "http://127.0.0.1:80"},
        {"query without path", "http://127.0.0.1?x", "http://127.0.0.1:80?x"},
    }));
    CAPTURE(name);
    const auto target = prove_redirect_uri(native({registered}), presented);
    REQUIRE(target.has_value());
    CHECK(target->uri() == presented);
    // Only native clients: a confidential one knows its port.
    CHECK_FALSE(prove_redirect_uri(confidential({registered}), presented).has_value());
}

TEST_CASE("RFC8252-7.3-6 only the port may differ, and it must be valid")
{
    const auto [name, presented] = GENERATE(table<std::string, std::string>({
        {"port 0", "http://127.0.0.1:0/cb"},
        {"port 65536", "http://127.0.0.1:65536/cb"},
        {"port that overflows", "http://127.0.0.1:4294967376/cb"},
        {"empty port", "http://127.0.0.1:/cb"},
        {"negative port", "http://127.0.0.1:-1/cb"},
        {"port with plus", "http://127.0.0.1:+80/cb"},
        {"hexadecimal port", "http://127.0.0.1:0x50/cb"},
        {"two ports", "http://127.0.0.1:80:80/cb"},
        {"host behind a user name and port", "http://127.0.0.1:80@evil.example/cb"},
        {"host behind a user name", "http://127.0.0.1@evil.example/cb"},
        {"backslash and host", "http://127.0.0.1:80\\@evil.example/cb"},
        {"longer host", "http://127.0.0.1.evil.example/cb"},
        {"longer host behind the port", "http://127.0.0.1:80.evil.example/cb"},
        {"longer address", "http://127.0.0.11/cb"},
        {"another address of the block", "http://127.0.0.2:80/cb"},
        {"the other family", "http://[::1]:80/cb"},
        {"localhost", "http://localhost:80/cb"},
        {"short form", "http://127.1:80/cb"},
        {"one number", "http://2130706433:80/cb"},
        {"https", "https://127.0.0.1:80/cb"},
        {"scheme in capitals", "HTTP://127.0.0.1:80/cb"},
        {"another path", "http://127.0.0.1:80/other"},
        {"longer path", "http://127.0.0.1:80/cb/x"},
        {"no path", "http://127.0.0.1:80"},
        {"query added", "http://127.0.0.1:80/cb?x=1"},
        {"fragment added", "http://127.0.0.1:80/cb#x"},
        {"fragment at once", "http://127.0.0.1:80#/cb"},
        {"NUL", "http://127.0.0.1:80\0/cb"s},
    }));
    CAPTURE(name);
    CHECK_FALSE(prove_redirect_uri(native({"http://127.0.0.1:8080/cb"}), presented).has_value());
}

TEST_CASE("STILE-redirect-uri-1 a port with leading zeros means the same loopback port or is refused")
{
    const auto presented = GENERATE("http://127.0.0.1:0080/cb"s, "http://127.0.0.1:00000000000000000000080/cb"s);
    const auto target = prove_redirect_uri(native({"http://127.0.0.1/cb"}), presented);
    CHECK((!target || destination_of(*target).host == "127.0.0.1"));
    CHECK_FALSE(prove_redirect_uri(native({"http://127.0.0.1/cb"}), "http://127.0.0.1:00000/cb").has_value());
    CHECK_FALSE(prove_redirect_uri(native({"http://127.0.0.1/cb"}), "http://127.0.0.1:0065536/cb").has_value());
}

TEST_CASE("STILE-redirect-uri-2 the port exception applies only to registered IP addresses")
{
    const auto [name, registered, presented] = GENERATE(table<std::string, std::string, std::string>({
        {"localhost", "http://localhost/cb", "http://localhost:80/cb"},
        {"https on loopback", "https://127.0.0.1/cb", "https://127.0.0.1:8443/cb"},
        {"any other host", "https://client.example/cb", "https://client.example:8443/cb"},
        {"IPv6 for IPv4", "http://127.0.0.1/cb", "http://[::1]/cb"},
        {"IPv4 for IPv6", "http://[::1]/cb", "http://127.0.0.1/cb"},
        {"IPv6 written out", "http://[::1]/cb", "http://[0:0:0:0:0:0:0:1]:80/cb"},
        {"one origin behind another", "http://[::1]/cb", "http://127.0.0.1http://[::1]/cb"},
        {"one origin behind another, with ports", "http://[::1]:1/cb", "http://127.0.0.1:9http://[::1]:80/cb"},
    }));
    CAPTURE(name);
    CHECK_FALSE(prove_redirect_uri(native({registered}), presented).has_value());
}

TEST_CASE("STILE-redirect-uri-3 the page shows the host that the browser is sent to")
{
    const auto [uri, scheme, host, on_this_device] = GENERATE(table<std::string, std::string, std::string, bool>({
        {"https://client.example/cb", "https", "client.example", false},
        {"https://client.example:8443/cb?x=@evil.example", "https", "client.example", false},
        {"http://127.0.0.1:8080/cb", "http", "127.0.0.1", true},
        {"http://[::1]/cb", "http", "[::1]", true},
        {"http://localhost/cb", "http", "localhost", true},
        {"https://localhost.client.example/cb", "https", "localhost.client.example", false},
        {"com.example.app:/cb", "com.example.app", "", true},
        {"com.example.app://host/cb", "com.example.app", "", true},
    }));
    CAPTURE(uri);
    const auto destination = destination_of(proved(uri));
    CHECK(destination.scheme == scheme);
    CHECK(destination.host == host);
    CHECK(destination.is_on_this_device == on_this_device);
}

TEST_CASE("STILE-redirect-uri-7 a host that only begins like a loopback address is not treated as one")
{
    const auto uri = GENERATE("https://127.0.0.1.evil.example/cb", "https://[::1].evil.example/cb",
                              "https://127.0.0.1%2eevil.example/cb", "https://localhost:80.evil.example/cb");
    CAPTURE(uri);
    const auto host = destination_of(proved(uri)).host;
    CHECK(host != "127.0.0.1");
    CHECK(host != "[::1]");
    CHECK(host != "localhost");
}

TEST_CASE("RPLOGOUT-3-2 a post_logout_redirect_uri must match a registered one byte for byte")
{
    Client client = native({"https://client.example/cb"});
    client.post_logout_redirect_uris = {"https://client.example/bye", "http://127.0.0.1:5000/bye"};
    for (const auto& uri : client.post_logout_redirect_uris)
        CHECK(prove_post_logout_redirect_uri(client, uri)->uri() == uri);
    for (const std::string uri : {"", "https://client.example/bye?", "https://client.example/BYE",
                                  "https://client.example/cb", "http://127.0.0.1:5001/bye", "http://127.0.0.1/bye"}) {
        CAPTURE(uri);
        const auto target = prove_post_logout_redirect_uri(client, uri);
        REQUIRE_FALSE(target);
        CHECK(target.error().code == ErrorCode::invalid_request);
    }
    CHECK_FALSE(prove_post_logout_redirect_uri(native({"https://client.example/cb"}), "https://client.example/cb"));
}
