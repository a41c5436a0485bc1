// The other half of redirect_uri.cpp: what may be registered, and how an answer is appended.
#include "shared/oauth/redirect_uri.h"

#include "shared/http/form.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace stile;
using namespace std::string_literals;

namespace {

RedirectTarget proved(const std::string& uri)
{
    Client client;
    client.redirect_uris = {uri};
    auto target = prove_redirect_uri(client, uri);
    REQUIRE(target.has_value());
    return target.take();
}

std::string https_of_length(std::size_t length)
{
    const std::string start = "https://client.example/";
    return start + std::string(length - start.size(), 'a');
}

} // namespace

TEST_CASE("RFC6749-3.1.2-3 absolute URIs of https, loopback and private schemes may be registered")
{
    const auto [name, uri] = GENERATE(table<std::string, std::string>({
        {"https", "https://client.example/cb"},
        {"https with port", "https://client.example:8443/cb"},
        {"https without path", "https://client.example"},
        {"https with query", "https://client.example/cb?tenant=1&x=%20"},
        {"https on loopback", "https://localhost/cb"},
        {"https on an address", "https://[2001:db8::1]/cb"},
        {"http on 127.0.0.1", "http://127.0.0.1/cb"},
        {"http on 127.0.0.1 with port", "http://127.0.0.1:8080/cb"},
        {"http on [::1]", "http://[::1]:8080/cb"},
        {"http on localhost", "http://localhost:3000/cb"},
        {"private scheme, one slash", "com.example.app:/cb"},
        {"private scheme, two slashes", "com.example.app://cb"},
        {"private scheme, three slashes", "com.example.app:///cb"},
        {"encoded characters", "https://client.example/%C3%A4"},
        {"2000 bytes", https_of_length(2000)},
    }));
    CAPTURE(name, uri);
    CHECK(why_not_registrable(uri) == std::nullopt);
}

TEST_CASE("STILE-redirect-uri-4 a URI that may not be registered is refused with the reason")
{
    const auto [name, uri, reason] = GENERATE(table<std::string, std::string, std::string>({
        {"empty", "", "not an absolute URI"},
        {"relative path", "/cb", "not an absolute URI"},
        {"no scheme", "client.example/cb", "not an absolute URI"},
        {"network path", "//client.example/cb", "not an absolute URI"},
        {"2001 bytes", https_of_length(2001), "longer than 2000"},
        {"fragment", "https://client.example/cb#x", "fragment"},
        {"empty fragment", "https://client.example/cb#", "fragment"},
        {"fragment of a private scheme", "com.example.app:/cb#x", "fragment"},
        {"user name", "https://user@client.example/cb", "user name"},
        {"user name and password", "https://user:pw@client.example/cb", "user name"},
        {"empty user name", "https://@client.example/cb", "user name"},
        {"another host in the user name", "http://127.0.0.1:80@evil.example/", "user name"},
        {"no host", "https:///cb", "no host"},
        {"no authority", "https:/cb", "no host"},
        {"nothing but the scheme", "https:", "no host"},
        {"host in the path", "https:client.example/cb", "no host"},
        {"http elsewhere", "http://client.example/cb", "is http"},
        {"http on a host that begins like loopback", "http://127.0.0.1.evil.example/cb", ""},
        {"http on a host that begins like IPv6 loopback", "http://[::1].evil.example/cb", ""},
        {"http on a host glued to loopback", "http://127.0.0.1evil.example/cb", ""},
        {"http on a host with an encoded dot", "http://127.0.0.1%2eevil.example/cb", ""},
        {"host behind a loopback port", "http://127.0.0.1:80.evil.example/cb", ""},
        {"host behind the port of localhost", "http://localhost:80.evil.example/cb", ""},
        {"http on a host that begins like localhost", "http://localhost.evil.example/cb", "is http"},
        {"http on another loopback address", "http://127.0.0.2/cb", "is http"},
        {"http on every address", "http://0.0.0.0/cb", "is http"},
        {"http on localhost in capitals", "http://LOCALHOST/cb", "is http"},
        {"http on an IPv4 address in IPv6", "http://[::ffff:127.0.0.1]/cb", "is http"},
    }));
    CAPTURE(name, uri);
    const auto why = why_not_registrable(uri);
    REQUIRE(why.has_value());
    CHECK_THAT(*why, Catch::Contains(reason));
}

TEST_CASE("STILE-redirect-uri-8 schemes that run code or have no owner, and bytes not allowed in a URI, are refused")
{
    const auto [name, uri, reason] = GENERATE(table<std::string, std::string, std::string>({
        {"scheme in capitals", "HTTPS://client.example/cb", "scheme"},
        {"http in mixed case", "Http://client.example/cb", "scheme"},
        {"private scheme in capitals", "Com.Example.App:/cb", "scheme"},
        {"private scheme without dot", "myapp:/cb", "scheme"},
        {"private scheme without dot, two slashes", "myapp://cb", "scheme"},
        {"javascript", "javascript:alert(1)", "scheme"},
        {"javascript in mixed case", "jAvAsCrIpT:alert(1)", "scheme"},
        {"javascript with an authority", "javascript://client.example/%0Aalert(1)", "scheme"},
        {"data", "data:text/html,hello", "scheme"},
        {"vbscript", "vbscript:msgbox(1)", "scheme"},
        {"file", "file:///etc/passwd", "scheme"},
        {"blob", "blob:https://client.example/1", "scheme"},
        {"out of band", "urn:ietf:wg:oauth:2.0:oob", "scheme"},
        {"space", "https://client.example/c b", "space"},
        {"space before", " https://client.example/cb", "space"},
        {"tab", "https://client.example/\tcb", "space"},
        {"line feed behind", "https://client.example/cb\n", "space"},
        {"CR and LF", "https://client.example/cb\r\nX: y", "space"},
        {"NUL", "https://client.example/cb\0"s, "space"},
        {"DEL", "https://client.example/cb\x7f", "space"},
        {"unicode host", "https://client.ex\xc3\xa4mple/cb", "outside ASCII"},
        {"unicode path", "https://client.example/\xe2\x80\xa8", "outside ASCII"},
        {"backslash", "https://client.example\\@evil.example/cb", "not an absolute URI"},
        {"backslash in the path", "https://client.example/\\evil", "not an absolute URI"},
        {"malformed escape", "https://client.example/%zz", "not an absolute URI"},
        {"quote", "https://client.example/\"x", "not an absolute URI"},
        {"angle bracket", "https://client.example/<x>", "not an absolute URI"},
        {"port that is no number", "https://client.example:80x/cb", ""},
        {"bracket unclosed", "http://[::1/cb", "not an absolute URI"},
    }));
    CAPTURE(name, uri);
    const auto why = why_not_registrable(uri);
    REQUIRE(why.has_value());
    CHECK_THAT(*why, Catch::Contains(reason));
}

TEST_CASE("RFC6749-3.1.2-4 parameters are appended, and the registered part stays unchanged")
{
    const auto [name, uri, location] = GENERATE(table<std::string, std::string, std::string>({
        {"no query", "https://c.example/cb", "https://c.example/cb?code=abc&state=x"},
        {"no path", "https://c.example", "https://c.example?code=abc&state=x"},
        {"a query", "https://c.example/cb?t=1", "https://c.example/cb?t=1&code=abc&state=x"},
        {"the same name in the query", "https://c.example/cb?code=1", "https://c.example/cb?code=1&code=abc&state=x"},
        {"an empty query", "https://c.example/cb?", "https://c.example/cb?code=abc&state=x"},
        {"a query that ends with '&'", "https://c.example/cb?t=1&", "https://c.example/cb?t=1&code=abc&state=x"},
        {"a query that is not normal", "https://c.example/%7ecb?T=%2f",
         "https://c.example/%7ecb?T=%2f&code=abc&state=x"},
        {"a query that ends with '?', a character like others", "https://c.example/cb?next=/a?",
         "https://c.example/cb?next=/a?&code=abc&state=x"},
        {"a query of '?' alone", "https://c.example/cb??", "https://c.example/cb??&code=abc&state=x"},
        {"private scheme", "com.example.app:/cb", "com.example.app:/cb?code=abc&state=x"},
    }));
    CAPTURE(name);
    CHECK(proved(uri).with({{"code", "abc"}, {"state", "x"}}) == location);
}

TEST_CASE("STILE-redirect-uri-5 every byte of a value except the unreserved ones is percent-encoded")
{
    for (int code = 0; code < 256; ++code) {
        const std::string value(1, static_cast<char>(code));
        const auto location = proved("https://c.example/cb").with({{"state", value}, {"iss", "i"}});
        CAPTURE(code, location);
        const auto form = parse_form(location.substr(location.find('?') + 1));
        REQUIRE(form.has_value());
        CHECK(*form == Form{{"state", value}, {"iss", "i"}});
        CHECK(std::ranges::all_of(location,
                                  [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '\\'; }));
    }
    CHECK(proved("https://c.example/cb").with({{"state", "a b&code=evil#x\r\nSet-Cookie: y"}})
          == "https://c.example/cb?state=a%20b%26code%3Devil%23x%0D%0ASet-Cookie%3A%20y");
}

TEST_CASE("STILE-redirect-uri-6 empty parameters are left out; without parameters the URI is as registered")
{
    const auto target = proved("https://c.example/cb");
    CHECK(target.with({{"code", "abc"}, {"state", ""}, {"iss", "i"}}) == "https://c.example/cb?code=abc&iss=i");
    CHECK(target.with({{"state", ""}, {"code", "abc"}}) == "https://c.example/cb?code=abc");
    CHECK(target.with({{"state", ""}}) == "https://c.example/cb");
    CHECK(target.with({}) == "https://c.example/cb");
}

TEST_CASE(
    "STILE-redirect-uri-9 a parameter of the response in the query of a redirect URI is found, however it is written")
{
    const auto [uri, name] = GENERATE(table<std::string, std::string>({
        {"https://client.example/cb?code=x", "code"},
        {"https://client.example/cb?a=b&state=x", "state"},
        {"https://client.example/cb?iss", "iss"},
        {"https://client.example/cb?error=", "error"},
        {"https://client.example/cb?%63ode=x", "code"},
        {"https://client.example/cb?a=b&&error%5Fdescription=x", "error_description"},
        {"https://client.example/cb?a?b=c&scope=x", "scope"},
        {"com.example.app:/cb?id_token=x", "id_token"},
        {"http://127.0.0.1:80/cb?error_uri=x", "error_uri"},
    }));
    CAPTURE(uri);
    CHECK(response_parameter_in(uri) == name);
    CHECK(why_not_registrable(uri) == std::nullopt); // what is registered already still is
}

TEST_CASE("STILE-redirect-uri-9 other parameters are no matter")
{
    const auto uri = GENERATE(as<std::string>(), "https://client.example/cb", "https://client.example/code?",
                              "https://client.example/cb?a=code", "https://client.example/cb?Code=x&codes=y&xcode=z",
                              "https://client.example/code=x", "https://client.example/cb?a=b%26code=x");
    CAPTURE(uri);
    CHECK(response_parameter_in(uri) == std::nullopt);
}
