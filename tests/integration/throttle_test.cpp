// Who is kept waiting after failed logins and failed authentications of clients, who is not, and how it is lifted.
#include "shared/store/connection.h"
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

#include <filesystem>
#include <fstream>

using namespace stile::test;

namespace {

Stack& strict_stack()
{
    // A wait that nobody waits for: what is open again was opened.
    static Stack stack(std::vector<Stack::Setting>{{"STILE_LOGIN_TRIES_PER_USER", "3"},
                                                   {"STILE_LOGIN_TRIES_PER_ADDRESS", "1000000"},
                                                   {"STILE_CLIENT_TRIES", "3"},
                                                   {"STILE_LOGIN_WAIT", "86400"},
                                                   {"STILE_CLIENT_WAIT", "86400"}});
    return stack;
}

std::string add_user(const Stack& stack, const std::string& name)
{
    stack.admin({"user", "add", name}, "right\n"); // a second time it exists already
    return name;
}

// A browser in which somebody tries to log in, again and again.
struct Visitor {
    explicit Visitor(const Stack& stack) : browser(stack) {}

    Answer log_in(const std::string& user, const std::string& password)
    {
        browser.cookies.erase("stile_session"); // logged out
        return browser.log_in(browser.authorize(demo_request()).location(), user, password);
    }

    Browser browser;
};

// Guesses until the door is closed for longer than a test takes: the waits double, from one second on.
void close_door(const Stack& stack, const std::string& record, const std::function<Answer()>& guess)
{
    const stile::SystemClock clock;
    stile::Connection redis(stack.redis(), clock);
    REQUIRE(redis.command({"DEL", "throttle:" + record}));
    REQUIRE(redis.command({"HSET", "throttle:" + record, "attempts", "30"})); // as if it had gone on for long
    REQUIRE(guess().status < 429);
    REQUIRE(guess().status == 429);
}

void lock_account(const Stack& stack, const std::string& user)
{
    Visitor stranger(stack);
    close_door(stack, "login:user:" + user, [&] { return stranger.log_in(user, "wrong"); });
}

Answer authenticate(HttpClient& client, const std::string& path, const std::string& id, const std::string& secret)
{
    return client.post(path, Parameters{{"grant_type", "refresh_token"}, {"refresh_token", "x"}, {"token", "x"}},
                       {basic(id, secret)});
}

// Nanoseconds that all threads of a process have had of a processor.
long long processor_time(pid_t pid)
{
    long long sum = 0;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/task")) {
        long long of_thread = 0;
        std::ifstream(thread.path() / "schedstat") >> of_thread;
        sum += of_thread;
    }
    return sum;
}

} // namespace

TEST_CASE("ASVS-V6.3.8-2 a wrong password costs the same work whether the user exists or not")
{
    Stack& stack = shared_stack();
    const pid_t login = stack.process("stile-login");
    Visitor visitor(stack);
    const auto work = [&](const std::string& user) {
        const auto before = processor_time(login);
        REQUIRE(visitor.log_in(user, "wrong").status == 403);
        return processor_time(login) - before;
    };
    long long known = 0;
    long long unknown = 0;
    for (int i = 0; i < 5; ++i) {
        known += work(add_user(stack, "worker" + std::to_string(i)));
        unknown += work("nobody" + std::to_string(i));
    }
    // One Argon2id each; without one it would be a twentieth.
    CAPTURE(known, unknown);
    CHECK(known < 2 * unknown);
    CHECK(unknown < 2 * known);
}

TEST_CASE("ASVS-V6.3.8-3 an account that is closed and a name that nobody has get the same answer")
{
    Stack& stack = strict_stack();
    add_user(stack, "closed");
    Visitor visitor(stack);
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

TEST_CASE("ASVS-V6.3.1-1 while an account is closed the right password is refused, too, and not even checked")
{
    Stack& stack = strict_stack();
    lock_account(stack, add_user(stack, "guarded"));
    const pid_t login = stack.process("stile-login");
    Visitor visitor(stack);
    const auto path = visitor.browser.authorize(demo_request()).location();
    const auto before = processor_time(login);
    CHECK(visitor.browser.log_in(path, "Guarded", "right").status == 429);
    CHECK(processor_time(login) - before < 15'000'000); // ns: an Argon2id takes longer
}

TEST_CASE("ASVS-V6.1.1-1 guesses of strangers lock nobody out of a browser in which they have logged in before")
{
    Stack& stack = strict_stack();
    add_user(stack, "regular");
    Visitor own(stack);
    REQUIRE(own.log_in("regular", "right").status == 303);
    REQUIRE(own.browser.cookies.contains("stile_browser"));
    lock_account(stack, "regular");
    CHECK(own.log_in("REGULAR", "right").status == 303);

    // It is no way round: elsewhere the account stays closed, for other accounts the cookie counts nothing, and guesses
    // in the known browser are counted, too.
    Visitor elsewhere(stack);
    CHECK(elsewhere.log_in("regular", "right").status == 429);
    lock_account(stack, add_user(stack, "other"));
    CHECK(own.log_in("other", "right").status == 429);
    long status = 403; // each wait is twice the last one: on a slow machine the first may be over before the next guess
    for (int i = 0; i < 20 && status == 403; ++i)
        status = own.log_in("regular", "wrong").status;
    CHECK(status == 429);
    stack.admin({"user", "unlock", "regular"});
    CHECK(own.log_in("regular", "right").status == 303);
    CHECK(elsewhere.log_in("regular", "right").status == 303);
}

TEST_CASE("ASVS-V6.1.1-2 a made-up, changed or foreign browser cookie opens nothing")
{
    Stack& stack = strict_stack();
    add_user(stack, "regular");
    add_user(stack, "mallory");
    Visitor own(stack);
    REQUIRE(own.log_in("regular", "right").status == 303);
    Visitor mallorys(stack);
    REQUIRE(mallorys.log_in("mallory", "right").status == 303);
    const auto right = own.browser.cookies["stile_browser"];
    lock_account(stack, "regular");
    auto changed = right;
    changed.back() = changed.back() == 'a' ? 'b' : 'a';
    for (const auto& cookie : {std::string(42, 'a'), changed, right + "a", right.substr(0, 18), std::string(),
                               mallorys.browser.cookies["stile_browser"]}) {
        Visitor stranger(stack);
        stranger.browser.cookies["stile_browser"] = cookie;
        CHECK(stranger.log_in("regular", "right").status == 429);
    }
    // A new password, and the browsers that knew the old one are strangers.
    stack.admin({"user", "set-password", "regular", "--password", "new"});
    Visitor thief(stack);
    thief.browser.cookies["stile_browser"] = right;
    CHECK(thief.log_in("regular", "new").status == 429);
    stack.admin({"user", "unlock", "regular"});
}

TEST_CASE("ASVS-V6.1.1-3 attempts that an account refuses unchecked are not counted against the address")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_LOGIN_TRIES_PER_ADDRESS", "10"}});
    lock_account(stack, add_user(stack, "popular")); // two guesses
    Visitor visitor(stack);
    for (int i = 0; i < 30; ++i)
        REQUIRE(visitor.log_in("popular", "right").status == 429);
    CHECK(visitor.log_in("admin", "admin").status == 303);
}

TEST_CASE("ASVS-V6.3.1-2 many accounts guessed at from one address close that address")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_LOGIN_TRIES_PER_ADDRESS", "5"}, {"STILE_LOGIN_WAIT", "86400"}});
    Visitor sprayer(stack);
    int name = 0;
    const auto spray = [&] { return sprayer.log_in("user" + std::to_string(name++), "Summer2026"); };
    for (int i = 0; i < 5; ++i)
        CHECK(spray().status == 403);
    const stile::SystemClock clock;
    stile::Connection redis(stack.redis(), clock);
    CHECK(redis.command({"HGET", "throttle:login:address:127.0.0.1", "attempts"})->text == "5");
    close_door(stack, "login:address:127.0.0.1", spray);
    CHECK(sprayer.log_in("admin", "admin").status == 429);
    CHECK(stack.admin({"throttle", "lift", "127.0.0.1"}).output == "unlocked; 1 throttles lifted\n");
    CHECK(sprayer.log_in("admin", "admin").status == 303);
}

TEST_CASE("STILE-throttle-4 user unlock opens an account, and the operator sees what is closed")
{
    Stack& stack = strict_stack();
    lock_account(stack, add_user(stack, "patient"));
    const auto listed = stack.admin({"throttle", "list"});
    CHECK(listed.status == 0);
    CHECK(listed.output.contains("login:user:patient  failed: 31  closed for: "));
    CHECK(stack.admin({"user", "unlock", "Patient"}).status == 0);
    CHECK_FALSE(stack.admin({"throttle", "list"}).output.contains("patient"));
    CHECK(Visitor(stack).log_in("patient", "right").status == 303);
    // Nothing to lift is no failure; nobody to unlock is.
    CHECK(stack.admin({"user", "unlock", "patient"}).output == "unlocked; 0 throttles lifted\n");
    CHECK(stack.admin({"user", "unlock", "nobody"}).status == 3);
    CHECK(stack.admin({"user", "unlock", "no name"}).status == 2);
    CHECK(stack.admin({"user", "unlock"}).status == 2);
    CHECK(stack.admin({"throttle", "lift"}).status == 2);
}

TEST_CASE("STILE-throttle-5 a client that fails too often is told to wait, at every endpoint where it authenticates")
{
    Stack& stack = strict_stack();
    const std::string path = GENERATE("/oauth/token", "/oauth/introspect", "/oauth/revoke");
    const bool chosen = GENERATE(true, false);
    const std::string id = std::string(chosen ? "chosen" : "generated") + path.substr(7);
    std::vector<std::string> arguments = {"--id", id, "--redirect-uri", demo_redirect};
    if (chosen)
        arguments.insert(arguments.end(), {"--secret", "right"});
    auto secret = add_client(stack, arguments);
    if (chosen)
        secret = "right";
    CAPTURE(path, id);
    HttpClient client(stack.base_url());
    for (int i = 0; i < 3; ++i)
        CHECK(authenticate(client, path, id, "wrong").status == 401);
    close_door(stack, "client:" + id + ":127.0.0.1", [&] { return authenticate(client, path, id, "wrong"); });
    const auto refused = authenticate(client, path, id, "wrong");
    CHECK(refused.status == 429); // RFC 6585 section 4
    CHECK(member(refused, "error") == "temporarily_unavailable"); // not that the secret is wrong
    CHECK(std::stol(refused.header("retry-after")) > 80'000);
    CHECK(refused.header("www-authenticate").empty());
    CHECK(refused.header("cache-control") == "no-store");
    // The three endpoints count together. A generated secret cannot be guessed: whoever has it never waits.
    for (const char* other : {"/oauth/token", "/oauth/introspect", "/oauth/revoke"}) {
        CHECK(authenticate(client, other, id, "wrong").status == 429);
        CHECK((authenticate(client, other, id, secret).status == 429) == chosen);
    }
    // Other clients are not kept out.
    CHECK(authenticate(client, path, "test_client", "password").status != 429);
    CHECK(stack.admin({"client", "unlock", id}).output == "unlocked; 1 throttles lifted\n");
    CHECK(authenticate(client, path, id, "wrong").status == 401);
    CHECK(authenticate(client, path, id, secret).status != 401);
    CHECK(stack.admin({"client", "unlock", "no-such-client"}).status == 3);
}

TEST_CASE("STILE-throttle-6 what nobody can guess is not counted: unknown clients, missing secrets, wrong methods")
{
    Stack& stack = strict_stack();
    HttpClient client(stack.base_url());
    add_client(stack, {"--id", "pinned", "--secret", "right", "--redirect-uri", demo_redirect,
                       "--token-endpoint-auth-method", "client_secret_post"});
    const stile::SystemClock clock;
    stile::Connection redis(stack.redis(), clock);
    const auto before = redis.command({"DBSIZE"})->integer;
    for (int i = 0; i < 10; ++i) {
        CHECK(authenticate(client, "/oauth/token", "no-client-" + std::to_string(i), "x").status == 401);
        CHECK(authenticate(client, "/oauth/token", "pinned", "x").status == 401);
    }
    CHECK(redis.command({"DBSIZE"})->integer == before);
}
