#include "shared/oauth/authorization_request.h"

#include "tests/support/catch.h"

#include <algorithm>

using namespace stile;

namespace {

constexpr auto challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

// A request that is granted, and who sends it; each test changes what it is about.
struct Asked {
    AuthorizationParameters parameters = {"code", "read", challenge, "S256"};
    Client client;
    Settings settings;

    Asked()
    {
        client.id = "app";
        client.redirect_uris = {"https://client.example/cb"};
        client.scope = *Scope::parse("read write");
        client.grant_types = {"authorization_code"};
    }

    Result<AuthorizationRequest> check() const
    {
        const auto target = prove_redirect_uri(client, std::nullopt);
        REQUIRE(target.has_value());
        return check_authorization_request(parameters, client, *target, settings);
    }

    ErrorCode error() const
    {
        const auto checked = check();
        REQUIRE_FALSE(checked.has_value());
        CHECK(std::ranges::none_of(checked.error().description,
                                   [](char c) { return c < 0x20 || c > 0x7e || c == '"' || c == '\\'; }));
        return checked.error().code;
    }
};

} // namespace

TEST_CASE("STILE-authorization-request-1 a valid request keeps client, redirect URI, scope and challenge")
{
    const auto request = Asked().check();
    REQUIRE(request.has_value());
    CHECK(request->client_id == "app");
    CHECK(request->redirect_uri == "https://client.example/cb");
    CHECK(request->scope.to_string() == "read");
    CHECK(request->code_challenge == challenge);
}

TEST_CASE("RFC6749-3.1.1-7 a response_type that is missing or not understood is an error")
{
    Asked asked;
    asked.parameters.response_type.reset();
    CHECK(asked.error() == ErrorCode::invalid_request);
    const auto other =
        GENERATE("token", "code token", "token code", "code id_token", "id_token", "none", "CODE", "code ", "x");
    CAPTURE(other);
    asked.parameters.response_type = other;
    CHECK(asked.error() == ErrorCode::unsupported_response_type);
}

TEST_CASE("RFC6749-4.1.2.1-6 a client that may not use the grant is unauthorized_client")
{
    Asked asked;
    SECTION("not registered for it")
    {
        asked.client.grant_types = {"refresh_token", "client_credentials"};
    }
    SECTION("registered for none")
    {
        asked.client.grant_types.clear();
    }
    SECTION("not offered by this server")
    {
        asked.settings.grant_types = {"client_credentials"};
    }
    CHECK(asked.error() == ErrorCode::unauthorized_client);
}

TEST_CASE("RFC6749-3.3-8 without scope the client gets all its registered scopes")
{
    Asked asked;
    asked.parameters.scope.reset();
    const auto request = asked.check();
    REQUIRE(request.has_value());
    CHECK(request->scope.to_string() == "read write");
}

TEST_CASE("RFC6749-4.1.2.1-9 a scope that is malformed, unknown or too wide is invalid_scope")
{
    const auto [name, scope] = GENERATE(table<std::string, std::string>({
        {"two spaces", "read  write"},
        {"space behind", "read "},
        {"quote", "re\"ad"},
        {"unknown", "admin"},
        {"one too many", "read write admin"},
        {"case", "READ"},
    }));
    CAPTURE(name);
    Asked asked;
    asked.parameters.scope = scope;
    CHECK(asked.error() == ErrorCode::invalid_scope);
}

TEST_CASE("RFC7636-4.4.1-1 a challenge is required of public clients, and of others if client or server requires it")
{
    Asked asked;
    asked.parameters.code_challenge.reset();
    asked.parameters.code_challenge_method.reset();
    SECTION("a confidential client may do without")
    {
        const auto request = asked.check();
        REQUIRE(request.has_value());
        CHECK(request->code_challenge.empty());
    }
    SECTION("a public client may not")
    {
        asked.client.auth_method = AuthMethod::none;
        CHECK(asked.error() == ErrorCode::invalid_request);
    }
    SECTION("nor one that is registered so")
    {
        asked.client.require_pkce = true;
        CHECK(asked.error() == ErrorCode::invalid_request);
    }
    SECTION("nor any where the operator says so")
    {
        asked.settings.require_pkce = true;
        CHECK(asked.error() == ErrorCode::invalid_request);
    }
}

TEST_CASE("RFC7636-4.4.1-3 the method must be S256 and present, and the challenge well-formed")
{
    using Optional = std::optional<std::string>;
    const auto [name, code_challenge, method] = GENERATE(table<std::string, Optional, Optional>({
        {"plain", challenge, "plain"},
        {"no method, which means plain", challenge, std::nullopt},
        {"lower case", challenge, "s256"},
        {"space behind", challenge, "S256 "},
        {"another", challenge, "S512"},
        {"method without challenge", std::nullopt, "S256"},
        {"plain without challenge", std::nullopt, "plain"},
        {"42 characters", std::string(42, 'a'), "S256"},
        {"44 characters", std::string(44, 'a'), "S256"},
        {"128 characters", std::string(128, 'a'), "S256"},
        {"padded", std::string(42, 'a') + "=", "S256"},
        {"base64, not base64url", std::string(42, 'a') + "+", "S256"},
    }));
    CAPTURE(name);
    Asked asked;
    asked.parameters.code_challenge = code_challenge;
    asked.parameters.code_challenge_method = method;
    CHECK(asked.error() == ErrorCode::invalid_request);
    asked.client.auth_method = AuthMethod::none;
    CHECK(asked.error() == ErrorCode::invalid_request);
}

TEST_CASE("STILE-authorization-request-2 of several errors in a request the first in the order of checks is reported")
{
    Asked asked;
    asked.parameters = {"token", "admin", std::nullopt, "plain"};
    asked.client.grant_types.clear();
    CHECK(asked.error() == ErrorCode::unsupported_response_type);
    asked.parameters.response_type = "code";
    CHECK(asked.error() == ErrorCode::unauthorized_client);
    asked.client.grant_types = {"authorization_code"};
    CHECK(asked.error() == ErrorCode::invalid_request);
    asked.parameters.code_challenge_method.reset();
    CHECK(asked.error() == ErrorCode::invalid_scope);
}

TEST_CASE("OIDC-6-1 an unsupported request object is refused, not ignored")
{
    Asked asked;
    SECTION("request")
    {
        asked.parameters.request = "eyJhbGciOiJub25lIn0.e30.";
        CHECK(asked.error() == ErrorCode::request_not_supported);
    }
    SECTION("request_uri")
    {
        asked.parameters.request_uri = "https://client.example/request.jwt";
        CHECK(asked.error() == ErrorCode::request_uri_not_supported);
    }
    SECTION("registration")
    {
        asked.parameters.registration = "{}";
        CHECK(asked.error() == ErrorCode::registration_not_supported);
    }
}

TEST_CASE("OIDC-3.1.2.1-4 prompt says whether the user may or must be asked")
{
    const auto [prompt, silent, login, consent] = GENERATE(table<std::string, bool, bool, bool>({
        {"none", true, false, false},
        {"login", false, true, false},
        {"consent", false, false, true},
        {"select_account", false, false, true},
        {"login consent", false, true, true},
        {"consent login select_account", false, true, true},
        {"create", false, false, false}, // not known: passed over
        {"LOGIN", false, false, false},
    }));
    CAPTURE(prompt);
    Asked asked;
    asked.parameters.prompt = prompt;
    const auto request = asked.check();
    REQUIRE(request.has_value());
    CHECK(request->is_silent == silent);
    CHECK(request->requires_login == login);
    CHECK(request->requires_consent == consent);
}

TEST_CASE("OIDC-3.1.2.1-5 prompt=none with any other value is an error")
{
    Asked asked;
    asked.parameters.prompt = GENERATE("none login", "consent none", "none none", "none x");
    CAPTURE(*asked.parameters.prompt);
    CHECK(asked.error() == ErrorCode::invalid_request);
}

TEST_CASE("OIDC-3.1.2.1-6 max_age is a number of seconds")
{
    Asked asked;
    for (const auto& [text, seconds] :
         std::vector<std::pair<std::string, Seconds>>{{"0", 0}, {"1", 1}, {"86400", 86400}}) {
        asked.parameters.max_age = text;
        CHECK(asked.check()->max_age == seconds);
    }
    for (const char* text : {"-1", "1.5", "x", "1 ", "99999999999999", "0x10"}) {
        CAPTURE(text);
        asked.parameters.max_age = text;
        CHECK(asked.error() == ErrorCode::invalid_request);
    }
    asked.parameters.max_age.reset();
    CHECK_FALSE(asked.check()->max_age);
}

TEST_CASE("STILE-authorization-request-4 a client can request single claims only of its registered scopes")
{
    Asked asked;
    asked.client.scope = *Scope::parse("openid email groups");
    asked.parameters.scope = "openid";
    asked.parameters.claims = R"({"userinfo": {"email": null, "name": null, "groups": null},
                                  "id_token": {"email_verified": null, "phone_number": {"essential": true}}})";
    const auto request = asked.check();
    REQUIRE(request.has_value());
    CHECK(request->userinfo_claims == "email groups");
    CHECK(request->id_token_claims == "email_verified");
    CHECK(request->consent_scope().to_string() == "openid email groups"); // which the user sees
    CHECK(request->scope.to_string() == "openid"); // which the token gets
}

TEST_CASE("STILE-authorization-request-5 nonce and claims require the scope openid")
{
    Asked asked;
    asked.client.scope = *Scope::parse("openid read email");
    asked.parameters.nonce = "n";
    asked.parameters.claims = R"({"userinfo": {"email": null}})";
    asked.parameters.scope = "read";
    CHECK(asked.check()->nonce.empty());
    CHECK(asked.check()->userinfo_claims.empty());
    asked.parameters.claims = "no json";
    CHECK(asked.check().has_value());
    asked.parameters.scope = "openid";
    CHECK(asked.error() == ErrorCode::invalid_request);
    asked.parameters.claims.reset();
    CHECK(asked.check()->nonce == "n");
}

TEST_CASE("STILE-authorization-request-6 response_mode is query or form_post, and no other")
{
    CHECK(parse_response_mode("query") == ResponseMode::query);
    CHECK(parse_response_mode("form_post") == ResponseMode::form_post);
    for (const char* other : {"fragment", "web_message", "", "QUERY", "query ", "jwt"})
        CHECK_FALSE(parse_response_mode(other));
}
