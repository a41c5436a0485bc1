// grant_type=client_credentials (RFC 6749 section 4.4).
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

void check_is_error(const Answer& answer, const std::string& error)
{
    CHECK(answer.status == 400);
    CHECK(member(answer, "error") == error);
    CHECK(member_names(answer) == std::vector<std::string>{"error", "error_description"});
}

struct ClientCredentials : Instance {
    Caller client{*this};

    const Headers machine = {basic(
        "machine",
        add_client({.id = "machine", .scope = scope_of("read write admin"), .grant_types = {"client_credentials"}}))};
};

} // namespace

TEST_CASE_METHOD(ClientCredentials, "RFC6749-4.4.3-2 a client's own token comes without a refresh token")
{
    const auto answer = own_token(client, machine);
    CHECK(answer.status == 200);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(member_names(answer) == std::vector<std::string>{"expires_in", "access_token", "scope", "token_type"});
    CHECK(member(answer, "expires_in") == "300");
    CHECK(member(answer, "access_token").size() == 42);
    CHECK(member(answer, "token_type") == "Bearer");
    CHECK(member(own_token(client, machine), "access_token") != member(answer, "access_token"));
}

TEST_CASE_METHOD(
    ClientCredentials,
    "STILE-client-credentials-1 the scope is what was asked for, by default all that is registered, never more")
{
    CHECK(member(own_token(client, machine), "scope") == "read write admin");
    CHECK(member(own_token(client, machine, "write"), "scope") == "write");
    CHECK(member(own_token(client, machine, "write read"), "scope") == "write read"); // in the order asked for
    const std::string wider = GENERATE("root", "read root", "Read", "read  write", "read\"");
    CAPTURE(wider);
    check_is_error(own_token(client, machine, wider), "invalid_scope");
}

TEST_CASE_METHOD(ClientCredentials, "STILE-client-credentials-2 without a registered scope there is none")
{
    const Headers headers = {
        basic("scopeless", add_client({.id = "scopeless", .grant_types = {"client_credentials"}}))};
    CHECK(member_names(own_token(client, headers))
          == std::vector<std::string>{"expires_in", "access_token", "token_type"});
    check_is_error(own_token(client, headers, "read"), "invalid_scope");
}

TEST_CASE_METHOD(ClientCredentials, "RFC6749-4.4-1 a public client gets no token for itself")
{
    // The admin command registers no such client; it gets none even so.
    add_client({.id = "open-machine",
                .auth_method = AuthMethod::none,
                .scope = scope_of("read"),
                .grant_types = {"client_credentials"}});
    const Parameters parameters = {{"grant_type", "client_credentials"}, {"client_id", "open-machine"}};
    check_is_error(token_request(client, parameters, {}), "unauthorized_client");
    // Nor by a name alone, nor by a wrong secret.
    CHECK(token_request(client, {{"grant_type", "client_credentials"}, {"client_id", "machine"}}, {}).status == 401);
    CHECK(own_token(client, {basic("machine", "wrong")}).status == 401);
    CHECK(own_token(client, {}).status == 401);
}

TEST_CASE_METHOD(ClientCredentials,
                 "RFC6749-5.2-4 a client that is not registered for client_credentials may not use it")
{
    const Headers headers = {
        basic("not-a-machine", add_client({.id = "not-a-machine", .redirect_uris = {demo_redirect}}))};
    check_is_error(own_token(client, headers), "unauthorized_client");
}

TEST_CASE_METHOD(ClientCredentials,
                 "RFC6749-5.2-4 a client that is registered for client_credentials alone may use nothing else")
{
    check_is_error(redeem(client, std::string(42, 'a'), {}, machine), "unauthorized_client");
    check_is_error(refresh(client, std::string(48, 'a'), {}, machine), "unauthorized_client");
}

TEST_CASE("RFC6749-5.2-3 client_credentials can be disabled, and the metadata does not list it")
{
    Instance instance(Instance::Variables{{"STILE_GRANT_TYPES", "authorization_code"}});
    Caller own(instance);
    const Headers headers = {
        basic("machine", instance.add_client({.id = "machine", .grant_types = {"client_credentials"}}))};
    check_is_error(own_token(own, headers), "unsupported_grant_type");
    check_is_error(refresh(own, std::string(48, 'a'), {}, headers), "unsupported_grant_type");
    const auto metadata = own.get("/.well-known/oauth-authorization-server");
    CHECK(member(metadata, "grant_types_supported") == R"(["authorization_code"])");
    // No refresh token that nobody would take back.
    Browser browser(instance);
    CHECK(member(redeem(own, browser.obtain_code()), "refresh_token").empty());
}

TEST_CASE_METHOD(ClientCredentials, "STILE-client-credentials-3 removing a client ends its own tokens")
{
    const auto secret =
        add_client({.id = "gone-machine", .scope = scope_of("read"), .grant_types = {"client_credentials"}});
    const auto token = member(own_token(client, {basic("gone-machine", secret)}), "access_token");
    const Headers witness = {
        basic("machine-witness",
              add_client({.id = "machine-witness", .grant_types = {"client_credentials"}, .introspects_any = true}))};
    CHECK(member(introspect(client, token, witness), "client_id") == "gone-machine");
    CHECK(admin({"client", "remove", "gone-machine"}).output.contains("1 grant revoked"));
    CHECK(introspect(client, token, witness).body == inactive);
}
