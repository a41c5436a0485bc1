// grant_type=client_credentials (RFC 6749 section 4.4).
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

using namespace stile::test;

namespace {

HttpClient& client()
{
    static HttpClient shared(shared_stack().base_url());
    return shared;
}

const Headers& machine()
{
    static const Headers headers = {
        basic("machine", add_client(shared_stack(), {"--id", "machine", "--grant-type", "client_credentials", "--scope",
                                                     "read write admin"}))};
    return headers;
}

void check_is_error(const Answer& answer, const std::string& error)
{
    CHECK(answer.status == 400);
    CHECK(member(answer, "error") == error);
    CHECK(member_names(answer) == std::vector<std::string>{"error", "error_description"});
}

} // namespace

TEST_CASE("RFC6749-4.4.3-2 a client's own token comes without a refresh token")
{
    const auto answer = own_token(client(), machine());
    CHECK(answer.status == 200);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(member_names(answer) == std::vector<std::string>{"expires_in", "access_token", "scope", "token_type"});
    CHECK(member(answer, "expires_in") == "300");
    CHECK(member(answer, "access_token").size() == 42);
    CHECK(member(answer, "token_type") == "Bearer");
    CHECK(member(own_token(client(), machine()), "access_token") != member(answer, "access_token"));
}

TEST_CASE("STILE-client-credentials-1 the scope is what was asked for, by default all that is registered, never more")
{
    CHECK(member(own_token(client(), machine()), "scope") == "read write admin");
    CHECK(member(own_token(client(), machine(), "write"), "scope") == "write");
    CHECK(member(own_token(client(), machine(), "write read"), "scope") == "write read"); // in the order asked for
    const std::string wider = GENERATE("root", "read root", "Read", "read  write", "read\"");
    CAPTURE(wider);
    check_is_error(own_token(client(), machine(), wider), "invalid_scope");
}

TEST_CASE("STILE-client-credentials-2 without a registered scope there is none")
{
    const Headers headers = {
        basic("scopeless", add_client(shared_stack(), {"--id", "scopeless", "--grant-type", "client_credentials"}))};
    CHECK(member_names(own_token(client(), headers))
          == std::vector<std::string>{"expires_in", "access_token", "token_type"});
    check_is_error(own_token(client(), headers, "read"), "invalid_scope");
}

TEST_CASE("RFC6749-4.4-1 a public client gets no token of its own")
{
    // Whether registering one is refused or not, it gets none.
    const auto ran = shared_stack().admin(
        {"client", "add", "--id", "open-machine", "--public", "--grant-type", "client_credentials", "--scope", "read"});
    const Parameters parameters = {{"grant_type", "client_credentials"}, {"client_id", "open-machine"}};
    const auto answer = token_request(client(), parameters, {});
    if (ran.status == 0)
        check_is_error(answer, "unauthorized_client");
    else
        CHECK(answer.status == 401);
    // Nor by a name alone, nor by a wrong secret.
    machine();
    CHECK(token_request(client(), {{"grant_type", "client_credentials"}, {"client_id", "machine"}}, {}).status == 401);
    CHECK(own_token(client(), {basic("machine", "wrong")}).status == 401);
    CHECK(own_token(client(), {}).status == 401);
}

TEST_CASE("RFC6749-5.2-4 a client that is not registered for client_credentials may not use it")
{
    const Headers headers = {
        basic("not-a-machine", add_client(shared_stack(), {"--id", "not-a-machine", "--redirect-uri", demo_redirect}))};
    check_is_error(own_token(client(), headers), "unauthorized_client");
}

TEST_CASE("RFC6749-5.2-4 a client that is registered for client_credentials alone may use nothing else")
{
    check_is_error(redeem(client(), std::string(42, 'a'), {}, machine()), "unauthorized_client");
    check_is_error(refresh(client(), std::string(48, 'a'), {}, machine()), "unauthorized_client");
}

TEST_CASE("RFC6749-5.2-3 client_credentials can be switched off, and the metadata says so")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_GRANT_TYPES", "authorization_code"}});
    HttpClient own(stack.base_url());
    const Headers headers = {
        basic("machine", add_client(stack, {"--id", "machine", "--grant-type", "client_credentials"}))};
    check_is_error(own_token(own, headers), "unsupported_grant_type");
    check_is_error(refresh(own, std::string(48, 'a'), {}, headers), "unsupported_grant_type");
    const auto metadata = own.get("/.well-known/oauth-authorization-server");
    CHECK(member(metadata, "grant_types_supported") == R"(["authorization_code"])");
    // No refresh token that nobody would take back.
    Browser browser(stack);
    CHECK(member(redeem(own, browser.obtain_code()), "refresh_token").empty());
}

TEST_CASE("STILE-client-credentials-3 removing a client ends its own tokens")
{
    const auto secret =
        add_client(shared_stack(), {"--id", "gone-machine", "--grant-type", "client_credentials", "--scope", "read"});
    const auto token = member(own_token(client(), {basic("gone-machine", secret)}), "access_token");
    static const Headers witness = {
        basic("machine-witness", add_client(shared_stack(), {"--id", "machine-witness", "--grant-type",
                                                             "client_credentials", "--introspect", "any"}))};
    CHECK(member(introspect(client(), token, witness), "client_id") == "gone-machine");
    CHECK(shared_stack().admin({"client", "remove", "gone-machine"}).output.contains("1 grants revoked"));
    CHECK(introspect(client(), token, witness).body == inactive);
}
