// The audit trail of the running set: each event is provoked, and read from the functions' log and from the stream.
#include "tests/integration/support/flow.h"

#include "shared/base/clock.h"
#include "shared/oauth/event.h"
#include "shared/store/connection.h"
#include "tests/support/catch.h"

#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <set>
#include <sstream>

using namespace stile;
using namespace stile::test;

namespace {

using Json = nlohmann::json;

// Names of events that the tests of this file have seen; the last of them compares.
std::set<std::string> seen;

std::vector<Json> json_lines(const std::string& text)
{
    std::vector<Json> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        if (auto json = Json::parse(line, nullptr, false); json.is_object())
            lines.push_back(std::move(json));
    return lines;
}

std::vector<Json> in_log(const Stack& stack)
{
    return json_lines(read_file(stack.dir() + "/log/functions.log"));
}

// As it lies in Redis, without our own reading of it.
std::vector<Json> in_stream(const Stack& stack)
{
    const SystemClock clock;
    Connection redis(stack.redis(), clock);
    const auto reply = redis.command({"XRANGE", "events", "-", "+"});
    std::vector<Json> entries;
    for (const auto& entry : reply ? reply->elements : std::vector<Reply>()) {
        Json fields;
        const auto& words = entry.elements.at(1).elements;
        for (std::size_t i = 0; i + 1 < words.size(); i += 2)
            fields[words[i].text] = words[i + 1].text;
        entries.push_back(std::move(fields));
    }
    return entries;
}

const Json* find(const std::vector<Json>& lines, const std::string& event, const std::string& request_id)
{
    const auto found = std::ranges::find_if(lines, [&](const Json& line) {
        return line.value("event", "") == event && line.value("request_id", "") == request_id;
    });
    return found != lines.end() ? &*found : nullptr;
}

// What is told of the request that was answered so: at once in the log, soon in the stream, in the same words.
Json told(const Stack& stack, const Answer& answer, const std::string& event)
{
    const auto request_id = answer.header("x-request-id");
    CAPTURE(event, answer.status, answer.body.substr(0, 500));
    REQUIRE(request_id.size() == 32);
    const auto log = in_log(stack);
    const auto* line = find(log, event, request_id);
    REQUIRE(line != nullptr);
    Json entry;
    REQUIRE(eventually([&] {
        const auto entries = in_stream(stack);
        const auto* found = find(entries, event, request_id);
        if (found != nullptr)
            entry = *found;
        return found != nullptr;
    }));
    CHECK(*line == entry);
    CHECK(entry.value("address", "") == "127.0.0.1");
    CHECK(entry.value("time", "").size() == 20);
    // One way to tell: no refusal beside it.
    CHECK(find(log, "refused", request_id) == nullptr);
    seen.insert(event);
    return entry;
}

bool is_told(const Stack& stack, const Answer& answer, const std::string& event)
{
    return find(in_log(stack), event, answer.header("x-request-id")) != nullptr;
}

} // namespace

TEST_CASE("STILE-audit-34 if the stream cannot be written, no request waits; missed events are written later")
{
    Stack stack;
    const SystemClock clock;
    Connection redis(stack.redis(), clock);
    Browser browser(stack);
    HttpClient client(stack.base_url());
    const auto code = browser.obtain_code();
    REQUIRE(redis.command({"ACL", "SETUSER", "stile-token", "clearselectors",
                           "(%R~schema %R~client:* %R~profile:* %R~signing_keys %R~signing_key:* +@read)",
                           "(~code:* ~grant:* ~access:* ~refresh:* ~throttle:client:* +@all)"}));
    const auto redeemed = redeem(client, code);
    CHECK(redeemed.status == 200);
    const auto refreshed = refresh(client, member(redeemed, "refresh_token"));
    CHECK(refreshed.status == 200);
    CHECK(is_told(stack, refreshed, "refresh_rotated"));
    REQUIRE(eventually(
        [&] { return read_file(stack.dir() + "/log/functions.log").contains("cannot write events to the stream"); }));
    CHECK(find(in_stream(stack), "refresh_rotated", refreshed.header("x-request-id")) == nullptr);
    REQUIRE(redis.command({"ACL", "SETUSER", "stile-token", "(%W~events +xadd)"}));
    told(stack, redeemed, "code_redeemed");
    told(stack, refreshed, "refresh_rotated");
}

TEST_CASE("STILE-audit-35 while Redis is unavailable, requests are answered as usual, and their events are written to "
          "the stream later")
{
    Stack stack;
    HttpClient client(stack.base_url());
    const Headers malformed = {"Authorization: Basic !"}; // refused without asking Redis
    REQUIRE(own_token(client, malformed).status == 401);
    Answer answer;
    {
        const Frozen supervisor(stack.pid());
        stack.kill_redis();
        answer = own_token(client, malformed);
        CHECK(answer.status == 401);
        CHECK(is_told(stack, answer, "client_auth_failed"));
        CHECK(redeem(client, std::string(42, 'a'), {}, malformed).status == 401);
    }
    told(stack, answer, "client_auth_failed");
}

TEST_CASE("STILE-audit-36 a function that receives SIGTERM writes its events before it ends")
{
    Stack stack;
    HttpClient client(stack.base_url());
    const auto answer = own_token(client, {basic("demo", "a-wrong-client-secret")});
    REQUIRE(answer.status == 401);
    const auto pid = stack.process("stile-token");
    send_signal(pid, SIGTERM);
    REQUIRE(eventually([&] { return !is_alive(pid); }));
    CHECK(find(in_stream(stack), "client_auth_failed", answer.header("x-request-id")) != nullptr);
}

TEST_CASE("STILE-audit-37 without a stream, events are in the log")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_EVENTS", "0"}});
    HttpClient client(stack.base_url());
    const auto answer = own_token(client, {basic("demo", "a-wrong-client-secret")});
    CHECK(is_told(stack, answer, "client_auth_failed"));
    CHECK(stack.admin({"user", "add", "ann", "--password", "password-of-ann"}).errors.contains("user_added"));
    stack.stop(SIGTERM);
    const auto written = read_file(stack.dir() + "/redis/appendonlydir/appendonly.aof.1.incr.aof");
    CHECK(written.contains("user:ann"));
    CHECK_FALSE(written.contains("XADD"));
}
