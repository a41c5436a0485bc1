// stile-run, which `make run` starts: it ends what it began.
#include "tests/integration/support/flow.h"
#include "tests/support/catch.h"

#include <csignal>

using namespace stile::test;

TEST_CASE("STILE-flow-60 SIGTERM and Ctrl-C end every process, also under load")
{
    const int signal = GENERATE(SIGTERM, SIGINT, SIGHUP);
    Stack stack;
    const auto redis = stack.redis_process();
    const auto functions = stack.functions();
    Browser browser(stack);
    CHECK(browser.obtain_code().size() == 42);
    CHECK(functions.size() >= 8);
    const auto stopped = stack.stop(signal);
    CHECK(stopped.status == 0);
    CHECK(stopped.left.empty());
    CHECK_FALSE(is_alive(redis));
    CHECK(read_file(stack.dir() + "/log/redis.log").contains(" is now ready to exit, bye bye"));
}

TEST_CASE("STILE-flow-61 when stile-run itself is killed, its processes end with it")
{
    Stack stack;
    std::vector<pid_t> processes = {stack.redis_process(), stack.process("nginx")};
    for (const auto& [name, pid] : stack.functions())
        processes.push_back(pid);
    send_signal(stack.pid(), SIGKILL);
    for (const auto pid : processes)
        CHECK(eventually([&] { return !is_alive(pid); }));
    CHECK(stack.stop(SIGKILL).left.empty());
}

TEST_CASE("STILE-flow-62 a second start in the same folder keeps all data, and two instances do not share any")
{
    Stack one;
    Stack other;
    CHECK(one.base_url() != other.base_url());
    CHECK(one.admin({"user", "add", "only-here", "--password", "x"}).status == 0);
    CHECK_FALSE(other.admin({"user", "list"}).output.contains("only-here"));
    Browser browser(one);
    HttpClient client(one.base_url());
    const auto tokens = redeem(client, browser.obtain_code());
    one.restart();
    HttpClient again(one.base_url());
    CHECK(refresh(again, member(tokens, "refresh_token")).status == 200);
    CHECK(one.admin({"user", "list"}).output.contains("only-here"));
}
