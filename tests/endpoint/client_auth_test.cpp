// Client authentication at the token endpoint (RFC 6749 section 2.3).
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

const std::string good = basic("test_client", "password");

struct ClientAuthentication : Instance {
    Caller client{*this};

    // Requests with an unknown code: whoever has authenticated learns invalid_grant.
    Answer ask(const Parameters& credentials, const Headers& headers)
    {
        Parameters parameters = {{"grant_type", "authorization_code"}, {"code", std::string(42, 'a')}};
        parameters.insert(parameters.end(), credentials.begin(), credentials.end());
        return token_request(client, parameters, headers);
    }

    ClientAuthentication()
    {
        const auto add = [this](const std::string& id, const std::string& secret, AuthMethod method) {
            add_client({.id = id, .auth_method = method, .redirect_uris = {demo_redirect}}, secret);
        };
        add("only-basic", "secret", AuthMethod::client_secret_basic);
        add("only-post", "secret", AuthMethod::client_secret_post);
        add("odd.~-_", "s:e%c+r t&=\"", AuthMethod::client_secret_basic);
        add_client({.id = "open", .auth_method = AuthMethod::none, .redirect_uris = {demo_redirect}});
    }
};

} // namespace

TEST_CASE_METHOD(ClientAuthentication,
                 "RFC6749-2.3.1-1 a client authenticates by Basic or by its body as it is registered")
{
    const auto [name, body, header] = GENERATE(table<std::string, Parameters, std::string>({
        {"basic", {}, good},
        {"basic with client_id in the body too", {{"client_id", "test_client"}}, good},
        {"basic, scheme in lower case", {}, "Authorization: basic dGVzdF9jbGllbnQ6cGFzc3dvcmQ="},
        {"post", {{"client_id", "test_client"}, {"client_secret", "password"}}, "X: y"},
        {"pinned basic", {}, basic("only-basic", "secret")},
        {"pinned post", {{"client_id", "only-post"}, {"client_secret", "secret"}}, "X: y"},
        {"percent-encoded basic", {}, basic(encode(std::string("odd.~-_")), encode(std::string("s:e%c+r t&=\"")))},
        {"basic with everything encoded", {}, basic("%74est_client", "p%61ssword")},
        {"none", {{"client_id", "open"}}, "X: y"},
    }));
    CAPTURE(name);
    const auto answer = ask(body, {header});
    CHECK(answer.status == 400);
    CHECK(member(answer, "error") == "invalid_grant");
}

TEST_CASE_METHOD(ClientAuthentication,
                 "RFC6749-5.2-7 a client that fails to authenticate gets 401 with WWW-Authenticate")
{
    const auto [name, body, header] = GENERATE(table<std::string, Parameters, std::string>({
        {"nothing", {}, "X: y"},
        {"wrong secret", {}, basic("test_client", "Password")},
        {"wrong secret in the body", {{"client_id", "test_client"}, {"client_secret", "wrong"}}, "X: y"},
        {"secret with more behind", {}, basic("test_client", "passwordx")},
        {"secret with a NUL behind", {}, basic("test_client", "password%00")},
        {"empty secret", {}, basic("test_client", "")},
        {"empty secret in the body", {{"client_id", "test_client"}, {"client_secret", ""}}, "X: y"},
        {"no secret", {{"client_id", "test_client"}}, "X: y"},
        {"secret without id", {{"client_secret", "password"}}, "X: y"},
        {"unknown client", {}, basic("nobody", "password")},
        {"unknown public client", {{"client_id", "nobody"}}, "X: y"},
        {"secret of another", {}, basic("only-basic", "password")},
        {"pinned basic by post", {{"client_id", "only-basic"}, {"client_secret", "secret"}}, "X: y"},
        {"pinned post by basic", {}, basic("only-post", "secret")},
        {"public with a secret", {{"client_id", "open"}, {"client_secret", "x"}}, "X: y"},
        {"public by basic", {}, basic("open", "")},
        {"not base64", {}, "Authorization: Basic !!!"},
        {"no colon", {}, "Authorization: Basic dGVzdF9jbGllbnQ="},
        {"malformed escape", {}, basic("test_client", "%zz")},
        {"Bearer", {}, "Authorization: Bearer abc"},
        {"a secret of 6 kB", {}, basic("test_client", std::string(6000, 'a'))},
    }));
    CAPTURE(name);
    const auto answer = ask(body, {header});
    CHECK(answer.status == 401);
    CHECK(member(answer, "error") == "invalid_client");
    CHECK(answer.header("www-authenticate") == "Basic realm=\"stile\"");
    CHECK(answer.header("cache-control") == "no-store");
}

TEST_CASE_METHOD(ClientAuthentication, "RFC6749-2.3-1 a client must not use more than one method in a request")
{
    const auto [name, body] = GENERATE(table<std::string, Parameters>({
        {"both", {{"client_id", "test_client"}, {"client_secret", "password"}}},
        {"secret in both", {{"client_secret", "password"}}},
        {"another client_id", {{"client_id", "other"}}},
        {"doubled client_id", {{"client_id", "test_client"}, {"client_id", "test_client"}}},
        {"doubled client_secret", {{"client_secret", "a"}, {"client_secret", "a"}}},
    }));
    CAPTURE(name);
    const auto answer = ask(body, {good});
    CHECK(answer.status == 400);
    CHECK(member(answer, "error") == "invalid_request");
}

TEST_CASE_METHOD(ClientAuthentication, "STILE-flow-7 an unknown client and a wrong secret get the same answer")
{
    const auto without_id = [](Answer answer) {
        answer.headers.erase("x-request-id");
        answer.headers.erase("date");
        return answer;
    };
    const auto wrong = without_id(ask({}, {basic("test_client", "wrong")}));
    const auto unknown = without_id(ask({}, {basic("nobody", "wrong")}));
    CHECK(wrong.status == unknown.status);
    CHECK(wrong.headers == unknown.headers);
    CHECK(wrong.body == unknown.body);
}

TEST_CASE_METHOD(ClientAuthentication,
                 "STILE-flow-8 a failed authentication consumes nothing: the retry of golang.org/x/oauth2 works")
{
    Browser browser(*this);
    const auto code = browser.obtain_code();
    CHECK(redeem(client, code, {}, {basic("test_client", "")}).status == 401);
    const Parameters in_body = {{"client_id", "test_client"}, {"client_secret", "password"}};
    const auto tokens = redeem(client, code, in_body, {});
    CHECK(tokens.status == 200);
    const auto token = member(tokens, "refresh_token");
    CHECK(refresh(client, token, {}, {basic("test_client", "x")}).status == 401);
    // The secret in the header for the code and in the body for the refresh, as requests-oauthlib does, or the reverse.
    const auto next = refresh(client, token, in_body, {});
    CHECK(next.status == 200);
    CHECK(refresh(client, member(next, "refresh_token")).status == 200);
}

TEST_CASE_METHOD(ClientAuthentication, "STILE-flow-9 a generated secret reads the same raw and encoded")
{
    const auto secret = add_client({.id = "generated", .redirect_uris = {demo_redirect}});
    CHECK(secret.size() == 43);
    CHECK(encode(secret) == secret);
    CHECK(member(ask({}, {basic("generated", secret)}), "error") == "invalid_grant");
    CHECK(member(ask({{"client_id", "generated"}, {"client_secret", secret}}, {}), "error") == "invalid_grant");
}
