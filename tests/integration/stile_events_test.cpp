// stile events: the audit trail as an operator reads it.
#include "tests/integration/support/flow.h"

#include "shared/base/clock.h"
#include "shared/store/connection.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <future>
#include <sstream>

using namespace stile::test;

namespace {

Ran events(const Stack& stack, std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), "events");
    return stack.admin(arguments);
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

// A set in which somebody has failed to log in, and logged in.
Stack& eventful_stack()
{
    static Stack stack;
    static const bool prepared = [] {
        stack.admin({"user", "add", "ann", "--subject", "7c9e", "--password", "the password of ann"});
        Browser browser(stack);
        HttpClient client(stack.base_url());
        const auto parked = browser.authorize(demo_request()).location();
        browser.log_in(parked, "ann", "wrong-password-typed");
        browser.log_in(parked, "ann", "the password of ann");
        redeem(client, value_of(query_of(browser.approve("/approve" + parked.substr(6)).location()), "code"));
        own_token(client, {basic("demo", "a-wrong-client-secret")});
        return eventually([] { return events(stack, {"--event", "client_auth_failed"}).output.contains("demo"); });
    }();
    REQUIRE(prepared);
    return stack;
}

std::vector<std::string> names(const std::string& table)
{
    std::vector<std::string> result;
    for (const auto& line : lines_of(table))
        result.push_back(line.substr(22, line.find(' ', 22) - 22));
    return result;
}

} // namespace

TEST_CASE("STILE-audit-40 events are printed as rows of a table, newest last, up to the requested number")
{
    const auto& stack = eventful_stack();
    const auto of_ann = events(stack, {"--user", "ann"});
    CHECK(of_ann.status == 0);
    CHECK(names(of_ann.output)
          == std::vector<std::string>{"EVENT", "user_added", "login_failed", "login_succeeded", "consent_given",
                                      "code_issued"});
    const auto line = lines_of(of_ann.output).at(2);
    CHECK(line.substr(10, 1) == "T");
    for (const char* word :
         {"login_failed  ", " ann  ", " test_client  ", " 127.0.0.1  ", " grant=", " reason=wrong_password"})
        CHECK(line.contains(word));
    CHECK(names(events(stack, {"--user", "ann", "--count", "1"}).output)
          == std::vector<std::string>{"EVENT", "code_issued"});
}

TEST_CASE("STILE-audit-41 events are filtered by user name or subject, client, event name and grant")
{
    const auto& stack = eventful_stack();
    CHECK(names(events(stack, {"--user", "7c9e"}).output).back() == "code_redeemed"); // which knows the subject alone
    const auto of_client = names(events(stack, {"--client", "demo", "--count", "100"}).output);
    CHECK(of_client == std::vector<std::string>{"EVENT", "client_added", "client_auth_failed"});
    CHECK(names(events(stack, {"--event", "login_failed"}).output)
          == std::vector<std::string>{"EVENT", "login_failed"});
    const auto redeemed = events(stack, {"--event", "code_redeemed", "--json"});
    const auto grant = nlohmann::json::parse(redeemed.output).at(0).value("grant", "");
    CHECK(names(events(stack, {"--grant", grant}).output)
          == std::vector<std::string>{"EVENT", "login_failed", "login_succeeded", "consent_given", "code_issued",
                                      "code_redeemed"});
    const auto none = events(stack, {"--user", "nobody"});
    CHECK(none.status == 0);
    CHECK(names(none.output) == std::vector<std::string>{"EVENT"});
}

TEST_CASE("STILE-audit-42 as JSON an event has all its fields, the same as in the log")
{
    const auto& stack = eventful_stack();
    const auto shown = nlohmann::ordered_json::parse(events(stack, {"--event", "login_failed", "--json"}).output);
    REQUIRE(shown.size() == 1);
    CHECK(read_file(stack.dir() + "/log/functions.log").contains(shown.front().dump() + "\n"));
}

TEST_CASE("STILE-audit-43 a usage error is exit status 2; an unavailable Redis is exit status 5")
{
    const auto& stack = eventful_stack();
    const auto arguments = GENERATE(std::vector<std::string>{"--event", "nonsense"},
                                    std::vector<std::string>{"--count", "0"}, std::vector<std::string>{"extra"});
    CHECK(events(stack, arguments).status == 2);
    Stack other;
    const Frozen supervisor(other.pid());
    other.kill_redis();
    CHECK(events(other, {}).status == 5);
    CHECK(events(other, {"--follow"}).status == 5);
}

TEST_CASE("STILE-audit-44 --follow prints new events, and ends when its reader ends")
{
    Stack stack;
    const auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path().string() + "/stile";
    const auto in_dir = [&](const char* name) { return stack.dir() + "/" + name; };
    HttpClient client(stack.base_url());
    const auto fail = [&] { CHECK(own_token(client, {basic("demo", "a-wrong-client-secret")}).status == 401); };
    fail();
    // A reader that takes two lines and goes away: nothing else ends stile.
    const auto script = "(timeout 60 " + program + " events --follow --event client_auth_failed --json; echo $? > "
                        + in_dir("status") + ") | (read -r one; echo \"$one\" > " + in_dir("one")
                        + "; read -r two; echo \"$two\" > " + in_dir("two") + ")";
    auto reader =
        std::async(std::launch::async, [&] { return run_program({"/bin/sh", "-c", script}, stack.environment(), ""); });
    CHECK(eventually([&] { return read_file(in_dir("one")).contains("\"client_id\":\"demo\""); })); // what was there
    fail();
    reader.get();
    CHECK(read_file(in_dir("two")).contains("\"client_id\":\"demo\"")); // what came
    CHECK(read_file(in_dir("two")) != read_file(in_dir("one")));
    CHECK(read_file(in_dir("status")) == "0\n");
}

TEST_CASE("STILE-audit-45 control characters in a stream entry are not printed to the terminal")
{
    Stack stack;
    const stile::SystemClock clock;
    stile::Connection redis(stack.redis(), clock);
    REQUIRE(redis.command({"XADD", "events", "*", "event", "forged\x1b[2J\nline", "user", "x\ry"}));
    const auto table = events(stack, {"--count", "1"});
    CHECK(table.output.contains("forged?[2J?line"));
    CHECK(lines_of(table.output).size() == 2);
    CHECK_FALSE(events(stack, {"--count", "1", "--json"}).output.contains('\x1b'));
}
