// grant_type=password (RFC 6749 section 4.3): off by default, and as strict as the login page where it is on.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

const std::string all_grants = "authorization_code,refresh_token,client_credentials,password";

void check_is_error(const Answer& answer, const std::string& error)
{
    CHECK(answer.status == 400);
    CHECK(member(answer, "error") == error);
}

// An instance that offers the grant, with a client `legacy` that is registered for it.
struct Legacy : Instance {
    Legacy() : Instance({{"STILE_GRANT_TYPES", all_grants}, {"STILE_LOGIN_TRIES_PER_USER", "3"}}) {}

    Caller client{*this};
    Headers headers{basic(
        "legacy",
        add_client({.id = "legacy", .scope = scope_of("read write"), .grant_types = {"password", "refresh_token"}}))};

    Answer ask(const std::string& username, const std::string& password, const Parameters& extra = {})
    {
        Parameters parameters = {{"grant_type", "password"}, {"username", username}, {"password", password}};
        parameters.insert(parameters.end(), extra.begin(), extra.end());
        return token_request(client, parameters, headers);
    }
};

} // namespace

TEST_CASE("RFC9700-2.4-1 the password grant is off unless server and client enable it")
{
    const Parameters request = {{"grant_type", "password"}, {"username", "admin"}, {"password", "admin"}};
    {
        Instance usual;
        Caller client(usual);
        check_is_error(token_request(client, request), "unsupported_grant_type");
    }
    Legacy legacy;
    check_is_error(token_request(legacy.client, request), "unauthorized_client"); // test_client may not use it
}

TEST_CASE_METHOD(Legacy,
                 "RFC6749-4.3.3-1 the right password gives an access and a refresh token that lives like any other")
{
    const auto answer = ask("Admin", "admin", {{"scope", "read"}});
    CHECK(answer.status == 200);
    CHECK(member_names(answer)
          == std::vector<std::string>{"expires_in", "refresh_token_expires_in", "access_token", "refresh_token",
                                      "scope", "token_type"});
    CHECK(member(answer, "scope") == "read");
    const auto seen = introspect(client, member(answer, "access_token"), headers);
    CHECK(member(seen, "sub") == "admin");
    CHECK(member(seen, "client_id") == "legacy");
    const auto next = refresh(client, member(answer, "refresh_token"), {}, headers);
    CHECK(next.status == 200);
    // Reuse ends the chain (RFC 9700 section 4.14).
    check_is_error(refresh(client, member(answer, "refresh_token"), {}, headers), "invalid_grant");
    CHECK(introspect(client, member(next, "access_token"), headers).body == inactive);
}

TEST_CASE_METHOD(
    Legacy, "STILE-password-grant-1 a wrong password and an unknown user look alike; scope and parameters are checked")
{
    const auto wrong = ask("admin", "wrong");
    const auto unknown = ask("nobody", "wrong");
    check_is_error(wrong, "invalid_grant");
    CHECK(wrong.body == unknown.body);
    check_is_error(ask("admin", "admin", {{"scope", "root"}}), "invalid_scope");
    check_is_error(ask("admin", ""), "invalid_request");
    check_is_error(ask("admin", "admin", {{"username", "other"}}), "invalid_request");
}

TEST_CASE_METHOD(Legacy, "RFC6749-4.3.2-3 guesses are throttled as at the login page")
{
    int checked = 0;
    Answer refused;
    while ((refused = ask("admin", "wrong")).status == 400 && checked < 10)
        ++checked;
    CHECK(checked == 4);
    CHECK(refused.status == 429);
    CHECK(member(refused, "error") == "temporarily_unavailable");
    CHECK_FALSE(refused.header("retry-after").empty());
}
