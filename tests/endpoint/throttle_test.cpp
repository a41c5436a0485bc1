// Who is kept waiting after failed logins and failed authentications of clients, who is not, and how it is lifted.
#include "shared/crypto/password.h"
#include "tests/endpoint/browser.h"
#include "tests/support/catch.h"

#include <ctime>

using namespace stile;
using namespace stile::test;

namespace {

// A browser in which a user tries to log in again and again.
struct Visitor {
    explicit Visitor(Instance& instance) : browser(instance) {}

    Answer log_in(const std::string& user, const std::string& password, const std::string& address = "192.0.2.1")
    {
        browser.address = address;
        browser.cookies.erase("stile_session"); // logged out
        return browser.log_in(browser.authorize(demo_request()).location(), user, password);
    }

    Browser browser;
};

// Three attempts are free, and the waits behind them grow to a day.
struct Throttling : Instance {
    explicit Throttling(const Variables& variables = {{"STILE_LOGIN_TRIES_PER_USER", "3"},
                                                      {"STILE_LOGIN_TRIES_PER_ADDRESS", "1000000"},
                                                      {"STILE_CLIENT_TRIES", "3"},
                                                      {"STILE_LOGIN_WAIT", "86400"},
                                                      {"STILE_CLIENT_WAIT", "86400"}})
        : Instance(variables)
    {
    }

    std::string add(const std::string& user)
    {
        add_user(user, "right");
        return user;
    }

    // With a password that costs as much as that of any user.
    std::string add_in_earnest(const std::string& user)
    {
        must(users.set_password_hash(add(user), hash_password(Secret("right"), random)));
        return user;
    }

    // One attempt more, after as many that the wait is the longest.
    void lock(const std::string& record, const std::function<Answer()>& attempt)
    {
        redis({"DEL", "throttle:" + record});
        redis({"HSET", "throttle:" + record, "attempts", "100"});
        REQUIRE(attempt().status < 429);
        REQUIRE(attempt().status == 429);
    }

    void lock_account(const std::string& user)
    {
        Visitor stranger(*this);
        lock("login:user:" + user, [&] { return stranger.log_in(user, "wrong"); });
    }

    Answer authenticate(const std::string& path, const std::string& id, const std::string& secret)
    {
        return Caller(*this).post(path,
                                  Parameters{{"grant_type", "refresh_token"}, {"refresh_token", "x"}, {"token", "x"}},
                                  {basic(id, secret)});
    }
};

// Nanoseconds that this process has had of the processors: the handlers and their hashes have threads of their own.
long long processor_time()
{
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1'000'000'000LL + time.tv_nsec;
}

} // namespace

TEST_CASE_METHOD(Throttling, "ASVS-V6.3.8-2 a wrong password costs the same work whether the user exists or not")
{
    Visitor visitor(*this);
    const auto work = [&](const std::string& user) {
        const auto before = processor_time();
        REQUIRE(visitor.log_in(user, "wrong").status == 403);
        return processor_time() - before;
    };
    long long known = 0;
    long long unknown = 0;
    for (int i = 0; i < 5; ++i) {
        known += work(add_in_earnest("worker" + std::to_string(i)));
        unknown += work("nobody" + std::to_string(i));
    }
    // One Argon2id each; without one it would be a twentieth.
    CAPTURE(known, unknown);
    CHECK(known < 2 * unknown);
    CHECK(unknown < 2 * known);
}

TEST_CASE_METHOD(Throttling, "ASVS-V6.3.8-3 a blocked account and an unknown user name get the same response")
{
    add("closed");
    Visitor visitor(*this);
    const auto refusal = [&](const std::string& user) {
        Answer answer;
        for (int i = 0; i < 10 && answer.status != 429; ++i)
            answer = visitor.log_in(user, "wrong");
        return answer;
    };
    const auto known = refusal("closed");
    const auto unknown = refusal("nobody-at-all");
    CHECK(known.status == 429);
    CHECK(unknown.status == 429);
    for (const auto& [name, value] : known.headers)
        CHECK(unknown.headers.contains(name));
    CHECK(known.headers.size() == unknown.headers.size());
}

TEST_CASE_METHOD(Throttling,
                 "ASVS-V6.3.1-1 while an account is closed the right password is refused, too, and not even checked")
{
    lock_account(add_in_earnest("guarded"));
    Visitor visitor(*this);
    const auto path = visitor.browser.authorize(demo_request()).location();
    const auto before = processor_time();
    CHECK(visitor.browser.log_in(path, "Guarded", "right").status == 429);
    CHECK(processor_time() - before < 15'000'000); // ns: an Argon2id takes longer
}

TEST_CASE_METHOD(Throttling, "ASVS-V6.1.1-1 guesses from elsewhere do not lock a user out of a known browser")
{
    add("regular");
    Visitor own(*this);
    REQUIRE(own.log_in("regular", "right").status == 303);
    REQUIRE(own.browser.cookies.contains("stile_browser"));
    lock_account("regular");
    CHECK(own.log_in("REGULAR", "right").status == 303);

    // It is no way round: elsewhere the account stays closed, for other accounts the cookie counts nothing, and guesses
    // in the known browser are counted, too.
    Visitor elsewhere(*this);
    CHECK(elsewhere.log_in("regular", "right").status == 429);
    lock_account(add("other"));
    CHECK(own.log_in("other", "right").status == 429);
    for (int i = 0; i < 4; ++i)
        CHECK(own.log_in("regular", "wrong").status == 403);
    CHECK(own.log_in("regular", "wrong").status == 429);
    admin({"user", "unlock", "regular"});
    CHECK(own.log_in("regular", "right").status == 303);
    CHECK(elsewhere.log_in("regular", "right").status == 303);
}

TEST_CASE_METHOD(Throttling, "ASVS-V6.1.1-2 a made-up, changed or foreign browser cookie opens nothing")
{
    add("regular");
    add("mallory");
    Visitor own(*this);
    REQUIRE(own.log_in("regular", "right").status == 303);
    Visitor mallorys(*this);
    REQUIRE(mallorys.log_in("mallory", "right").status == 303);
    const auto right = own.browser.cookies["stile_browser"];
    lock_account("regular");
    auto changed = right;
    changed.back() = changed.back() == 'a' ? 'b' : 'a';
    for (const auto& cookie : {std::string(42, 'a'), changed, right + "a", right.substr(0, 18), std::string(),
                               mallorys.browser.cookies["stile_browser"]}) {
        Visitor stranger(*this);
        stranger.browser.cookies["stile_browser"] = cookie;
        CHECK(stranger.log_in("regular", "right").status == 429);
    }
    // A new password, and the browsers that knew the old one are strangers.
    admin({"user", "set-password", "regular", "--password", "new"});
    Visitor thief(*this);
    thief.browser.cookies["stile_browser"] = right;
    CHECK(thief.log_in("regular", "new").status == 429);
    admin({"user", "unlock", "regular"});
}

TEST_CASE("ASVS-V6.1.1-3 attempts that a blocked account refuses unchecked are not counted for the address")
{
    Throttling instance(Instance::Variables{{"STILE_LOGIN_TRIES_PER_ADDRESS", "10"}});
    instance.lock_account(instance.add("popular")); // two guesses
    Visitor visitor(instance);
    for (int i = 0; i < 30; ++i)
        REQUIRE(visitor.log_in("popular", "right").status == 429);
    CHECK(visitor.log_in("admin", "admin").status == 303);
}

TEST_CASE("ASVS-V6.3.1-2 guesses at many accounts from one address block that address")
{
    Throttling instance({{"STILE_LOGIN_TRIES_PER_ADDRESS", "5"}, {"STILE_LOGIN_WAIT", "86400"}});
    Visitor sprayer(instance);
    int name = 0;
    const auto spray = [&] { return sprayer.log_in("user" + std::to_string(name++), "Summer2026"); };
    for (int i = 0; i < 5; ++i)
        CHECK(spray().status == 403);
    CHECK(instance.redis({"HGET", "throttle:login:address:192.0.2.1", "attempts"}).text == "5");
    instance.lock("login:address:192.0.2.1", spray);
    CHECK(sprayer.log_in("admin", "admin").status == 429);
    CHECK(instance.admin({"throttle", "lift", "192.0.2.1"}).output == "unlocked; 1 throttle lifted\n");
    CHECK(sprayer.log_in("admin", "admin").status == 303);
}

TEST_CASE("ASVS-V6.1.1-4 strangers behind the same address do not lock a known browser out")
{
    Throttling instance({{"STILE_LOGIN_TRIES_PER_ADDRESS", "5"}, {"STILE_LOGIN_WAIT", "86400"}});
    instance.add("regular");
    Visitor own(instance);
    REQUIRE(own.log_in("regular", "right").status == 303);
    Visitor stranger(instance);
    int name = 0;
    const auto guess = [&] { return stranger.log_in("nobody" + std::to_string(name++), "guess"); };
    instance.lock("login:address:192.0.2.1", guess);
    CHECK(own.log_in("regular", "right").status == 303);
    // It opens nothing for the others, and elsewhere its user waits like anybody at that address.
    CHECK(guess().status == 429);
    CHECK(Visitor(instance).log_in("regular", "right").status == 429);
}

TEST_CASE("ASVS-V6.1.1-5 a failure in a known browser is counted for its address, a success is not")
{
    Throttling instance({{"STILE_LOGIN_TRIES_PER_ADDRESS", "5"}, {"STILE_LOGIN_WAIT", "86400"}});
    instance.add("regular");
    Visitor own(instance);
    REQUIRE(own.log_in("regular", "right").status == 303);
    const auto attempts = [&] { return instance.redis({"HGET", "throttle:login:address:192.0.2.1", "attempts"}).text; };
    CHECK(attempts().empty());
    CHECK(own.log_in("regular", "wrong").status == 403);
    CHECK(own.log_in("regular", "wrong").status == 403);
    CHECK(attempts() == "2");
    CHECK(own.log_in("regular", "right").status == 303);
    CHECK(attempts() == "2");
    for (int i = 0; i < 4; ++i)
        CHECK(own.log_in("regular", "wrong").status == 403);
    CHECK(Visitor(instance).log_in("admin", "admin").status == 429);
    CHECK(own.log_in("regular", "right").status == 303);
}

TEST_CASE("STILE-throttle-13 guesses from many /64s of one IPv6 site block the site, at its larger limits")
{
    Throttling instance({{"STILE_LOGIN_TRIES_PER_ADDRESS", "2"}, {"STILE_LOGIN_WAIT", "86400"}});
    Visitor site(instance);
    int name = 0;
    const auto guess = [&](const std::string& address) {
        return site.log_in("nobody" + std::to_string(name++), "guess", address);
    };
    const auto lock = [&](const std::string& network, const std::string& inside) {
        instance.lock("login:address:" + network, [&] { return guess(inside); });
    };
    lock("2001:db8:1:200::/56", "2001:db8:1:201::1");
    CHECK(guess("2001:db8:1:2fe::1").status == 429);
    CHECK(guess("2001:db8:1:300::1").status == 403);
    CHECK(instance.admin({"throttle", "lift", "2001:db8:1:2aa::1"}).status == 0);
    CHECK(guess("2001:db8:1:2fe::1").status == 403);
    lock("2001:db8:2::/48", "2001:db8:2:ffff::1");
    CHECK(guess("2001:db8:2:1::1").status == 429);
    CHECK(guess("2001:db8:3:1::1").status == 403);
    // As many as the settings say, times 4 and 16.
    for (int i = 0; i < 8; ++i)
        CHECK(guess("2001:db8:4:" + std::to_string(i) + "::1").status == 403);
    CHECK(instance.redis({"HGET", "throttle:login:address:2001:db8:4::/56", "closed_until"}).text.empty());
    CHECK(guess("2001:db8:4:8::1").status == 403);
    CHECK_FALSE(instance.redis({"HGET", "throttle:login:address:2001:db8:4::/56", "closed_until"}).text.empty());
    CHECK(guess("2001:db8:4:9::1").status == 429);
}

TEST_CASE("STILE-throttle-14 failures from an exempted network are counted for the account, and not for the address")
{
    Throttling instance({{"STILE_LOGIN_TRIES_PER_ADDRESS", "1"},
                         {"STILE_LOGIN_TRIES_PER_USER", "3"},
                         {"STILE_LOGIN_WAIT", "86400"},
                         {"STILE_EXEMPT_NETWORKS", "192.0.2.0/24"}});
    Visitor office(instance);
    for (int i = 0; i < 10; ++i)
        CHECK(office.log_in("nobody" + std::to_string(i), "guess").status == 403);
    CHECK(instance.keys("throttle:login:address:*").empty());
    instance.lock_account(instance.add("target"));
    CHECK(office.log_in("target", "right").status == 429);
    for (int i = 0; i < 2; ++i)
        CHECK(office.log_in("nobody", "guess", "198.51.100.1").status == 403);
    CHECK(office.log_in("nobody", "guess", "198.51.100.1").status == 429);
}

TEST_CASE_METHOD(Throttling, "STILE-throttle-4 user unlock opens an account, and the operator sees what is closed")
{
    lock_account(add("patient"));
    const auto listed = admin({"throttle", "list"});
    CHECK(listed.status == 0);
    CHECK(listed.output.contains("login:user:patient  failed: 101  closed for: "));
    CHECK(admin({"user", "unlock", "Patient"}).status == 0);
    CHECK_FALSE(admin({"throttle", "list"}).output.contains("patient"));
    CHECK(Visitor(*this).log_in("patient", "right").status == 303);
    // Nothing to lift is no failure; nobody to unlock is.
    CHECK(admin({"user", "unlock", "patient"}).output == "unlocked; 0 throttles lifted\n");
    CHECK(admin({"user", "unlock", "nobody"}).status == 3);
    CHECK(admin({"user", "unlock", "no name"}).status == 2);
    CHECK(admin({"user", "unlock"}).status == 2);
    CHECK(admin({"throttle", "lift"}).status == 2);
}

TEST_CASE_METHOD(
    Throttling,
    "STILE-throttle-5 a client that fails too often is told to wait, at every endpoint where it authenticates")
{
    const std::string path = GENERATE("/oauth/token", "/oauth/introspect", "/oauth/revoke");
    const bool chosen = GENERATE(true, false);
    const std::string id = std::string(chosen ? "chosen" : "generated") + path.substr(7);
    const auto secret = add_client({.id = id, .redirect_uris = {demo_redirect}}, chosen ? "right" : "");
    CAPTURE(path, id);
    for (int i = 0; i < 3; ++i)
        CHECK(authenticate(path, id, "wrong").status == 401);
    lock("client:" + id + ":192.0.2.1", [&] { return authenticate(path, id, "wrong"); });
    const auto refused = authenticate(path, id, "wrong");
    CHECK(refused.status == 429); // RFC 6585 section 4
    CHECK(member(refused, "error") == "temporarily_unavailable"); // not that the secret is wrong
    CHECK(std::stol(refused.header("retry-after")) > 80'000);
    CHECK(refused.header("www-authenticate").empty());
    CHECK(refused.header("cache-control") == "no-store");
    // The three endpoints count together. A generated secret cannot be guessed: whoever has it never waits.
    for (const char* other : {"/oauth/token", "/oauth/introspect", "/oauth/revoke"}) {
        CHECK(authenticate(other, id, "wrong").status == 429);
        CHECK((authenticate(other, id, secret).status == 429) == chosen);
    }
    // Other clients are not kept out.
    CHECK(authenticate(path, "test_client", "password").status != 429);
    CHECK(admin({"client", "unlock", id}).output == "unlocked; 1 throttle lifted\n");
    CHECK(authenticate(path, id, "wrong").status == 401);
    CHECK(authenticate(path, id, secret).status != 401);
    CHECK(admin({"client", "unlock", "no-such-client"}).status == 3);
}

TEST_CASE_METHOD(Throttling,
                 "STILE-throttle-6 unknown clients, missing secrets and wrong methods are not counted as guesses")
{
    add_client({.id = "pinned", .auth_method = AuthMethod::client_secret_post, .redirect_uris = {demo_redirect}},
               "right");
    const auto before = redis({"DBSIZE"}).integer;
    for (int i = 0; i < 10; ++i) {
        CHECK(authenticate("/oauth/token", "no-client-" + std::to_string(i), "x").status == 401);
        CHECK(authenticate("/oauth/token", "pinned", "x").status == 401);
    }
    CHECK(redis({"DBSIZE"}).integer == before);
}
