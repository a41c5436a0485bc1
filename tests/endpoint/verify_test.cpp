// What nginx asks about a protected location's bearer token (RFC 6750), and what it is told. tests/run/test_protect.py has nginx
// and an API behind it.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

constexpr const char* bare_challenge = "Bearer realm=\"stile\"";
constexpr const char* invalid_token = "Bearer realm=\"stile\", error=\"invalid_token\"";

void check_is_refused(const Answer& answer, long status, const std::string& challenge)
{
    CHECK(answer.status == status);
    CHECK(answer.all("www-authenticate") == std::vector<std::string>{challenge});
    CHECK(answer.header("x-stile-subject").empty());
}

struct Verifying : Instance {
    using Instance::Instance;

    Caller client{*this};
    Headers machine = {basic(
        "robot",
        add_client({.id = "robot", .scope = scope_of("write read extra"), .grant_types = {"client_credentials"}}))};

    std::string token_with(const std::string& scope)
    {
        return member(own_token(client, machine, scope), "access_token");
    }
};

} // namespace

TEST_CASE_METHOD(Verifying, "STILE-verify-1 a request with a good token reaches the upstream, which learns who it is")
{
    add_user("victor", "v", "sub-of-victor");
    const Headers reader = {basic(
        "reader", add_client({.id = "reader", .redirect_uris = {demo_redirect}, .scope = scope_of("read email")}))};
    Browser browser(*this);
    const auto consent =
        browser.reach_consent(demo_request({{"client_id", "reader"}, {"scope", "read email"}}), "victor", "v");
    const auto code = value_of(query_of(browser.approve(consent).location()), "code");
    const auto token = member(redeem(client, code, {}, reader), "access_token");
    const auto answer = client.verify(bearer(token), "read");
    CHECK(answer.status == 200);
    CHECK(answer.header("x-stile-subject") == "sub-of-victor");
    CHECK(answer.header("x-stile-grant") == "user");
    CHECK(answer.header("x-stile-client") == "reader");
    CHECK(answer.header("x-stile-scope") == "read email");
    const auto left = std::stoll(answer.header("x-stile-expires")) - clock.now();
    CHECK(left >= 299);
    CHECK(left <= 301); // Redis counts from its own clock
    CHECK(answer.header("www-authenticate").empty());
}

TEST_CASE_METHOD(Verifying, "STILE-verify-2 a client's own token passes too, and names no user as its subject")
{
    const auto answer = client.verify(bearer(token_with("read")), "read");
    CHECK(answer.status == 200);
    CHECK(answer.all("x-stile-subject").empty());
    CHECK(answer.header("x-stile-grant") == "client");
    CHECK(answer.header("x-stile-client") == "robot");
    CHECK(answer.header("x-stile-scope") == "read");
}

TEST_CASE_METHOD(Verifying, "RFC6750-3.1-1 without a bearer token: 401 and a challenge without an error code")
{
    const auto token = token_with("read");
    const auto [name, header] = GENERATE_COPY(table<std::string, std::string>({
        {"no header", "X: y"},
        {"empty header", "Authorization:"},
        {"another scheme", "Authorization: Basic YTpi"},
        {"the token without a scheme", "Authorization: " + token},
        {"the scheme alone", "Authorization: Bearer"},
        {"the scheme glued to the token", "Authorization: Bearer" + token},
    }));
    CAPTURE(name);
    check_is_refused(client.verify(header, "read"), 401, bare_challenge);
    check_is_refused(client.verify(header), 401, bare_challenge);
}

TEST_CASE_METHOD(Verifying, "RFC6750-3.1-3 a token that is none: 401 invalid_token")
{
    const auto token = token_with("read");
    const auto [name, text] = GENERATE_COPY(table<std::string, std::string>({
        {"unknown", std::string(42, 'a')},
        {"cut", token.substr(0, 41)},
        {"longer", token + "a"},
        {"its last character changed", token.substr(0, 41) + (token.back() == 'a' ? "b" : "a")},
        {"a space before it", " " + token},
        {"two tokens", token + " " + token},
        {"two with a comma", token + ", Bearer " + token},
        {"of 6 kB", std::string(6 * 1024, 'a')},
        {"of 20 kB", std::string(20 * 1024, 'a')},
        {"a JWT", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInNjb3BlIjoicmVhZCJ9."},
        {"other bytes", "\xc3\xa4\xff"},
    }));
    CAPTURE(name);
    check_is_refused(client.verify(bearer(text), "read"), 401, invalid_token);
    CHECK(client.verify(bearer(token), "read").status == 200);
}

TEST_CASE_METHOD(Verifying, "RFC6750-3.1-3 a refresh token and a code are no access tokens")
{
    Browser browser(*this);
    const auto code = browser.obtain_code();
    check_is_refused(client.verify(bearer(code)), 401, invalid_token);
    const auto tokens = redeem(client, code);
    CHECK(client.verify(bearer(member(tokens, "access_token"))).status == 200);
    check_is_refused(client.verify(bearer(member(tokens, "refresh_token"))), 401, invalid_token);
}

TEST_CASE_METHOD(Verifying,
                 "STILE-verify-4 a token that was taken back does not pass any more, from the next request on")
{
    const auto token = token_with("read");
    CHECK(client.verify(bearer(token), "read").status == 200);
    CHECK(revoke(client, token, machine).status == 200);
    check_is_refused(client.verify(bearer(token), "read"), 401, invalid_token);
    // With its grant, too.
    Browser browser(*this);
    const auto tokens = redeem(client, browser.obtain_code());
    const auto access = bearer(member(tokens, "access_token"));
    CHECK(client.verify(access).status == 200);
    CHECK(revoke(client, member(tokens, "refresh_token"), {demo_basic}).status == 200);
    check_is_refused(client.verify(access), 401, invalid_token);
}

TEST_CASE_METHOD(Verifying, "STILE-verify-5 a token that has expired does not pass")
{
    const auto token = bearer(token_with("read"));
    pass(settings().lifetimes.access_token - 1);
    CHECK(client.verify(token, "read").status == 200);
    pass(1);
    check_is_refused(client.verify(token, "read"), 401, invalid_token);
}

TEST_CASE_METHOD(Verifying,
                 "RFC6750-3.1-5 a token without the scope that the location asks for: 403 insufficient_scope")
{
    const auto [name, wanted, scope, passes] = GENERATE(table<std::string, std::string, std::string, bool>({
        {"the scope", "read", "read", true},
        {"more than the scope", "read", "extra read", true},
        {"another scope", "read", "write", false},
        {"the beginning of the word", "rea", "read", false},
        {"both of two", "read write", "write read", true},
        {"one of two", "read write", "read", false},
        {"the other of two", "read write", "write extra", false},
        {"any where none is asked for", "", "extra", true},
    }));
    CAPTURE(name);
    CHECK(client.verify(bearer(token_with(scope)), wanted).status == (passes ? 200 : 403));
}

TEST_CASE_METHOD(Verifying, "RFC6750-3-1 a 403 carries its challenge, with the scope that is missing")
{
    const std::string scope = GENERATE("read", "read write");
    const auto answer = client.verify(bearer(token_with("extra")), scope);
    const auto challenge = R"(Bearer realm="stile", error="insufficient_scope", scope=")" + scope + "\"";
    check_is_refused(answer, 403, challenge);
    CHECK(answer.header("x-stile-challenge") == challenge); // the one that protect.conf hands on
}

TEST_CASE_METHOD(Verifying, "STILE-verify-6 a mistyped required scope admits no request")
{
    CHECK(client.verify(bearer(token_with("read write")), "read  write").status == 403);
}

TEST_CASE("STILE-verify-10 no request passes while Redis is unavailable, and all pass again when it is back")
{
    Verifying instance(Instance::Variables{{"STILE_REDIS_TIMEOUT", "200"}});
    auto& client = instance.client;
    const auto good = bearer(instance.token_with("read"));
    CHECK(client.verify(good, "read").status == 200);
    {
        const PausedRedis redis_is_away(instance);
        CHECK(client.verify(good, "read").status == 503);
        CHECK(client.verify(bearer(std::string(42, 'a'))).status == 503);
        // What needs no look into Redis is refused as ever.
        check_is_refused(client.verify("X: y", "read"), 401, bare_challenge);
    }
    CHECK(client.verify(good, "read").status == 200);
}

TEST_CASE_METHOD(Verifying, "STILE-narrowed-5 a token passes for no scope that its client may no longer request")
{
    const auto token = bearer(token_with("read extra"));
    REQUIRE(client.verify(token, "extra").status == 200);
    change_client("robot", [](Client& one) { one.scope = scope_of("read"); });
    CHECK(client.verify(token, "extra").status == 403);
    const auto answer = client.verify(token, "read");
    CHECK(answer.status == 200);
    CHECK(answer.header("x-stile-scope") == "read");
}
