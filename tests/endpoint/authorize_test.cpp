// GET /oauth/authorize: what is shown as a page, what goes back to the client (RFC 6749 section 4.1.2.1).
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace stile;
using namespace stile::test;

namespace {

const std::string challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"; // RFC 7636 appendix B

void check_is_page(const Answer& answer, long status)
{
    CHECK(answer.status == status);
    CHECK(answer.header("location").empty());
    CHECK(answer.header("set-cookie").empty());
    CHECK(answer.header("content-type").starts_with("text/html"));
    CHECK(answer.body.starts_with("<!doctype html>"));
}

const std::string demo = "client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect";
const std::string rest = "&response_type=code&state=somestate&scope=email";

struct Authorizing : Instance {
    Caller client{*this};

    Answer authorize(const std::string& query) { return Caller(*this).get("/oauth/authorize?" + query); }

    void check_is_redirect(const Answer& answer, const std::string& redirect_uri, const std::string& error,
                           const std::string& state)
    {
        CHECK(answer.status == 303);
        CHECK(answer.location().starts_with(redirect_uri));
        const auto query = query_of(answer.location());
        CHECK(value_of(query, "error") == error);
        CHECK(value_of(query, "state") == state);
        CHECK(value_of(query, "iss") == issuer());
        CHECK_FALSE(value_of(query, "error_description").empty());
        CHECK(value_of(query, "code").empty());
        CHECK(answer.header("set-cookie").empty());
    }

    // A client that may do everything, with two redirect URIs, and one that may not use codes, and a public one.
    Authorizing()
    {
        add_client({.id = "two",
                    .redirect_uris = {"https://two.example/a", "https://two.example/b?x=1&y=%2F"},
                    .scope = scope_of("a b")});
        add_client({.id = "nocode", .redirect_uris = {"https://nocode.example/cb"}, .grant_types = {"refresh_token"}});
        add_client({.id = "public", .auth_method = AuthMethod::none, .redirect_uris = {"https://public.example/cb"}});
        add_client({.id = "strict", .redirect_uris = {"https://strict.example/cb"}, .require_pkce = true});
    }
};

} // namespace

TEST_CASE_METHOD(Authorizing, "RFC6749-4.1.2.1-1 a wrong client is shown to the user and never redirected to")
{
    const auto [name, query] = GENERATE(table<std::string, std::string>({
        {"nothing at all", ""},
        {"no client_id", "redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect" + rest},
        {"empty client_id", "client_id=&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect" + rest},
        {"unknown client", "client_id=nobody&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect" + rest},
        {"client_id with a NUL behind",
         "client_id=test_client%00&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect" + rest},
        {"client_id with CR LF",
         "client_id=test_client%0D%0A&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect" + rest},
        {"client_id of other case",
         "client_id=TEST_CLIENT&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect" + rest},
        {"client_id that is a glob", "client_id=*" + rest},
        {"client_id of 300 bytes", "client_id=" + std::string(300, 'a') + rest},
        {"doubled client_id", "client_id=test_client&" + demo + rest},
    }));
    CAPTURE(name);
    check_is_page(authorize(query), 400);
}

TEST_CASE_METHOD(Authorizing,
                 "RFC6749-4.1.2.1-1 a redirect URI that is not registered to the byte is never redirected to")
{
    const auto [name, query] = GENERATE(table<std::string, std::string>({
        {"unregistered redirect_uri", "client_id=test_client&redirect_uri=https%3A%2F%2Fevil.example%2F" + rest},
        {"redirect_uri of another client", "client_id=test_client&redirect_uri=https%3A%2F%2Ftwo.example%2Fa" + rest},
        {"redirect_uri that goes on",
         "client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect%2Fx" + rest},
        {"redirect_uri with a query",
         "client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect%3Fx" + rest},
        {"redirect_uri with a slash",
         "client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%2Fredirect%2F" + rest},
        {"redirect_uri of other case",
         "client_id=test_client&redirect_uri=https%3A%2F%2FWWW.example.com%2Fredirect" + rest},
        {"redirect_uri with a path step",
         "client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%2Fx%2F..%2Fredirect" + rest},
        {"redirect_uri with a port",
         "client_id=test_client&redirect_uri=https%3A%2F%2Fwww.example.com%3A443%2Fredirect" + rest},
        {"redirect_uri with a user",
         "client_id=test_client&redirect_uri=https%3A%2F%2Fa%40www.example.com%2Fredirect" + rest},
        {"redirect_uri with a NUL", demo + "%00" + rest},
        {"redirect_uri with CR LF", demo + "%0D%0ASet-Cookie%3A+x%3Dy" + rest},
        {"redirect_uri that is none", "client_id=test_client&redirect_uri=%2F%2F" + rest},
        {"doubled redirect_uri", demo + "&redirect_uri=https%3A%2F%2Fevil.example%2F" + rest},
        {"redirect_uri missing, two registered", "client_id=two" + rest},
    }));
    CAPTURE(name);
    check_is_page(authorize(query), 400);
}

TEST_CASE_METHOD(Authorizing, "STILE-flow-5 what cannot be read, or a state that cannot be carried, is a page")
{
    const auto [name, query] = GENERATE(table<std::string, std::string>({
        {"half an escape in client_id", "client_id=test%" + rest},
        {"escape without digits in redirect_uri", demo + "%zz" + rest},
        {"half an escape in state", demo + rest + "%4"},
        {"bad escape in an unknown parameter", demo + rest + "&x=%gg"},
        {"bad escape in a name", demo + rest + "&%=1"},
        {"NUL in state", demo + "&response_type=code&state=a%00b"},
        {"CR LF in state", demo + "&response_type=code&state=a%0D%0ALocation%3A+x"},
        {"bytes beyond ASCII in state", demo + "&response_type=code&state=%C3%A4"},
        {"doubled state", demo + rest + "&state=other"},
        {"1000 parameters", demo + rest +
                                [] {
                                    std::string many;
                                    for (int i = 0; i < 1000; ++i)
                                        many += "&p" + std::to_string(i) + "=1";
                                    return many;
                                }()},
    }));
    CAPTURE(name);
    check_is_page(authorize(query), 400);
}

TEST_CASE_METHOD(Authorizing, "RFC6749-4.1.2.1-2 other errors go to the client with its state")
{
    const auto [name, query, error] = GENERATE(table<std::string, std::string, std::string>({
        {"no response_type", demo + "&state=s&scope=email", "invalid_request"},
        {"empty response_type", demo + "&state=s&response_type=", "invalid_request"},
        {"response_type token", demo + "&state=s&response_type=token", "unsupported_response_type"},
        {"hybrid response_type", demo + "&state=s&response_type=code+id_token", "unsupported_response_type"},
        {"response_type of other case", demo + "&state=s&response_type=Code", "unsupported_response_type"},
        {"doubled response_type", demo + "&state=s&response_type=code&response_type=code", "invalid_request"},
        {"response_type with a NUL", demo + "&state=s&response_type=code%00", "invalid_request"},
        {"unregistered scope", demo + "&state=s&response_type=code&scope=admin", "invalid_scope"},
        {"one word too many", demo + "&state=s&response_type=code&scope=email+admin", "invalid_scope"},
        {"scope with two spaces", demo + "&state=s&response_type=code&scope=email++profile", "invalid_scope"},
        {"scope with a quote", demo + "&state=s&response_type=code&scope=%22", "invalid_scope"},
        {"doubled scope", demo + "&state=s&response_type=code&scope=email&scope=email", "invalid_request"},
        {"scope with CR LF", demo + "&state=s&response_type=code&scope=email%0D%0A", "invalid_request"},
        {"scope of 3000 bytes", demo + "&state=s&response_type=code&scope=" + std::string(3000, 'a'),
         "invalid_request"},
        {"PKCE plain", demo + "&state=s&response_type=code&code_challenge_method=plain&code_challenge=" + challenge,
         "invalid_request"},
        {"PKCE without method", demo + "&state=s&response_type=code&code_challenge=" + challenge, "invalid_request"},
        {"PKCE method alone", demo + "&state=s&response_type=code&code_challenge_method=S256", "invalid_request"},
        {"PKCE challenge too short", demo + "&state=s&response_type=code&code_challenge_method=S256&code_challenge=abc",
         "invalid_request"},
        {"PKCE challenge padded",
         demo + "&state=s&response_type=code&code_challenge_method=S256&code_challenge=" + challenge + "%3D",
         "invalid_request"},
        {"doubled challenge",
         demo + "&state=s&response_type=code&code_challenge_method=S256&code_challenge=" + challenge
             + "&code_challenge=" + challenge,
         "invalid_request"},
    }));
    CAPTURE(name);
    check_is_redirect(authorize(query), demo_redirect, error, "s");
}

TEST_CASE_METHOD(Authorizing, "RFC6749-4.1.2.1-6 a client that may not ask for codes learns it as unauthorized_client")
{
    const auto answer = authorize("client_id=nocode&response_type=code&state=s");
    check_is_redirect(answer, "https://nocode.example/cb", "unauthorized_client", "s");
}

TEST_CASE_METHOD(Authorizing, "RFC7636-4.4.1-1 PKCE is required of public clients and of those registered so")
{
    const std::string id = GENERATE("public", "strict");
    check_is_redirect(authorize("client_id=" + id + "&response_type=code&state=s"), "https://" + id + ".example/cb",
                      "invalid_request", "s");
    const auto with =
        authorize("client_id=" + id + "&response_type=code&code_challenge_method=S256&code_challenge=" + challenge);
    CHECK(with.location().starts_with("/login?request="));
}

TEST_CASE_METHOD(Authorizing, "RFC6749-4.1.2.1-15 an error without a state comes back without a state")
{
    const auto answer = authorize(demo + "&response_type=token");
    CHECK(answer.location().starts_with(std::string(demo_redirect)
                                        + "?error=unsupported_response_type&error_description="));
    CHECK_FALSE(answer.location().contains("state="));
}

TEST_CASE_METHOD(Authorizing, "RFC6749-3.1.2-4 the query of a registered redirect URI is retained")
{
    const auto answer = authorize("client_id=two&response_type=token&state=s&redirect_uri="
                                  + encode(std::string("https://two.example/b?x=1&y=%2F")));
    check_is_redirect(answer, "https://two.example/b?x=1&y=%2F&error=", "unsupported_response_type", "s");
}

TEST_CASE_METHOD(Authorizing, "RFC6749-3.1.2.3-1 a single registered redirect URI may be left out")
{
    const auto answer = authorize("client_id=test_client&response_type=code");
    CHECK(answer.status == 303);
    CHECK(answer.location().starts_with("/login?request="));
}

TEST_CASE_METHOD(Authorizing, "RFC6749-3.1-10 unknown parameters are ignored, doubled ones too")
{
    const auto answer = authorize(demo + rest + "&access_type=offline&prompt=consent&foo=1&foo=2&=&&flag");
    CHECK(answer.location().starts_with("/login?request="));
}

TEST_CASE_METHOD(Authorizing, "RFC6749-3.1-1 the authorization endpoint takes GET and POST, and no other method")
{
    Caller browser(*this);
    CHECK(browser.post("/oauth/authorize", demo_request()).location().starts_with("/login?request="));
    // The query of a POST is not read.
    check_is_page(browser.post("/oauth/authorize?" + encode(demo_request()), Parameters{}), 400);
    const std::string method = GENERATE("HEAD", "PUT", "DELETE", "OPTIONS", "BREW");
    const auto refused = browser.request(method, "/oauth/authorize?" + demo + rest);
    CHECK(refused.status == 405);
    CHECK(refused.header("allow") == "GET, POST");
    CHECK(refused.location().empty());
}

TEST_CASE_METHOD(Authorizing, "RFC6749-4.1.2-11 a state of 7168 bytes comes back byte for byte")
{
    std::string special;
    while (special.size() < 7168)
        special += " !\"#$%&'()*+,/:;<=>?@[\\]^`{|}~&=+%00%0d%0a";
    special.resize(7168);
    const std::string state = GENERATE_COPY(std::string(7168, 'x'), special);
    Browser browser(*this);
    const auto request = demo_request({{"state", state}});
    const auto approved = browser.location_after_approval(request);
    CHECK(value_of(query_of(approved), "state") == state);
    CHECK(value_of(query_of(approved), "code").size() == 42);
    const auto denied = browser.deny(browser.reach_consent(request)).location();
    CHECK(value_of(query_of(denied), "state") == state);
    CHECK(std::ranges::all_of(approved, [](char c) { return c > ' ' && c < 0x7f; }));
}

TEST_CASE_METHOD(Authorizing, "STILE-flow-6 a state of 7169 bytes is a clear 400")
{
    const auto answer = authorize(encode(demo_request({{"state", std::string(7169, 'x')}})));
    CHECK(answer.status == 400);
    CHECK(answer.location().empty());
    CHECK(answer.header("content-type").starts_with("text/html"));
    CHECK(answer.body.contains("longer than"));
}
