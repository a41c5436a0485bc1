// POST /oauth/tokenize: requests and answers (RFC 6749 sections 3.2, 4.1.3, 5.1, 5.2, 6).
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

void check_is_error(const Answer& answer, long status, const std::string& error)
{
    CHECK(answer.status == status);
    CHECK(member(answer, "error") == error);
    CHECK_FALSE(member(answer, "error_description").empty());
    CHECK(member_names(answer).size() == 2);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.header("x-content-type-options") == "nosniff");
    CHECK(answer.all("www-authenticate").size() == (status == 401 ? 1U : 0U));
}

const std::string code_request = "grant_type=authorization_code&redirect_uri=https://www.example.com/redirect&code=";
const std::string some_code(42, 'a');
const std::string some_refresh_token(48, 'a');

std::string thousand_parameters()
{
    std::string body = code_request + some_code;
    for (int i = 0; i < 1000; ++i)
        body += "&p" + std::to_string(i) + "=1";
    return body;
}

struct TokenRequests : Instance {
    Caller client{*this};

    std::string new_code(const Parameters& changes = {})
    {
        Browser browser(*this);
        return browser.obtain_code(demo_request(changes));
    }
};

} // namespace

TEST_CASE_METHOD(TokenRequests,
                 "RFC6749-5.2-1 a request that is missing a parameter, repeats one or is malformed is invalid_request")
{
    const auto [name, body] = GENERATE(table<std::string, std::string>({
        {"empty body", ""},
        {"no grant_type", "code=" + some_code},
        {"empty grant_type", "grant_type=&code=" + some_code},
        {"doubled grant_type", "grant_type=refresh_token&" + code_request + some_code},
        {"no code", "grant_type=authorization_code"},
        {"empty code", code_request},
        {"doubled code", code_request + some_code + "&code=" + some_code},
        {"code with a NUL", code_request + some_code + "%00"},
        {"code with CR LF", code_request + some_code + "%0D%0A"},
        {"code with a raw byte beyond ASCII", code_request + "\xe4"},
        {"code of 60 kB", code_request + std::string(60'000, 'a')},
        {"doubled redirect_uri", code_request + some_code + "&redirect_uri=x"},
        {"redirect_uri with a NUL",
         "grant_type=authorization_code&code=a&redirect_uri=https://www.example.com/redirect%00"},
        {"malformed escape", code_request + "%"},
        {"malformed escape in an unknown parameter", code_request + some_code + "&x=%G1"},
        {"short code_verifier", code_request + some_code + "&code_verifier=short"},
        {"code_verifier with a space", code_request + some_code + "&code_verifier=" + std::string(43, '+')},
        {"doubled code_verifier", code_request + some_code + "&code_verifier=a&code_verifier=a"},
        {"no refresh_token", "grant_type=refresh_token"},
        {"doubled refresh_token", "grant_type=refresh_token&refresh_token=a&refresh_token=a"},
        {"doubled scope", "grant_type=refresh_token&refresh_token=a&scope=a&scope=b"},
        {"1000 parameters", thousand_parameters()},
        {"body of 1 MB", code_request + std::string(1'000'000, 'a')},
        {"an unknown parameter of 1 MB", code_request + some_code + "&x=" + std::string(1'000'000, 'a')},
    }));
    CAPTURE(name);
    check_is_error(client.post("/oauth/tokenize", body, {demo_basic}), 400, "invalid_request");
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-5.2-2 a code or refresh token that is invalid is invalid_grant")
{
    const auto [name, body] = GENERATE(table<std::string, std::string>({
        {"unknown code", code_request + some_code},
        {"code too short", code_request + "a"},
        {"code too long", code_request + std::string(200, 'a')},
        {"code of other characters", code_request + std::string(42, '*')},
        {"unknown refresh token", "grant_type=refresh_token&refresh_token=" + some_refresh_token},
        {"a code as refresh token", "grant_type=refresh_token&refresh_token=" + some_code},
        {"a refresh token as code", code_request + some_refresh_token},
    }));
    CAPTURE(name);
    check_is_error(client.post("/oauth/tokenize", body, {demo_basic}), 400, "invalid_grant");
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-5.2-3 a grant type that is not offered is unsupported_grant_type")
{
    const std::string grant_type = GENERATE("password", "implicit", "Authorization_Code", "Client_Credentials",
                                            "urn:ietf:params:oauth:grant-type:device_code", "x");
    check_is_error(token_request(client, {{"grant_type", grant_type}, {"code", some_code}}), 400,
                   "unsupported_grant_type");
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-5.2-4 a grant type that is not the client's is unauthorized_client")
{
    const auto secret = add_client({.id = "codes-only",
                                    .redirect_uris = {"https://codes.example/"},
                                    .scope = scope_of("a"),
                                    .grant_types = {"authorization_code"}});
    const Headers basic_header = {basic("codes-only", secret)};
    check_is_error(refresh(client, some_refresh_token, {}, basic_header), 400, "unauthorized_client");
    // It gets no refresh token either.
    Browser browser(*this);
    const auto code = browser.obtain_code({{"client_id", "codes-only"}, {"response_type", "code"}});
    const auto answer = token_request(client, {{"grant_type", "authorization_code"}, {"code", code}}, basic_header);
    CHECK(answer.status == 200);
    CHECK(member_names(answer) == std::vector<std::string>{"expires_in", "access_token", "scope", "token_type"});
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-3.2-1 the token endpoint takes POST and nothing else")
{
    const std::string method = GENERATE("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS");
    const auto answer =
        client.request(method, "/oauth/tokenize?grant_type=authorization_code&code=" + some_code, {demo_basic});
    CHECK(answer.status == 405);
    CHECK(answer.header("allow") == "POST");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.header("content-type") == "application/json");
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-4.1.3-2 the token endpoint reads a form body, whatever the query says")
{
    const auto query = "/oauth/tokenize?" + code_request + some_code;
    check_is_error(client.post(query, "", {demo_basic}), 400, "invalid_request");
    const std::string type =
        GENERATE("Content-Type: text/plain", "Content-Type: application/json", "Content-Type: multipart/form-data",
                 "Content-Type:", "Content-Type: application/x-www-form-urlencodedx");
    check_is_error(client.post("/oauth/tokenize", code_request + some_code, {demo_basic, type}), 400,
                   "invalid_request");
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-4.1.3-2 the media type may have parameters and any case")
{
    const std::string type = GENERATE("Content-Type: application/x-www-form-urlencoded; charset=UTF-8",
                                      "Content-Type: APPLICATION/X-WWW-Form-Urlencoded");
    check_is_error(client.post("/oauth/tokenize", code_request + some_code, {demo_basic, type}), 400, "invalid_grant");
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-5.1-17 an answer with tokens is not cached")
{
    const auto answer = redeem(client, new_code());
    CHECK(answer.status == 200);
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.header("pragma") == "no-cache");
    CHECK(answer.header("content-type") == "application/json");
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-4.1.3-6 a redirect_uri that differs is refused and does not burn the code")
{
    const auto code = new_code();
    const std::string wrong = GENERATE("https://www.example.com/redirect/", "https://evil.example/", "");
    check_is_error(redeem(client, code, {{"redirect_uri", wrong}}), 400, "invalid_grant");
    CHECK(redeem(client, code).status == 200);
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-4.1.3-6 redirect_uri may be absent when the authorization request had none")
{
    Browser browser(*this);
    const auto request = without(demo_request(), "redirect_uri");
    const auto code = browser.obtain_code(request);
    CHECK(redeem(client, code, {{"redirect_uri", ""}}).status == 200);
    CHECK(redeem(client, browser.obtain_code(request)).status == 200);
}

TEST_CASE_METHOD(TokenRequests,
                 "RFC6749-4.1.3-14 another client cannot redeem a code or burn it, nor use a refresh token")
{
    const auto secret = add_client({.id = "thief", .redirect_uris = {demo_redirect}});
    const auto code = new_code();
    check_is_error(redeem(client, code, {}, {basic("thief", secret)}), 400, "invalid_grant");
    const auto tokens = redeem(client, code);
    CHECK(tokens.status == 200);
    // The code is used now: even so a stranger who shows it revokes nothing.
    check_is_error(redeem(client, code, {}, {basic("thief", secret)}), 400, "invalid_grant");
    const auto token = member(tokens, "refresh_token");
    check_is_error(refresh(client, token, {}, {basic("thief", secret)}), 400, "invalid_grant");
    CHECK(refresh(client, token).status == 200);
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-4.1.2-7 a code used twice is denied and its tokens are revoked")
{
    const auto code = new_code();
    const auto tokens = redeem(client, code);
    CHECK(tokens.status == 200);
    check_is_error(redeem(client, code), 400, "invalid_grant");
    check_is_error(refresh(client, member(tokens, "refresh_token")), 400, "invalid_grant");
    CHECK(admin({"token", "show", member(tokens, "access_token")}).status == 3);
}

TEST_CASE_METHOD(TokenRequests, "RFC9700-4.14.2-8 a refresh token used twice ends its grant")
{
    const auto first = redeem(client, new_code());
    const auto second = refresh(client, member(first, "refresh_token"));
    CHECK(second.status == 200);
    check_is_error(refresh(client, member(first, "refresh_token")), 400, "invalid_grant");
    check_is_error(refresh(client, member(second, "refresh_token")), 400, "invalid_grant");
}

TEST_CASE_METHOD(TokenRequests, "RFC6749-6-8 a refresh may narrow the scope, never widen it")
{
    const auto first = redeem(client, new_code({{"scope", "profile email"}}));
    CHECK(member(first, "scope") == "profile email");
    const auto token = member(first, "refresh_token");
    check_is_error(refresh(client, token, {{"scope", "email openid"}}), 400, "invalid_scope");
    check_is_error(refresh(client, token, {{"scope", "email  profile"}}), 400, "invalid_scope");
    const auto narrowed = refresh(client, token, {{"scope", "email"}});
    CHECK(member(narrowed, "scope") == "email");
    // RFC 6749 section 6: the new refresh token keeps the scope of the old one.
    CHECK(member(refresh(client, member(narrowed, "refresh_token")), "scope") == "profile email");
}

TEST_CASE_METHOD(TokenRequests,
                 "RFC6749-3.3-8 the scope comes back as it was asked for, and by default is what the client registered")
{
    CHECK(member(redeem(client, new_code({{"scope", "profile openid"}})), "scope") == "profile openid");
    Browser browser(*this);
    const auto code = browser.obtain_code(without(demo_request(), "scope"));
    CHECK(member(redeem(client, code), "scope") == "openid profile email");
}
