// POST /oauth/revoke (RFC 7009).
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <algorithm>

using namespace stile;
using namespace stile::test;

namespace {

void check_is_done(const Answer& answer)
{
    CHECK(answer.status == 200);
    CHECK(answer.body == "{}");
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.header("cache-control") == "no-store");
}

void check_is_error(const Answer& answer, long status, const std::string& error)
{
    CHECK(answer.status == status);
    CHECK(member(answer, "error") == error);
    CHECK(answer.header("content-type") == "application/json");
    CHECK(answer.all("www-authenticate").size() == (status == 401 ? 1U : 0U));
}

// PKCE of RFC 7636 appendix B.
constexpr const char* challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
constexpr const char* verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

struct Revoking : Instance {
    Caller client{*this};

    const Headers application = {
        basic("giver", add_client({.id = "giver",
                                   .redirect_uris = {demo_redirect},
                                   .scope = scope_of("email"),
                                   .grant_types = {"authorization_code", "refresh_token", "client_credentials"}}))};

    const Headers other_application = {basic("taker", add_client({.id = "taker", .redirect_uris = {demo_redirect}}))};

    Answer user_tokens()
    {
        Browser browser(*this);
        auto tokens = redeem(client, browser.obtain_code(demo_request({{"client_id", "giver"}})), {}, application);
        REQUIRE(tokens.status == 200);
        return tokens;
    }

    bool is_active(const std::string& token)
    {
        return member(introspect(client, token, application), "active") == "true";
    }
};

} // namespace

TEST_CASE_METHOD(Revoking, "RFC7009-2.1-1 an access token is revoked alone, and again without complaint")
{
    const auto first = user_tokens();
    const auto second = refresh(client, member(first, "refresh_token"), {}, application);
    const auto token = member(first, "access_token");
    check_is_done(revoke(client, token, application));
    CHECK_FALSE(is_active(token));
    CHECK(is_active(member(second, "access_token")));
    CHECK(is_active(member(second, "refresh_token")));
    check_is_done(revoke(client, token, application));
    CHECK(refresh(client, member(second, "refresh_token"), {}, application).status == 200);
}

TEST_CASE_METHOD(Revoking, "RFC7009-2.1-7 a refresh token is revoked with its grant: no token of it works any more")
{
    const auto first = user_tokens();
    const auto second = refresh(client, member(first, "refresh_token"), {}, application);
    const auto third = refresh(client, member(second, "refresh_token"), {}, application);
    REQUIRE(third.status == 200);
    // The living one and used ones alike.
    const auto& given_back = *std::vector<const Answer*>{&first, &second, &third}[GENERATE(0U, 1U, 2U)];
    const auto bystander = user_tokens();
    check_is_done(revoke(client, member(given_back, "refresh_token"), application));
    for (const auto& tokens : {first, second, third}) {
        CHECK_FALSE(is_active(member(tokens, "access_token")));
        CHECK_FALSE(is_active(member(tokens, "refresh_token")));
        CHECK(refresh(client, member(tokens, "refresh_token"), {}, application).status == 400);
        check_is_done(revoke(client, member(tokens, "refresh_token"), application));
    }
    CHECK(is_active(member(bystander, "access_token")));
    CHECK(is_active(member(bystander, "refresh_token")));
}

TEST_CASE_METHOD(Revoking, "RFC7009-2.2-1 an invalid token is no error")
{
    const auto token = GENERATE(std::string(42, 'a'), std::string(48, 'a'), std::string("x"), std::string("a b&=%"),
                                std::string(8192, 'a'));
    check_is_done(revoke(client, token, application));
}

TEST_CASE_METHOD(Revoking, "STILE-revoke-1 a code is not taken back, and can still be used")
{
    Browser browser(*this);
    const auto code = browser.obtain_code(demo_request({{"client_id", "giver"}}));
    check_is_done(revoke(client, code, application));
    CHECK(redeem(client, code, {}, application).status == 200);
}

TEST_CASE_METHOD(Revoking, "STILE-revoke-2 a client's own token is revoked")
{
    const auto token = member(own_token(client, application), "access_token");
    CHECK(is_active(token));
    check_is_done(revoke(client, token, application));
    CHECK_FALSE(is_active(token));
}

TEST_CASE_METHOD(Revoking, "RFC7009-2.1-5 a token of another client is refused and stays")
{
    const auto tokens = user_tokens();
    for (const char* name : {"access_token", "refresh_token"}) {
        CAPTURE(name);
        check_is_error(revoke(client, member(tokens, name), other_application), 400, "invalid_request");
        CHECK(is_active(member(tokens, name)));
    }
    // A used refresh token, too: its grant lives on.
    const auto next = refresh(client, member(tokens, "refresh_token"), {}, application);
    check_is_error(revoke(client, member(tokens, "refresh_token"), other_application), 400, "invalid_request");
    CHECK(is_active(member(next, "refresh_token")));
}

TEST_CASE_METHOD(Revoking, "RFC7009-2.1-4 a client that cannot authenticate is refused, and the token stays")
{
    const auto token = member(user_tokens(), "access_token");
    const auto [name, body, header] = GENERATE(table<std::string, Parameters, std::string>({
        {"nobody", {}, "X: y"},
        {"wrong secret", {}, basic("giver", "wrong")},
        {"no secret", {{"client_id", "giver"}}, "X: y"},
        {"unknown client", {{"client_id", "nobody"}}, "X: y"},
    }));
    CAPTURE(name);
    Parameters parameters = {{"token", token}};
    parameters.insert(parameters.end(), body.begin(), body.end());
    check_is_error(client.post("/oauth/revoke", parameters, {header}), 401, "invalid_client");
    CHECK(is_active(token));
}

TEST_CASE_METHOD(Revoking, "STILE-revoke-3 a public client gives its token back by its client_id, and only its own")
{
    for (const char* id : {"open-giver", "open-taker"})
        add_client(
            {.id = id, .auth_method = AuthMethod::none, .redirect_uris = {demo_redirect}, .scope = scope_of("email")});
    Browser browser(*this);
    const auto code = browser.obtain_code(
        demo_request({{"client_id", "open-giver"}, {"code_challenge", challenge}, {"code_challenge_method", "S256"}}));
    const auto tokens = redeem(client, code, {{"client_id", "open-giver"}, {"code_verifier", verifier}}, {});
    REQUIRE(tokens.status == 200);
    const Headers resource_server = {basic(
        "revocation-witness",
        add_client({.id = "revocation-witness", .grant_types = {"client_credentials"}, .introspects_any = true}))};
    for (const char* name : {"access_token", "refresh_token"}) {
        const auto token = member(tokens, name);
        const auto give_back = [&](const std::string& client_id) {
            return client.post("/oauth/revoke", Parameters{{"token", token}, {"client_id", client_id}});
        };
        check_is_error(give_back("open-taker"), 400, "invalid_request");
        CHECK(member(introspect(client, token, resource_server), "active") == "true");
        check_is_done(give_back("open-giver"));
        CHECK(introspect(client, token, resource_server).body == inactive);
    }
}

TEST_CASE_METHOD(Revoking, "RFC7009-2.1-3 token_type_hint is a hint: a wrong or unknown one changes nothing")
{
    const std::string hint = GENERATE("access_token", "refresh_token", "urn:unknown", "");
    const auto tokens = user_tokens();
    for (const char* name : {"access_token", "refresh_token"}) {
        const Parameters parameters = {{"token", member(tokens, name)}, {"token_type_hint", hint}};
        check_is_done(client.post("/oauth/revoke", parameters, application));
        CHECK_FALSE(is_active(member(tokens, name)));
    }
}

TEST_CASE_METHOD(Revoking, "RFC7009-2.1-2 a request without exactly one proper token is invalid_request")
{
    const std::string token(42, 'a');
    const auto [name, body] = GENERATE_COPY(table<std::string, std::string>({
        {"no token", "token_type_hint=access_token"},
        {"empty token", "token="},
        {"doubled", "token=" + token + "&token=" + token},
        {"one byte beyond 8 kB", "token=" + std::string(8193, 'a')},
        {"body of 100 kB", "token=" + std::string(100'000, 'a')},
        {"NUL", "token=%00"},
        {"malformed escape", "token=%"},
    }));
    CAPTURE(name);
    check_is_error(client.post("/oauth/revoke", body, application), 400, "invalid_request");
}

TEST_CASE_METHOD(Revoking, "STILE-revoke-4 the revocation endpoint takes POST and nothing else")
{
    const std::string method = GENERATE("GET", "HEAD", "PUT", "DELETE", "OPTIONS");
    const auto token = member(own_token(client, application), "access_token");
    const auto answer = client.request(method, "/oauth/revoke?token=" + token, {application[0]});
    CHECK(answer.status == 405);
    CHECK(answer.header("allow") == "POST");
    CHECK(is_active(token));
}

TEST_CASE_METHOD(Revoking, "STILE-revoke-5 64 returns of one token at once are all answered")
{
    const auto tokens = user_tokens();
    const char* name = GENERATE("access_token", "refresh_token");
    const auto answers = at_once(64, [&](int) {
        Caller own(*this);
        return revoke(own, member(tokens, name), application);
    });
    CHECK(std::ranges::count(answers, 200, &Answer::status) == 64);
    CHECK_FALSE(is_active(member(tokens, name)));
}
