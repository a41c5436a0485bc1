// POST /oauth/introspect (RFC 7662).
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

void check_is_inactive(const Answer& answer)
{
    CHECK(answer.status == 200);
    CHECK(answer.body == inactive);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "no-store");
}

void check_is_error(const Answer& answer, long status, const std::string& error)
{
    CHECK(answer.status == status);
    CHECK(member(answer, "error") == error);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.all("www-authenticate").size() == (status == 401 ? 1U : 0U));
}

using Names = std::vector<std::string>;

struct Introspecting : Instance {
    Caller client{*this};

    const Headers application = {
        basic("inspected", add_client({.id = "inspected",
                                       .redirect_uris = {demo_redirect},
                                       .scope = scope_of("email profile"),
                                       .grant_types = {"authorization_code", "refresh_token", "client_credentials"}}))};

    const Headers other_application = {
        basic("curious", add_client({.id = "curious", .redirect_uris = {demo_redirect}}))};

    const Headers resource_server = {
        basic("resource-server",
              add_client({.id = "resource-server", .grant_types = {"client_credentials"}, .introspects_any = true}))};

    std::string new_code(const std::string& user = "admin", const std::string& password = "admin")
    {
        Browser browser(*this);
        const auto consent = browser.reach_consent(demo_request({{"client_id", "inspected"}}), user, password);
        return value_of(query_of(browser.approve(consent).location()), "code");
    }

    Answer user_tokens() { return redeem(client, new_code(), {}, application); }

    bool is_active(const std::string& token)
    {
        return member(introspect(client, token, application), "active") == "true";
    }
};

} // namespace

TEST_CASE_METHOD(Introspecting,
                 "RFC7662-2.2-1 an access token of a user is described with everything that applies and nothing else")
{
    add_user("Wanda", "fish", "248289761001");
    const auto tokens = redeem(client, new_code("wanda", "fish"), {}, application);
    REQUIRE(tokens.status == 200);
    const auto answer = introspect(client, member(tokens, "access_token"), application);
    CHECK(answer.status == 200);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(member_names(answer)
          == Names{"active", "scope", "client_id", "username", "token_type", "exp", "iat", "sub", "aud", "iss"});
    CHECK(member(answer, "active") == "true");
    CHECK(member(answer, "scope") == "email");
    CHECK(member(answer, "client_id") == "inspected");
    CHECK(member(answer, "username") == "wanda");
    CHECK(member(answer, "sub") == "248289761001");
    CHECK(member(answer, "token_type") == "Bearer");
    CHECK(member(answer, "aud") == issuer());
    CHECK(member(answer, "iss") == issuer());
    const auto issued = std::stoll(member(answer, "iat"));
    const auto expires = std::stoll(member(answer, "exp"));
    CHECK(issued == clock.now());
    CHECK(expires - issued >= 300);
    CHECK(expires - issued <= 302); // Redis counts from its own clock
    CHECK(answer.body.contains("\"exp\":" + std::to_string(expires))); // a number
}

TEST_CASE_METHOD(Introspecting,
                 "STILE-introspect-1 a refresh token is described like an access token, but has no token_type")
{
    const auto tokens = user_tokens();
    const auto answer = introspect(client, member(tokens, "refresh_token"), application);
    CHECK(member_names(answer) == Names{"active", "scope", "client_id", "username", "exp", "iat", "sub", "aud", "iss"});
    CHECK(member(answer, "active") == "true");
    CHECK(member(answer, "username") == "admin");
    CHECK(member(answer, "sub") == "admin");
    CHECK(std::stoll(member(answer, "exp")) - std::stoll(member(answer, "iat")) >= 900);
}

TEST_CASE_METHOD(Introspecting,
                 "STILE-introspect-2 a client's own token has no username, and the client is its subject")
{
    const auto token = member(own_token(client, application, "profile"), "access_token");
    const auto answer = introspect(client, token, application);
    CHECK(member_names(answer)
          == Names{"active", "scope", "client_id", "token_type", "exp", "iat", "sub", "aud", "iss"});
    CHECK(member(answer, "scope") == "profile");
    CHECK(member(answer, "sub") == "inspected");
    // Without a scope there is no such member.
    const auto bare = member(own_token(client, resource_server), "access_token");
    CHECK(member_names(introspect(client, bare, resource_server))
          == Names{"active", "client_id", "token_type", "exp", "iat", "sub", "aud", "iss"});
}

TEST_CASE_METHOD(Introspecting, "RFC7662-2.1-4 only its client and a resource server can introspect a token")
{
    const auto tokens = user_tokens();
    for (const char* name : {"access_token", "refresh_token"}) {
        CAPTURE(name);
        const auto token = member(tokens, name);
        const auto own = introspect(client, token, application);
        CHECK(member(own, "active") == "true");
        CHECK(introspect(client, token, resource_server).body == own.body);
        check_is_inactive(introspect(client, token, other_application));
    }
    // Other resource servers' own tokens are others' too.
    const auto token = member(own_token(client, resource_server), "access_token");
    check_is_inactive(introspect(client, token, application));
}

TEST_CASE_METHOD(Introspecting, "RFC7662-2.3-1 a caller that does not prove who it is gets 401 and learns nothing")
{
    [[maybe_unused]] const auto no_secret = add_client({.id = "open-inspector",
                                                        .auth_method = AuthMethod::none,
                                                        .redirect_uris = {demo_redirect},
                                                        .introspects_any = true});
    const auto token = member(user_tokens(), "access_token");
    const auto [name, body, header] = GENERATE(table<std::string, Parameters, std::string>({
        {"nobody", {}, "X: y"},
        {"wrong secret", {}, basic("inspected", "wrong")},
        {"wrong secret in the body", {{"client_id", "inspected"}, {"client_secret", "wrong"}}, "X: y"},
        {"no secret", {{"client_id", "inspected"}}, "X: y"},
        {"unknown client", {}, basic("nobody", "x")},
        {"public client", {{"client_id", "open-inspector"}}, "X: y"},
        {"public client with a secret", {{"client_id", "open-inspector"}, {"client_secret", "x"}}, "X: y"},
        {"public client by Basic", {}, basic("open-inspector", "")},
        {"the token itself", {}, "Authorization: Bearer " + std::string(42, 'a')},
    }));
    CAPTURE(name);
    Parameters parameters = {{"token", token}};
    parameters.insert(parameters.end(), body.begin(), body.end());
    const auto answer = client.post("/oauth/introspect", parameters, {header});
    check_is_error(answer, 401, "invalid_client");
    CHECK(member_names(answer) == Names{"error", "error_description"});
    CHECK(answer.header("access-control-allow-origin").empty());
}

TEST_CASE_METHOD(Introspecting, "STILE-introspect-3 the caller may send its secret in the body")
{
    const auto secret = add_client({.id = "by-body", .grant_types = {"client_credentials"}, .introspects_any = true});
    const auto token = member(user_tokens(), "access_token");
    const auto answer = client.post("/oauth/introspect",
                                    Parameters{{"token", token}, {"client_id", "by-body"}, {"client_secret", secret}});
    CHECK(member(answer, "active") == "true");
}

TEST_CASE_METHOD(Introspecting, "RFC7662-2.2-3 what is no token, or none any more, is inactive and nothing else")
{
    const auto& headers = GENERATE(0, 1) == 0 ? application : resource_server;
    SECTION("unknown, or no token by its form")
    {
        for (const auto& text : {std::string(42, 'a'), std::string(48, 'a'), std::string("a"), std::string("a b"),
                                 std::string("*"), std::string(41, 'a'), std::string(43, 'a'), std::string(42, '-'),
                                 std::string(8192, 'a'), std::string("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.")}) {
            CAPTURE(text);
            check_is_inactive(introspect(client, text, headers));
        }
    }
    SECTION("the secret is wrong by one character, or the token is cut")
    {
        auto token = member(user_tokens(), "access_token");
        check_is_inactive(introspect(client, token.substr(0, 41), headers));
        check_is_inactive(introspect(client, token + "a", headers));
        token.back() = token.back() == 'a' ? 'b' : 'a';
        check_is_inactive(introspect(client, token, headers));
    }
    SECTION("a code, unused and used")
    {
        const auto code = new_code();
        check_is_inactive(introspect(client, code, headers));
        CHECK(redeem(client, code, {}, application).status == 200);
        check_is_inactive(introspect(client, code, headers));
    }
    SECTION("a used refresh token, while its successor is active")
    {
        const auto token = member(user_tokens(), "refresh_token");
        const auto next = member(refresh(client, token, {}, application), "refresh_token");
        check_is_inactive(introspect(client, token, headers));
        CHECK(is_active(next));
    }
    SECTION("a revoked access token, while its refresh token is active")
    {
        const auto tokens = user_tokens();
        CHECK(revoke(client, member(tokens, "access_token"), application).status == 200);
        check_is_inactive(introspect(client, member(tokens, "access_token"), headers));
        CHECK(is_active(member(tokens, "refresh_token")));
    }
    SECTION("all of a grant that ended because a code was used twice")
    {
        const auto code = new_code();
        const auto tokens = redeem(client, code, {}, application);
        CHECK(redeem(client, code, {}, application).status == 400);
        check_is_inactive(introspect(client, member(tokens, "access_token"), headers));
        check_is_inactive(introspect(client, member(tokens, "refresh_token"), headers));
    }
}

TEST_CASE_METHOD(Introspecting,
                 "STILE-introspect-4 an expired access token is inactive, and so is an expired refresh token")
{
    const auto tokens = user_tokens();
    REQUIRE(tokens.status == 200);
    pass(settings().lifetimes.access_token);
    check_is_inactive(introspect(client, member(tokens, "access_token"), application));
    CHECK(is_active(member(tokens, "refresh_token")));
    pass(settings().lifetimes.refresh_token - settings().lifetimes.access_token);
    check_is_inactive(introspect(client, member(tokens, "refresh_token"), application));
}

TEST_CASE_METHOD(Introspecting, "RFC7662-2.1-1 a request without exactly one proper token is invalid_request")
{
    const std::string token(42, 'a');
    const auto [name, body] = GENERATE_COPY(table<std::string, std::string>({
        {"no token", "token_type_hint=access_token"},
        {"empty body", ""},
        {"empty token", "token="},
        {"doubled", "token=" + token + "&token=" + token},
        {"one byte beyond 8 kB", "token=" + std::string(8193, 'a')},
        {"body of 100 kB", "token=" + std::string(100'000, 'a')},
        {"NUL", "token=" + token + "%00"},
        {"CR LF", "token=" + token + "%0D%0A"},
        {"a byte beyond ASCII", "token=\xe4"},
        {"malformed escape", "token=%G1"},
    }));
    CAPTURE(name);
    check_is_error(client.post("/oauth/introspect", body, application), 400, "invalid_request");
}

TEST_CASE_METHOD(Introspecting, "STILE-introspect-5 a token in the query, or in a body of another type, is no token")
{
    const auto token = member(user_tokens(), "access_token");
    check_is_error(client.post("/oauth/introspect?token=" + token, "", application), 400, "invalid_request");
    for (const char* type : {"Content-Type: application/json", "Content-Type: text/plain"})
        check_is_error(client.post("/oauth/introspect", "token=" + token, {application[0], type}), 400,
                       "invalid_request");
}

TEST_CASE_METHOD(Introspecting, "RFC7662-2.1-3 token_type_hint is a hint: a wrong or unknown one changes nothing")
{
    const auto tokens = user_tokens();
    const std::string hint = GENERATE("access_token", "refresh_token", "urn:unknown", "");
    for (const char* name : {"access_token", "refresh_token"}) {
        const Parameters parameters = {{"token", member(tokens, name)}, {"token_type_hint", hint}};
        CHECK(member(client.post("/oauth/introspect", parameters, application), "active") == "true");
    }
}

TEST_CASE_METHOD(Introspecting, "RFC7662-2.1-2 the introspection endpoint takes POST and nothing else")
{
    const std::string method = GENERATE("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS");
    CAPTURE(method);
    const auto answer = client.request(method, "/oauth/introspect?token=" + std::string(42, 'a'), {application[0]});
    CHECK(answer.status == 405);
    CHECK(answer.header("allow") == "POST");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.header("content-type") == "application/json");
}
