// What dies comes back, and meanwhile everybody is told to wait.
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

#include <atomic>
#include <chrono>
#include <csignal>
#include <future>
#include <thread>

using namespace stile::test;

namespace {

void check_is_unavailable(const Answer& answer, const std::string& content_type)
{
    CHECK(answer.status == 503);
    CHECK(answer.header("content-type").starts_with(content_type));
    CHECK(answer.header("retry-after") == "1");
    CHECK(answer.header("cache-control") == "no-store");
    CHECK(answer.location().empty());
    CHECK(answer.header("set-cookie").empty());
    if (content_type == "application/json")
        CHECK(member(answer, "error") == "temporarily_unavailable");
}

// stile-run is frozen while Redis is away, so that the outage lasts as long as the test wants.
struct Outage {
    explicit Outage(const Stack& stack) : supervisor(stack.pid()) { stack.kill_redis(); }
    Frozen supervisor;
};

// The first answer that is not 503: a thread that has not noticed yet pauses up to half a second before it connects anew.
template <typename Request>
Answer settled(Request request)
{
    Answer answer;
    eventually([&] { return (answer = request()).status != 503; });
    return answer;
}

void check_all_served(const std::vector<Answer>& answers)
{
    for (const auto& answer : answers) {
        CAPTURE(answer.error, answer.body);
        CHECK(answer.status == 200);
    }
}

// A client with a chain of refresh tokens of its own, which a lost answer would end; gives its last answer.
Answer refresh_until(const Stack& stack, const std::map<std::string, std::string>& cookies,
                     const std::atomic<bool>& enough, std::atomic<int>& served)
{
    HttpClient client(stack.base_url());
    client.cookies = cookies;
    const auto location = client.get("/oauth/authorize?" + encode(demo_request())).location();
    auto answer = redeem(client, value_of(query_of(location), "code"));
    while (answer.status == 200 && !enough) {
        answer = refresh(client, member(answer, "refresh_token"));
        ++served;
    }
    return answer;
}

// Sends a signal that ends a function, and waits until its successor is there.
bool is_replaced_after(int signal, const Stack& stack, const std::string& name)
{
    const auto pid = stack.process(name);
    send_signal(pid, signal);
    return eventually([&] {
        const auto now = stack.process(name);
        return now != 0 && now != pid;
    });
}

int restart_four_times(const Stack& stack, std::atomic<bool>& enough, const std::atomic<int>& served)
{
    int count = 0;
    for (bool goes_on = true; goes_on && count < 4; ++count) {
        const int served_before = served;
        goes_on =
            is_replaced_after(SIGTERM, stack, "stile-token") && eventually([&] { return served > served_before + 50; });
    }
    enough = true;
    return count;
}

} // namespace

TEST_CASE(
    "STILE-flow-43 Redis is killed in the middle of a flow: requests get 503, no token is lost, no function restarts")
{
    Stack stack;
    HttpClient client(stack.base_url());
    Browser browser(stack);
    const auto code = browser.obtain_code();
    const auto tokens = redeem(client, browser.obtain_code());
    const auto token = member(tokens, "refresh_token");
    const auto access = member(tokens, "access_token");
    const auto used = browser.obtain_code();
    CHECK(redeem(client, used).status == 200);
    const auto before = stack.functions();
    CHECK(before.size() >= 8);
    {
        const Outage outage(stack);
        for (int i = 0; i < 20; ++i) { // each thread of a function has a connection of its own
            check_is_unavailable(redeem(client, code), "application/json");
            check_is_unavailable(refresh(client, token), "application/json");
            check_is_unavailable(introspect(client, access, {demo_basic}), "application/json");
            check_is_unavailable(revoke(client, access, {demo_basic}), "application/json");
        }
        CHECK(stack.admin({"client", "list"}).status == 5);
    }
    CHECK(settled([&] { return redeem(client, code); }).status == 200);
    CHECK(settled([&] { return refresh(client, token); }).status == 200);
    CHECK(settled([&] { return redeem(client, used); }).status == 400);
    CHECK(settled([&] { return introspect(client, access, {demo_basic}); }).body.contains("\"active\":true"));
    CHECK(settled([&] { return revoke(client, access, {demo_basic}); }).status == 200);
    CHECK(introspect(client, access, {demo_basic}).body == inactive);
    CHECK(stack.functions() == before);
}

TEST_CASE(
    "STILE-flow-63 Redis is killed in the middle of a login: the pages say so, and the login continues afterwards")
{
    Stack stack;
    Browser browser(stack);
    const auto consent = browser.reach_consent(demo_request());
    const Parameters approval = {{"csrf_token", csrf_of(browser.get(consent))}, {"approval", "1"}};
    Browser late(stack);
    const auto login = late.authorize(demo_request()).location();
    const Parameters credentials = {
        {"csrf_token", csrf_of(late.get(login))}, {"username", "admin"}, {"password", "admin"}};
    {
        const Outage outage(stack);
        check_is_unavailable(late.post(login, credentials), "text/html");
        check_is_unavailable(browser.authorize(demo_request()), "text/html");
        check_is_unavailable(browser.get(consent), "text/html");
        check_is_unavailable(browser.post(consent, approval), "text/html");
    }
    CHECK(settled([&] { return late.post(login, credentials); }).status == 303);
    CHECK(settled([&] { return browser.post(consent, approval); }).location().contains("code="));
}

TEST_CASE("STILE-flow-44 if Redis does not answer, the response is also 503, within a bounded time")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_REDIS_TIMEOUT", "200"}});
    HttpClient client(stack.base_url());
    Browser browser(stack);
    const auto code = browser.obtain_code();
    const auto begin = std::chrono::steady_clock::now();
    {
        const Frozen redis(stack.redis_process());
        check_is_unavailable(refresh(client, std::string(48, 'a')), "application/json");
        check_is_unavailable(browser.authorize(demo_request()), "text/html");
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
    Answer answer;
    CHECK(eventually([&] { return (answer = redeem(client, code)).status != 503; }));
    CHECK(answer.status == 200);
}

TEST_CASE("STILE-flow-45 a function that is killed is restarted")
{
    Stack stack;
    HttpClient client(stack.base_url());
    const auto before = stack.functions();
    for (const auto& [name, pid] : before) {
        CAPTURE(name);
        CHECK(is_replaced_after(SIGKILL, stack, name));
    }
    CHECK(stack.functions().size() == before.size());
    // What arrived in between waited in the socket.
    Browser browser(stack);
    const auto code = browser.obtain_code();
    CHECK(redeem(client, code).status == 200);
}

TEST_CASE("STILE-flow-46 a function that receives SIGTERM under load loses no request")
{
    Stack stack;
    Browser browser(stack);
    browser.approve(browser.reach_consent(demo_request()), {{"remember", "1"}});
    std::atomic<bool> enough = false;
    std::atomic<int> served = 0;
    auto restarts = std::async(std::launch::async, [&] { return restart_four_times(stack, enough, served); });
    const auto answers = at_once(16, [&](int) { return refresh_until(stack, browser.cookies, enough, served); });
    CHECK(restarts.get() == 4);
    CHECK(served > 200);
    check_all_served(answers);
}

TEST_CASE("STILE-flow-47 a request whose function dies gets a 503 in the format of its endpoint")
{
    Stack stack;
    HttpClient client(stack.base_url());
    Browser browser(stack);
    const auto login = browser.authorize(demo_request()).location();
    const auto consent = "/approve" + login.substr(login.find('?'));
    check_is_unavailable(lost_request(stack, "stile-token", [&] { return redeem(client, std::string(42, 'a')); }),
                         "application/json");
    // The kernel keeps 15 characters of a name.
    check_is_unavailable(
        lost_request(stack, "stile-introspec", [&] { return introspect(client, std::string(42, 'a'), {demo_basic}); }),
        "application/json");
    check_is_unavailable(
        lost_request(stack, "stile-revoke", [&] { return revoke(client, std::string(42, 'a'), {demo_basic}); }),
        "application/json");
    check_is_unavailable(lost_request(stack, "stile-authorize", [&] { return browser.authorize(demo_request()); }),
                         "text/html");
    check_is_unavailable(lost_request(stack, "stile-login", [&] { return browser.get(login); }), "text/html");
    check_is_unavailable(lost_request(stack, "stile-consent", [&] { return browser.get(consent); }), "text/html");
}

TEST_CASE("STILE-flow-51 a request that no function has accepted waits for the next process")
{
    Stack stack;
    const auto pid = stack.process("stile-token");
    send_signal(pid, SIGSTOP);
    auto killed =
        std::async(std::launch::async, [&] { send_signal(pid, SIGKILL); }); // before or after the request comes
    HttpClient client(stack.base_url());
    CHECK(redeem(client, std::string(42, 'a')).status == 400);
    killed.get();
}
