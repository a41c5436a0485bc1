// The token and revocation endpoints look up the client of a request once, and use it to decide about CORS.
#include "functions/revoke/revoke.h"
#include "functions/token/token.h"
#include "shared/crypto/password.h"
#include "tests/store/monitor.h"
#include "tests/store/workshop.h"

#include <algorithm>

namespace stile {

namespace {

struct Case {
    std::string body;
    std::string authorization;
    int status;
    bool is_readable; // by scripts of other origins
    int lookups;
};

void add_clients(Workshop& workshop)
{
    Client shop;
    shop.id = "shop";
    shop.secret_hash = hash_generated_secret(Secret("the right secret"), workshop.store.random);
    Client page;
    page.id = "page"; // public
    page.auth_method = AuthMethod::none;
    for (const auto& client : {shop, page})
        REQUIRE(must(Clients(workshop.store.admin, workshop.client_cache).add(client, noon)) == Registration::done);
}

std::ptrdiff_t lookups_in(const std::vector<Monitor::Command>& commands)
{
    return std::ranges::count_if(commands, [](const auto& command) {
        return command.words.size() > 1 && command.words[0] == "HGETALL" && command.words[1].starts_with("client:");
    });
}

void check(Response (*handle)(const Request&, Context&), const Case& expected, Workshop& workshop)
{
    auto& request = workshop.request;
    request.method = "POST";
    request.content_type = "application/x-www-form-urlencoded";
    request.body = expected.body;
    if (!expected.authorization.empty())
        request.authorization = expected.authorization;
    const Monitor monitor;
    const auto response = handle(request, workshop.context);
    CHECK(response.status == expected.status);
    const bool is_readable = std::ranges::count(response.headers, "Access-Control-Allow-Origin",
                                                [](const auto& header) { return header.first; })
                             == 1;
    CHECK(is_readable == expected.is_readable);
    CHECK(lookups_in(monitor.commands(workshop.store)) == expected.lookups);
}

} // namespace

TEST_CASE("STILE-cors-5 the token endpoint looks a client up once, and scripts read the responses to a public one")
{
    Workshop workshop;
    add_clients(workshop);
    const std::string token(42, 'a');
    const std::string basic = "Basic c2hvcDp0aGUgcmlnaHQgc2VjcmV0"; // shop:the right secret
    const std::string wrong = "Basic c2hvcDpndWVzc2Vk"; // shop:guessed
    const auto at_token = GENERATE_COPY(values<Case>({
        {"client_id=page&grant_type=refresh_token&refresh_token=" + token, "", 400, true, 1},
        {"client_id=page&grant_type=unknown", "", 400, true, 1},
        {"client_id=page", "", 400, true, 1}, // no grant_type
        {"client_id=page&client_secret=guessed&grant_type=refresh_token", "", 401, true, 1},
        {"client_id=page&grant_type=refresh_token&refresh_token=x", basic, 400, false, 0}, // another client's name
        {"client_id=page&client_id=page&grant_type=refresh_token", "", 400, false, 0},
        {"client_id=shop&grant_type=refresh_token", "", 401, false, 1},
        {"client_id=nobody&grant_type=refresh_token", "", 401, false, 1},
        {"grant_type=refresh_token&refresh_token=x", basic, 400, false, 1},
        {"grant_type=refresh_token&refresh_token=x", wrong, 401, false, 1},
        {"grant_type=refresh_token", "", 401, false, 0},
        {"client_id=page&grant_type=%zz", "", 400, false, 0}, // not a form
    }));
    CAPTURE(at_token.body, at_token.authorization);
    check(token::handle, at_token, workshop);
}

TEST_CASE("STILE-cors-6 the revocation endpoint does the same")
{
    Workshop workshop;
    add_clients(workshop);
    const std::string token(42, 'a');
    const auto at_revoke = GENERATE_COPY(values<Case>({
        {"client_id=page&token=" + token, "", 200, true, 1},
        {"client_id=page", "", 400, true, 1}, // no token
        {"client_id=shop&token=" + token, "", 401, false, 1},
        {"client_id=shop&client_secret=the+right+secret&token=" + token, "", 200, false, 1},
        {"client_id=page&client_secret=guessed&token=" + token, "", 401, true, 1},
        {"token=" + token, "", 401, false, 0},
    }));
    CAPTURE(at_revoke.body);
    check(revoke::handle, at_revoke, workshop);
}

} // namespace stile
