// A Redis that is out of memory: what ends something works for every kind of client and user.
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

using namespace stile;
using namespace stile::test;

namespace {

// While it lives Redis has no memory left.
class FullRedis {
public:
    explicit FullRedis(Instance& instance) : m_instance(instance)
    {
        m_instance.redis({"CONFIG", "SET", "maxmemory", "1"});
    }
    ~FullRedis() { m_instance.redis({"CONFIG", "SET", "maxmemory", "0"}); }
    FullRedis(const FullRedis&) = delete;
    FullRedis& operator=(const FullRedis&) = delete;

private:
    Instance& m_instance;
};

// With a client that has chosen its secret, and wants to be told of logouts.
struct Full : Instance {
    explicit Full(const Variables& variables = {}) : Instance(variables)
    {
        change_client("test_client",
                      [](Client& one) { one.backchannel_logout_uri = "https://www.example.com/logged-out"; });
    }

    Caller client{*this};

    Answer sign_in(Browser& browser)
    {
        const auto tokens = redeem(client, browser.obtain_code(demo_request({{"scope", "openid email"}})));
        CAPTURE(tokens.body);
        REQUIRE(tokens.status == 200);
        return tokens;
    }

    bool is_active(const Answer& tokens)
    {
        return introspect(client, member(tokens, "access_token"), {demo_basic}).body != inactive;
    }

    // The sessions, and the clients that are still to be told of a logout.
    std::size_t sessions() { return keys("session:*").size(); }
    std::vector<std::string> notices()
    {
        std::vector<std::string> told;
        for (const auto& notice : redis({"ZRANGE", "logout_notices", "0", "-1"}).elements) {
            const auto after_id = notice.text.find(' ', 2) + 1;
            told.push_back(notice.text.substr(after_id, notice.text.find(' ', after_id) - after_id));
        }
        return told;
    }
};

const std::vector<std::string> the_client = {"test_client"};

} // namespace

TEST_CASE_METHOD(Full, "STILE-full-redis-1 signing out ends session and grants, and queues the notices to clients")
{
    Browser browser(*this);
    const auto tokens = sign_in(browser);
    const auto page = browser.get("/oauth/logout");
    REQUIRE(sessions() == 1);
    Answer answer;
    {
        const FullRedis full(*this);
        answer = browser.post("/oauth/logout", Parameters{{"csrf_token", csrf_of(page)}, {"logout", "1"}});
    }
    CHECK(answer.status == 200);
    CHECK(answer.header("set-cookie").starts_with("stile_session=;"));
    CHECK(sessions() == 0);
    CHECK_FALSE(is_active(tokens));
    CHECK(notices() == the_client);
}

TEST_CASE_METHOD(Full, "STILE-full-redis-2 the operator ends sessions, changes passwords and removes users and clients")
{
    Browser browser(*this);
    const auto tokens = sign_in(browser);
    const auto command = GENERATE(values<std::vector<std::string>>({
        {"user", "end-sessions", "admin"},
        {"user", "set-password", "admin", "--password", "another-password"},
        {"user", "remove", "admin"},
    }));
    CAPTURE(command);
    Ran ran;
    {
        const FullRedis full(*this);
        ran = admin(command);
    }
    CAPTURE(ran.output, ran.errors);
    CHECK(ran.status == 0);
    CHECK(ran.output.contains("1 session ended, 1 grant revoked"));
    CHECK(sessions() == 0);
    CHECK_FALSE(is_active(tokens));
    CHECK(notices() == the_client);
    if (command[1] != "end-sessions")
        CHECK(browser.log_in(browser.authorize(demo_request()).location(), "admin", "admin").status == 403);
}

TEST_CASE_METHOD(Full, "STILE-full-redis-3 the operator replaces a secret, revokes grants and retires keys")
{
    Browser browser(*this);
    const auto tokens = sign_in(browser);
    const auto kid = add_key(JwsAlgorithm::eddsa).kid();
    std::vector<Ran> all;
    {
        const FullRedis full(*this);
        all.push_back(admin({"grant", "revoke", member(tokens, "access_token").substr(0, 12)}));
        all.push_back(admin({"client", "rotate-secret", "test_client"}));
        all.push_back(admin({"keys", "retire", kid}));
    }
    for (const auto& ran : all) {
        CAPTURE(ran.output, ran.errors);
        CHECK(ran.status == 0);
    }
    CHECK(introspect(client, member(tokens, "access_token"), {demo_basic}).status == 401);
    CHECK(keys("grant:*").empty());
    CHECK_FALSE(redis({"EXISTS", "signing_key:" + kid}).integer);
    {
        const FullRedis full(*this);
        CHECK(admin({"client", "remove", "test_client"}).status == 0);
    }
    CHECK(keys("client:*").empty());
}

TEST_CASE_METHOD(Full, "STILE-full-redis-4 clients with a chosen secret revoke and introspect, and verify answers")
{
    add_client({.id = "api", .grant_types = {"client_credentials"}, .introspects_any = true}, "chosen");
    Browser browser(*this);
    const auto kept = sign_in(browser);
    const auto given_back = sign_in(browser);
    const Headers api = {basic("api", "chosen")};
    const FullRedis full(*this);
    pass(120); // no secret is in memory any more
    CHECK(introspect(client, member(kept, "access_token"), api).body != inactive);
    CHECK(client.verify(bearer(member(kept, "access_token"))).status == 200);
    CHECK(revoke(client, member(given_back, "access_token"), {demo_basic}).status == 200);
    CHECK(revoke(client, member(given_back, "refresh_token"), {demo_basic}).status == 200);
    CHECK(introspect(client, member(given_back, "access_token"), api).body == inactive);
    CHECK(client.verify(bearer(member(given_back, "access_token"))).status == 401);
    CHECK(introspect(client, member(kept, "access_token"), api).body != inactive);
}

TEST_CASE("STILE-full-redis-5 guesses at a chosen secret are counted, and refused beyond the limit")
{
    Full instance(Instance::Variables{{"STILE_CLIENT_TRIES", "2"}});
    const FullRedis full(instance);
    const Headers guess = {basic("test_client", "a-wrong-client-secret")};
    CHECK(introspect(instance.client, "x", guess).status == 401);
    CHECK(introspect(instance.client, "x", guess).status == 401);
    CHECK(introspect(instance.client, "x", guess).status == 401);
    CHECK(introspect(instance.client, "x", guess).status == 429);
}

TEST_CASE_METHOD(Full, "STILE-full-redis-6 what the user denies is denied")
{
    Browser browser(*this);
    const auto path = browser.reach_consent(demo_request());
    const FullRedis full(*this);
    CHECK(browser.deny(path).location().contains("error=access_denied"));
    CHECK(browser.get(path).status == 409); // it has been answered
}
