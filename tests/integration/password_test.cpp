// grant_type=password (RFC 6749 section 4.3): off by default, and as strict as the login page where it is on.
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

using namespace stile::test;

namespace {

const std::string all_grants = "authorization_code,refresh_token,client_credentials,password";

// A stack that offers the grant, with a client `legacy` that is registered for it.
struct Legacy {
    Stack stack{std::vector<Stack::Setting>{{"STILE_GRANT_TYPES", all_grants}, {"STILE_LOGIN_TRIES_PER_USER", "3"}}};
    HttpClient client{stack.base_url()};
    Headers headers{basic("legacy", add_client(stack, {"--id", "legacy", "--grant-type", "password", "--grant-type",
                                                       "refresh_token", "--scope", "read write"}))};

    Answer ask(const std::string& username, const std::string& password, const Parameters& extra = {})
    {
        Parameters parameters = {{"grant_type", "password"}, {"username", username}, {"password", password}};
        parameters.insert(parameters.end(), extra.begin(), extra.end());
        return token_request(client, parameters, headers);
    }
};

void check_is_error(const Answer& answer, const std::string& error)
{
    CHECK(answer.status == 400);
    CHECK(member(answer, "error") == error);
}

} // namespace

TEST_CASE("RFC9700-2.4-1 the password grant is not there unless the server and the client switch it on")
{
    HttpClient client(shared_stack().base_url());
    const Parameters request = {{"grant_type", "password"}, {"username", "admin"}, {"password", "admin"}};
    check_is_error(token_request(client, request), "unsupported_grant_type");

    Legacy legacy;
    check_is_error(token_request(legacy.client, request),
                   "unauthorized_client"); // test_client is not registered for it
}

TEST_CASE("RFC6749-4.3.3-1 the right password gives an access and a refresh token that lives like any other")
{
    Legacy legacy;
    const auto answer = legacy.ask("Admin", "admin", {{"scope", "read"}});
    CHECK(answer.status == 200);
    CHECK(member_names(answer)
          == std::vector<std::string>{"expires_in", "refresh_token_expires_in", "access_token", "refresh_token",
                                      "scope", "token_type"});
    CHECK(member(answer, "scope") == "read");
    const auto seen = introspect(legacy.client, member(answer, "access_token"), legacy.headers);
    CHECK(member(seen, "sub") == "admin");
    CHECK(member(seen, "client_id") == "legacy");
    const auto next = refresh(legacy.client, member(answer, "refresh_token"), {}, legacy.headers);
    CHECK(next.status == 200);
    // Reuse ends the chain (RFC 9700 section 4.14).
    check_is_error(refresh(legacy.client, member(answer, "refresh_token"), {}, legacy.headers), "invalid_grant");
    CHECK(introspect(legacy.client, member(next, "access_token"), legacy.headers).body == inactive);
}

TEST_CASE("STILE-password-grant-1 a wrong password and an unknown user look alike; scope and parameters are checked")
{
    Legacy legacy;
    const auto wrong = legacy.ask("admin", "wrong");
    const auto unknown = legacy.ask("nobody", "wrong");
    check_is_error(wrong, "invalid_grant");
    CHECK(wrong.body == unknown.body);
    check_is_error(legacy.ask("admin", "admin", {{"scope", "root"}}), "invalid_scope");
    check_is_error(legacy.ask("admin", ""), "invalid_request");
    check_is_error(legacy.ask("admin", "admin", {{"username", "other"}}), "invalid_request");
}

TEST_CASE("RFC6749-4.3.2-3 guesses are throttled as at the login page")
{
    Legacy legacy;
    int checked = 0;
    Answer refused;
    // A wait that begins at the end of a second may be over at once: then one more try is checked.
    while ((refused = legacy.ask("admin", "wrong")).status == 400 && checked < 10)
        ++checked;
    CHECK(checked >= 4);
    CHECK(refused.status == 429);
    CHECK(member(refused, "error") == "temporarily_unavailable");
    CHECK_FALSE(refused.header("retry-after").empty());
}
