// Access-Control-Allow-Origin: where applications in browsers need it, and nowhere else.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

Headers from_a_browser(Headers headers = {})
{
    headers.emplace_back("Origin: https://app.example");
    return headers;
}

void check_no_cors(const Answer& answer)
{
    CHECK(answer.status != 0);
    for (const auto& [name, value] : answer.headers)
        CHECK_FALSE(name.starts_with("access-control-"));
}

void check_cors(const Answer& answer)
{
    CHECK(answer.all("access-control-allow-origin") == std::vector<std::string>{"*"});
    CHECK(answer.header("access-control-allow-credentials").empty());
}

// PKCE of RFC 7636 appendix B.
constexpr const char* challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
constexpr const char* verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

const std::string some_token(42, 'a');

struct Cors : Instance {
    Caller client{*this};

    const Headers confidential = {
        basic("server-side", add_client({.id = "server-side",
                                         .redirect_uris = {demo_redirect},
                                         .scope = scope_of("email"),
                                         .grant_types = {"authorization_code", "client_credentials"}}))};

    Cors()
    {
        add_client({.id = "in-the-browser",
                    .auth_method = AuthMethod::none,
                    .redirect_uris = {demo_redirect},
                    .scope = scope_of("email")});
    }
};

} // namespace

TEST_CASE_METHOD(Cors,
                 "STILE-cors-1 a script reads the answers to a public client at token and revoke, good ones and errors")
{
    const Parameters as_public = {{"client_id", "in-the-browser"}};
    Browser browser(*this);
    const auto code = browser.obtain_code(demo_request(
        {{"client_id", "in-the-browser"}, {"code_challenge", challenge}, {"code_challenge_method", "S256"}}));
    const char* endpoint = GENERATE("/oauth/token", "/oauth/tokenize");
    const Parameters good = {{"client_id", "in-the-browser"},
                             {"grant_type", "authorization_code"},
                             {"code", code},
                             {"redirect_uri", demo_redirect},
                             {"code_verifier", verifier}};
    const auto tokens = client.post(endpoint, good, from_a_browser());
    CHECK(tokens.status == 200);
    check_cors(tokens);
    const auto replayed = client.post(endpoint, good, from_a_browser());
    CHECK(replayed.status == 400);
    check_cors(replayed);
    check_cors(client.post(endpoint, Parameters{{"client_id", "in-the-browser"}, {"grant_type", "x"}}));
    check_cors(client.post(endpoint, as_public));

    const auto revoked = client.post(
        "/oauth/revoke", Parameters{{"client_id", "in-the-browser"}, {"token", some_token}}, from_a_browser());
    CHECK(revoked.status == 200);
    check_cors(revoked);
    const auto refused = client.post("/oauth/revoke", as_public, from_a_browser());
    CHECK(refused.status == 400);
    check_cors(refused);
}

TEST_CASE_METHOD(Cors, "STILE-cors-2 no script reads the answers to anybody else")
{
    const auto secret = std::string("anything");
    check_no_cors(
        client.post("/oauth/token", Parameters{{"grant_type", "client_credentials"}}, from_a_browser(confidential)));
    for (const char* endpoint : {"/oauth/token", "/oauth/tokenize", "/oauth/revoke"}) {
        CAPTURE(endpoint);
        const auto ask = [&](Parameters parameters, const Headers& with = {}) {
            parameters.emplace_back("token", some_token);
            parameters.emplace_back("grant_type", "refresh_token");
            return client.post(endpoint, parameters, from_a_browser(with));
        };
        check_no_cors(ask({}, confidential));
        check_no_cors(ask({}));
        check_no_cors(ask({{"client_id", "nobody"}}));
        check_no_cors(ask({{"client_id", "server-side"}}));
        check_no_cors(ask({{"client_id", "server-side"}, {"client_secret", secret}}));
        // The name of a public client beside the credentials of another.
        check_no_cors(ask({{"client_id", "in-the-browser"}}, confidential));
        check_no_cors(ask({{"client_id", "in-the-browser"}, {"client_id", "in-the-browser"}}));
        check_no_cors(client.request(
            "OPTIONS", endpoint,
            from_a_browser({"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization"})));
        check_no_cors(client.get(endpoint, from_a_browser()));
    }
}

TEST_CASE_METHOD(Cors, "STILE-cors-3 everybody's scripts read the metadata")
{
    check_cors(client.get("/.well-known/oauth-authorization-server", from_a_browser()));
    check_cors(client.get("/.well-known/oauth-authorization-server"));
}

TEST_CASE_METHOD(Cors, "STILE-cors-4 no other address has it")
{
    Browser browser(*this);
    const auto login = browser.authorize(demo_request()).location();
    for (const auto& path : {std::string("/"), std::string("/login"), login, std::string("/approve"),
                             std::string("/oauth/authorize"), "/oauth/authorize?" + encode(demo_request()),
                             std::string("/oauth/introspect"), std::string("/stile/verify"), std::string("/nowhere")}) {
        CAPTURE(path);
        check_no_cors(browser.get(path, from_a_browser()));
    }
    const Parameters as_public = {{"token", some_token}, {"client_id", "in-the-browser"}};
    check_no_cors(client.post("/oauth/introspect", as_public, from_a_browser()));
    check_no_cors(introspect(client, some_token, from_a_browser(confidential)));
}
