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

// The fields that vary with what happened; those that are not there are "".
std::string in_short(const Json& event, const std::vector<std::string>& names)
{
    std::string text;
    for (const auto& name : names)
        text.append(text.empty() ? "" : " ").append(event.value(name, "-"));
    return text;
}

std::string grant_of(const std::string& token)
{
    return token.substr(0, grant_id_length);
}

// What the admin command says on its standard error, and in the stream in the same words.
Json told_by_admin(const Stack& stack, const Ran& ran, const std::string& event)
{
    CAPTURE(event, ran.output, ran.errors);
    CHECK(ran.status == 0);
    const auto lines = json_lines(ran.errors);
    const auto* line = find(lines, event, "");
    REQUIRE(line != nullptr);
    CHECK(std::ranges::count(in_stream(stack), *line) >= 1); // written before the command ended
    CHECK(line->value("function", "") == "stile");
    CHECK(line->value("by", "").starts_with(::getuid() == 0 ? "root" : ""));
    seen.insert(event);
    return *line;
}

Answer posted_login(Browser& browser, const std::string& user, const std::string& password)
{
    return browser.log_in(browser.authorize(demo_request()).location(), user, password);
}

} // namespace

TEST_CASE("STILE-audit-20 login_succeeded, and login_failed with the user's name only if there is such a user")
{
    const auto& stack = shared_stack();
    Browser browser(stack);
    const auto parked = browser.authorize(demo_request()).location();
    const auto request = value_of(query_of(parked), "request");
    const auto failed = told(stack, browser.log_in(parked, "Admin", "wrong-password-typed"), "login_failed");
    CHECK(in_short(failed, {"function", "client_id", "user", "sub", "grant", "reason"})
          == "login test_client admin admin " + request + " wrong_password");
    const auto unknown =
        told(stack, browser.log_in(parked, "password-in-the-wrong-field", "wrong-password"), "login_failed");
    CHECK(in_short(unknown, {"user", "sub", "reason"}) == "- - unknown_user");
    const auto succeeded = told(stack, browser.log_in(parked), "login_succeeded");
    CHECK(in_short(succeeded, {"function", "client_id", "user", "sub", "grant"})
          == "login test_client admin admin " + request);
}

TEST_CASE("STILE-audit-21 login_throttled")
{
    Stack stack(std::vector<Stack::Setting>{{"STILE_LOGIN_TRIES_PER_USER", "1"}});
    Browser browser(stack);
    Answer answer;
    for (int i = 0; i < 4 && answer.status != 429; ++i)
        answer = posted_login(browser, "admin", "wrong-password-typed");
    REQUIRE(answer.status == 429);
    const auto throttled = told(stack, answer, "login_throttled");
    CHECK(in_short(throttled, {"function", "client_id", "user"}) == "login test_client admin");
    CHECK_FALSE(is_told(stack, answer, "login_failed"));
}

TEST_CASE("STILE-audit-22 session_ended by another login in the same browser")
{
    const auto& stack = shared_stack();
    Browser browser(stack);
    const auto first = posted_login(browser, "admin", "admin");
    CHECK_FALSE(is_told(stack, first, "session_ended"));
    const auto parked = browser.authorize(demo_request()).location();
    const auto again = browser.log_in("/login?prompt=login&" + parked.substr(parked.find('?') + 1));
    const auto ended = told(stack, again, "session_ended");
    CHECK(in_short(ended, {"function", "user", "sub", "reason"}) == "login admin admin new_login");
}

TEST_CASE("STILE-audit-23 consent_given with code_issued; once, however often the button is pressed")
{
    const auto& stack = shared_stack();
    Browser browser(stack);
    const auto path = browser.reach_consent(demo_request());
    const auto form = browser.get(path);
    const auto press = [&] { return browser.post(path, Parameters{{"csrf_token", csrf_of(form)}, {"approval", "1"}}); };
    const auto approved = press();
    const auto code = value_of(query_of(approved.location()), "code");
    const auto all = "consent test_client admin admin " + grant_of(code);
    CHECK(in_short(told(stack, approved, "consent_given"), {"function", "client_id", "user", "sub", "grant"}) == all);
    CHECK(in_short(told(stack, approved, "code_issued"), {"function", "client_id", "user", "sub", "grant"}) == all);
    const auto pressed_again = press();
    CHECK(pressed_again.location() == approved.location());
    CHECK_FALSE(is_told(stack, pressed_again, "consent_given"));
    CHECK_FALSE(is_told(stack, pressed_again, "code_issued"));
}

TEST_CASE("STILE-audit-24 consent_denied")
{
    const auto& stack = shared_stack();
    Browser browser(stack);
    const auto path = browser.reach_consent(demo_request());
    const auto denied = told(stack, browser.deny(path), "consent_denied");
    CHECK(in_short(denied, {"function", "client_id", "user", "grant"})
          == "consent test_client admin " + value_of(query_of(path), "request"));
}

TEST_CASE("STILE-audit-25 a remembered consent is code_issued alone")
{
    const auto& stack = shared_stack();
    Browser browser(stack);
    browser.approve(browser.reach_consent(demo_request()), {{"remember", "1"}});
    const auto answer = browser.authorize(demo_request());
    const auto code = value_of(query_of(answer.location()), "code");
    REQUIRE(code.size() == code_length);
    CHECK(in_short(told(stack, answer, "code_issued"), {"function", "client_id", "user", "grant"})
          == "authorize test_client admin " + grant_of(code));
    CHECK_FALSE(is_told(stack, answer, "consent_given"));
    const SystemClock clock;
    Connection(stack.redis(), clock).command({"DEL", "consent:test_client:admin"}).value();
}

TEST_CASE("STILE-audit-26 code_redeemed, code_replayed, and grant_revoked by the replay that ended it")
{
    const auto& stack = shared_stack();
    Browser browser(stack);
    HttpClient client(stack.base_url());
    const auto code = browser.obtain_code();
    const auto who = "token test_client admin " + grant_of(code) + " authorization_code";
    const std::vector<std::string> names = {"function", "client_id", "sub", "grant", "grant_type"};
    CHECK(in_short(told(stack, redeem(client, code), "code_redeemed"), names) == who);
    const auto replay = redeem(client, code);
    CHECK(in_short(told(stack, replay, "code_replayed"), names) == who);
    const auto revoked = told(stack, replay, "grant_revoked");
    CHECK(in_short(revoked, names) == who);
    CHECK(revoked["reason"] == "code_replayed");
    const auto another = redeem(client, code);
    CHECK(is_told(stack, another, "code_replayed"));
    CHECK_FALSE(is_told(stack, another, "grant_revoked")); // there was nothing left to revoke
}

TEST_CASE("STILE-audit-27 refresh_rotated, refresh_reused, and grant_revoked by the reuse that ended it")
{
    const auto& stack = shared_stack();
    Browser browser(stack);
    HttpClient client(stack.base_url());
    const auto first = member(redeem(client, browser.obtain_code()), "refresh_token");
    const auto who = "token test_client admin " + grant_of(first) + " refresh_token";
    const std::vector<std::string> names = {"function", "client_id", "sub", "grant", "grant_type"};
    CHECK(in_short(told(stack, refresh(client, first), "refresh_rotated"), names) == who);
    const auto reuse = refresh(client, first);
    CHECK(in_short(told(stack, reuse, "refresh_reused"), names) == who);
    CHECK(told(stack, reuse, "grant_revoked")["reason"] == "refresh_reused");
    CHECK_FALSE(is_told(stack, refresh(client, first), "grant_revoked"));
}

TEST_CASE("STILE-audit-28 refresh_repeated within the grace period")
{
    const auto& stack = shared_stack();
    Browser browser(stack);
    HttpClient client(stack.base_url());
    const Headers patient = {basic("patient", add_client(stack, {"--id", "patient", "--redirect-uri", demo_redirect,
                                                                 "--scope", "email", "--refresh-grace", "300"}))};
    const auto code = browser.obtain_code(demo_request({{"client_id", "patient"}}));
    const auto token = member(redeem(client, code, {}, patient), "refresh_token");
    CHECK(refresh(client, token, {}, patient).status == 200);
    const auto repeated = told(stack, refresh(client, token, {}, patient), "refresh_repeated");
    CHECK(in_short(repeated, {"client_id", "sub", "grant"}) == "patient admin " + grant_of(token));
}

TEST_CASE("STILE-audit-29 tokens_issued to a client for itself, and by a user's password")
{
    Stack stack(std::vector<Stack::Setting>{
        {"STILE_GRANT_TYPES", "authorization_code,refresh_token,client_credentials,password"}});
    HttpClient client(stack.base_url());
    const Headers robot = {basic("robot", add_client(stack, {"--id", "robot", "--grant-type", "client_credentials",
                                                             "--grant-type", "password", "--scope", "read"}))};
    const std::vector<std::string> names = {"function", "client_id", "user", "sub", "grant", "grant_type"};
    const auto own = own_token(client, robot);
    CHECK(in_short(told(stack, own, "tokens_issued"), names)
          == "token robot - - " + grant_of(member(own, "access_token")) + " client_credentials");
    const auto with_password = [&](const std::string& password) {
        return token_request(client, {{"grant_type", "password"}, {"username", "admin"}, {"password", password}},
                             robot);
    };
    const auto issued = with_password("admin");
    CHECK(in_short(told(stack, issued, "tokens_issued"), names)
          == "token robot admin admin " + grant_of(member(issued, "access_token")) + " password");
    CHECK(in_short(told(stack, with_password("wrong-password-sent"), "login_failed"), names)
          == "token robot admin admin - password");
}

TEST_CASE("STILE-audit-30 token_revoked and grant_revoked at a client's request")
{
    const auto& stack = shared_stack();
    Browser browser(stack);
    HttpClient client(stack.base_url());
    const auto tokens = redeem(client, browser.obtain_code());
    const auto access = member(tokens, "access_token");
    const auto who = "revoke test_client admin " + grant_of(access) + " client_request";
    const std::vector<std::string> names = {"function", "client_id", "sub", "grant", "reason"};
    CHECK(in_short(told(stack, revoke(client, access, {demo_basic}), "token_revoked"), names) == who);
    const auto given_back = revoke(client, member(tokens, "refresh_token"), {demo_basic});
    CHECK(in_short(told(stack, given_back, "grant_revoked"), names) == who);
    // Nothing more is there to revoke.
    const auto again = revoke(client, member(tokens, "refresh_token"), {demo_basic});
    CHECK(again.status == 200);
    CHECK_FALSE(is_told(stack, again, "grant_revoked"));
    CHECK_FALSE(is_told(stack, revoke(client, std::string(42, 'a'), {demo_basic}), "token_revoked"));
}

TEST_CASE("STILE-audit-31 client_auth_failed at every endpoint, with the id only of a client that there is")
{
    const auto& stack = shared_stack();
    HttpClient client(stack.base_url());
    const auto wrong = basic("demo", "a-wrong-client-secret");
    for (const auto& [function, path] : std::vector<std::pair<std::string, std::string>>{
             {"token", "/oauth/token"}, {"introspect", "/oauth/introspect"}, {"revoke", "/oauth/revoke"}}) {
        const auto answer =
            client.post(path, Parameters{{"grant_type", "client_credentials"}, {"token", "x"}}, {wrong});
        CHECK(answer.status == 401);
        CHECK(in_short(told(stack, answer, "client_auth_failed"), {"function", "client_id", "reason"})
              == function + " demo wrong_secret");
    }
    const auto swapped = own_token(client, {basic("the-secret-in-the-wrong-field", "demo")});
    CHECK(in_short(told(stack, swapped, "client_auth_failed"), {"client_id", "reason"}) == "- unknown_client");
    add_client(stack, {"--id", "app", "--public", "--redirect-uri", demo_redirect});
    const auto asked = client.post("/oauth/introspect", Parameters{{"client_id", "app"}, {"token", "x"}});
    CHECK(in_short(told(stack, asked, "client_auth_failed"), {"client_id", "reason"}) == "app public_client");
}

TEST_CASE("STILE-audit-32 client_auth_throttled")
{
    Stack stack;
    HttpClient client(stack.base_url());
    Answer answer;
    for (int i = 0; i < 20 && answer.status != 429; ++i)
        answer = own_token(client, {basic("test_client", "a-wrong-client-secret")});
    REQUIRE(answer.status == 429);
    CHECK(told(stack, answer, "client_auth_throttled")["client_id"] == "test_client");
    const auto lifted = stack.admin({"client", "unlock", "test_client"});
    CHECK(in_short(told_by_admin(stack, lifted, "throttles_lifted"), {"client_id", "count"}) == "test_client 1");
}

TEST_CASE("STILE-audit-33 what the admin command does, and by whom")
{
    const auto& stack = shared_stack();
    const auto by_admin = [&](const std::vector<std::string>& arguments, const std::string& event) {
        return told_by_admin(stack, stack.admin(arguments), event);
    };
    CHECK(by_admin({"client", "add", "--id", "short-lived", "--redirect-uri", demo_redirect, "--scope", "email"},
                   "client_added")["client_id"]
          == "short-lived");
    CHECK(in_short(by_admin({"user", "add", "zoe", "--subject", "7c9e", "--password", "first-password-of-zoe"},
                            "user_added"),
                   {"user", "sub"})
          == "zoe 7c9e");
    Browser browser(stack);
    const auto code_of = [&](const std::string& password) {
        const auto path = browser.reach_consent(demo_request({{"client_id", "short-lived"}}), "zoe", password);
        return value_of(query_of(browser.approve(path).location()), "code");
    };
    CHECK(by_admin({"client", "update", "short-lived", "--name", "Short"}, "client_updated")["client_id"]
          == "short-lived");
    CHECK(by_admin({"client", "rotate-secret", "short-lived"}, "client_secret_changed")["client_id"] == "short-lived");
    const auto subject_changed = stack.admin({"user", "update", "zoe", "--subject", "7c9f"});
    CHECK(in_short(told_by_admin(stack, subject_changed, "user_updated"), {"user", "sub"}) == "zoe 7c9f");
    stack.admin({"user", "update", "zoe", "--subject", "7c9e"});
    const auto first = grant_of(code_of("first-password-of-zoe"));
    const auto changed = stack.admin({"user", "set-password", "zoe", "--password", "second-password-of-zoe"});
    CHECK(in_short(told_by_admin(stack, changed, "user_password_changed"), {"user", "sub"}) == "zoe 7c9e");
    CHECK(in_short(told_by_admin(stack, changed, "grant_revoked"), {"grant", "user", "sub", "reason"})
          == first + " zoe 7c9e password_changed");
    CHECK(in_short(told_by_admin(stack, changed, "session_ended"), {"user", "count", "reason"})
          == "zoe 1 password_changed");
    const auto second = grant_of(code_of("second-password-of-zoe"));
    const auto client_removed = stack.admin({"client", "remove", "short-lived"});
    CHECK(told_by_admin(stack, client_removed, "client_removed")["client_id"] == "short-lived");
    CHECK(in_short(told_by_admin(stack, client_removed, "grant_revoked"), {"grant", "client_id", "reason"})
          == second + " short-lived client_removed");
    const auto user_removed = stack.admin({"user", "remove", "zoe"});
    CHECK(in_short(told_by_admin(stack, user_removed, "user_removed"), {"user", "sub"}) == "zoe 7c9e");
    CHECK(told_by_admin(stack, user_removed, "session_ended")["reason"] == "user_removed");
    const auto kid = by_admin({"keys", "rotate", "--alg", "EdDSA"}, "key_rotated").value("kid", "");
    CHECK(kid.size() == 43);
    CHECK(by_admin({"keys", "retire", kid}, "key_retired")["kid"] == kid);
    CHECK(by_admin({"export", "-"}, "records_exported").contains("count"));
    // What is refused is no event.
    CHECK(json_lines(stack.admin({"user", "remove", "zoe"}).errors).empty());
    CHECK(json_lines(stack.admin({"client", "remove", "short-lived"}).errors).empty());
}

TEST_CASE("STILE-audit-34 a stream that takes nothing holds up nobody, and gets what it missed")
{
    Stack stack;
    const SystemClock clock;
    Connection redis(stack.redis(), clock);
    Browser browser(stack);
    HttpClient client(stack.base_url());
    const auto code = browser.obtain_code();
    REQUIRE(redis.command({"ACL", "SETUSER", "stile-token", "clearselectors",
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

TEST_CASE("STILE-audit-35 while Redis is away requests are answered as ever, and the stream gets their events later")
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

TEST_CASE("STILE-audit-36 a function that is asked to end writes its events first")
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

TEST_CASE("STILE-audit-37 without a stream there is the log")
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

TEST_CASE("STILE-audit-39 every event was seen but those of which other tests see to it")
{
    // Only after all the others has it something to look at.
    if (!seen.contains("login_succeeded") || !seen.contains("key_retired"))
        return;
    for (const auto name : event_names()) {
        CAPTURE(name);
        // The tests of the store, and tests/run/test_backchannel.py.
        const bool is_seen_elsewhere = name == to_string(EventName::events_lost)
                                       || name == to_string(EventName::logout_delivered)
                                       || name == to_string(EventName::logout_undelivered);
        CHECK((seen.contains(std::string(name)) || is_seen_elsewhere));
    }
}
