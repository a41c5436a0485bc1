// One connection: whatever Redis does, the result is right or it is temporarily_unavailable.
#include "tests/store/store.h"

#include <chrono>
#include <thread>

namespace stile {

namespace {

using namespace std::chrono_literals;

// Longer than the idle time after which a connection is checked before use.
constexpr auto idle = 120ms;
// Longer than the longest pause between two connection attempts.
constexpr auto longer_than_pause = 600ms;

// As the operator, who can send commands that no function sends.
RedisAddress impatient(int milliseconds, const std::string& user = "operator")
{
    auto address = redis_server().address(user);
    address.timeout_milliseconds = milliseconds;
    return address;
}

std::int64_t milliseconds_since(std::int64_t start)
{
    return SystemClock().monotonic_milliseconds() - start;
}

} // namespace

TEST_CASE("STILE-store-1 an error reply is temporarily_unavailable, and the connection is still used")
{
    Store store;
    const auto [what, command] = GENERATE(table<std::string, Arguments>({
        {"unknown command", {"NOSUCH"}},
        {"wrong number of arguments", {"GET"}},
        {"unknown function", {"FCALL", "nosuch", "0"}},
        {"malformed library", {"FUNCTION", "LOAD", "#!lua name=broken\nnot lua"}},
    }));
    INFO(what);
    const auto reply = store.as_operator.command(command);
    CHECK(error_of(reply) == "temporarily_unavailable");
    CHECK(reply.error().detail.starts_with("Redis: "));
    CHECK(store.ask({"ECHO", "next"}).text == "next");
}

TEST_CASE("STILE-store-1 a record of the wrong type is temporarily_unavailable and never unknown")
{
    Store store;
    const auto code = store.issue_code();
    store.ask({"SET", "code:{" + code.grant_id() + "}" + code.selector(), "not a hash"});
    CHECK(error_of(store.try_redeem(code)) == "temporarily_unavailable");
    store.ask({"SET", "request:{000000000000}", "not a hash"});
    CHECK(error_of(store.requests.find("000000000000")) == "temporarily_unavailable");
}

TEST_CASE("STILE-store-1 a Redis that is out of memory or read-only refuses, and no write is partial")
{
    const auto [setting, limit, normal] = GENERATE(table<std::string, std::string, std::string>({
        {"maxmemory", "1", "0"},
        {"min-replicas-to-write", "1", "0"},
    }));
    INFO(setting);
    Store store;
    const auto code = store.issue_code();
    const auto before = store.snapshot();
    store.ask({"CONFIG", "SET", setting, limit});
    CHECK(error_of(store.try_redeem(code)) == "temporarily_unavailable");
    CHECK(error_of(store.approve("000000000000", code)) == "temporarily_unavailable");
    store.ask({"CONFIG", "SET", setting, normal});
    CHECK(store.snapshot() == before);
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
}

TEST_CASE("STILE-store-94 a Redis that is out of memory still reads and revokes tokens")
{
    Store store;
    const auto kept = store.tokens();
    const auto given_back = store.tokens();
    store.ask({"CONFIG", "SET", "maxmemory", "1"});
    const auto facts = store.grants.inspect(TokenKind::access, kept.access);
    const auto revocation = store.grants.revoke_token(TokenKind::refresh, *given_back.refresh, "app");
    store.ask({"CONFIG", "SET", "maxmemory", "0"});
    CHECK(must(facts).has_value());
    CHECK(must(revocation).outcome == Revocation::Outcome::revoked);
    CHECK_FALSE(must(store.grants.inspect(TokenKind::access, given_back.access)));
}

TEST_CASE("STILE-store-1 a stopped Redis is temporarily_unavailable at once, and works again after its restart")
{
    Store store;
    const auto code = store.issue_code();
    redis_server().kill();
    for (int i = 0; i < 20; ++i) {
        const auto start = store.clock.monotonic_milliseconds();
        CHECK(error_of(store.try_redeem(code)) == "temporarily_unavailable");
        CHECK(error_of(store.connection.command({"PING"})) == "temporarily_unavailable");
        CHECK(milliseconds_since(start) < 1000);
    }
    redis_server().restart();
    std::this_thread::sleep_for(longer_than_pause);
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
}

TEST_CASE("STILE-store-2 after a restart during an idle time the next command succeeds")
{
    Store store;
    const auto code = store.issue_code();
    redis_server().restart();
    std::this_thread::sleep_for(idle);
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
}

TEST_CASE("STILE-store-2 a connection closed by Redis fails at most one command")
{
    Store store;
    Store other{Store::Shared()};
    other.ask({"PING"});
    store.ask({"CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"});
    const auto first = other.as_operator.command({"PING"});
    CHECK((first || error_of(first) == "temporarily_unavailable"));
    CHECK(other.ask({"PING"}).text == "PONG");
}

TEST_CASE("STILE-store-3 a paused Redis is temporarily_unavailable within the timeout, and recovers")
{
    Store store;
    const SystemClock clock;
    Connection connection(impatient(100), clock);
    must(connection.command({"PING"}));
    redis_server().pause();
    for (int i = 0; i < 3; ++i) { // with the old connection, then after a pause with new ones
        const auto start = clock.monotonic_milliseconds();
        CHECK(error_of(connection.command({"PING"})) == "temporarily_unavailable");
        CHECK(milliseconds_since(start) < 1000);
    }
    redis_server().resume();
    auto awake = connection.command({"ECHO", "awake"});
    for (const auto start = clock.monotonic_milliseconds(); !awake && milliseconds_since(start) < 2000;)
        awake = connection.command({"ECHO", "awake"});
    CHECK(must(std::move(awake)).text == "awake"); // and not the late reply to an earlier command
}

TEST_CASE("STILE-store-90 a step that Redis runs after its caller timed out uses nothing up")
{
    Store store;
    const SystemClock clock;
    const auto code = store.issue_code();
    const auto tokens = store.tokens();
    Connection connection(impatient(100, "stile-token"), clock);
    Grants grants(connection);
    must(connection.command({"PING"}));
    const auto late = [&](const auto& step) {
        redis_server().pause();
        CHECK(error_of(step()) == "temporarily_unavailable");
        redis_server().resume(); // then it reads what was sent
        store.ask({"PING"});
    };
    const auto challenge = ARequest().code_challenge;
    late([&] {
        return grants.redeem_code({code, "app", "https://app.example/cb", challenge},
                                  TokenPair::mint(code.grant_id(), true, store.random), noon, {});
    });
    CHECK(store.redeem(code).outcome == Redemption::Outcome::issued);
    while (!connection.command({"PING"})) // until the pause after the failure is over
        ;
    late([&] {
        return grants.rotate_refresh({*tokens.refresh, "app", "", 0, ""},
                                     TokenPair::mint(tokens.access.grant_id(), true, store.random), noon, {});
    });
    CHECK(store.rotate(*tokens.refresh).outcome == Rotation::Outcome::rotated);
}

TEST_CASE("STILE-store-3 a command without a reply is not sent again")
{
    Store store;
    const SystemClock clock;
    Connection connection(impatient(100), clock);
    must(connection.command({"SET", "count", "0"}));
    redis_server().pause();
    CHECK(error_of(connection.command({"INCR", "count"})) == "temporarily_unavailable");
    redis_server().resume();
    CHECK(store.ask({"GET", "count"}).text <= "1");
}

TEST_CASE("STILE-store-3 an address without a listener is temporarily_unavailable")
{
    const auto [what, address] = GENERATE(table<std::string, RedisAddress>({
        {"no socket there", {.socket = "/nonexistent/redis.sock", .timeout_milliseconds = 100}},
        {"no server at the port", {.host = "127.0.0.1", .port = 1, .timeout_milliseconds = 100}},
        {"no such host", {.host = "nosuch.invalid", .timeout_milliseconds = 100}},
    }));
    INFO(what);
    const SystemClock clock;
    Connection connection(address, clock);
    CHECK(error_of(connection.command({"PING"})) == "temporarily_unavailable");
    CHECK(
        error_of(connection.call(Step("save_record").key("record_key", "session:a").with("ttl", 1).fields({"a", "b"})))
        == "temporarily_unavailable");
}

TEST_CASE("STILE-store-4 an error in the middle of a pipeline does not shift the following replies")
{
    Store store;
    const auto replies = store.as_operator.pipeline({{"ECHO", "one"}, {"NOSUCH"}, {"ECHO", "three"}});
    CHECK(error_of(replies) == "temporarily_unavailable");
    CHECK(store.ask({"ECHO", "four"}).text == "four");
    const auto good = must(store.as_operator.pipeline({{"ECHO", "five"}, {"GET", "none"}, {"ECHO", "seven"}}));
    REQUIRE(good.size() == 3);
    CHECK(good[0].text == "five");
    CHECK(good[1].is_nil);
    CHECK(good[2].text == "seven");
}

TEST_CASE("STILE-store-5 the database of the address is selected, again after a restart too")
{
    Store store;
    auto address = redis_server().address("operator");
    address.database = 3;
    Connection third(address, store.clock);
    must(third.command({"SET", "where", "third"}));
    CHECK(store.keys().empty());
    redis_server().restart();
    std::this_thread::sleep_for(idle);
    CHECK(must(third.command({"GET", "where"})).text == "third");
    address.database = 99;
    Connection nowhere(address, store.clock);
    CHECK(error_of(nowhere.command({"PING"})) == "temporarily_unavailable");
}

TEST_CASE("STILE-schema-1 each new connection refuses records with a newer schema version than the program's")
{
    const auto [layout, expected] = GENERATE(table<std::string, std::string>({
        {"1", ""},
        {"2", "temporarily_unavailable"},
        {"10", "temporarily_unavailable"},
        {"0", "temporarily_unavailable"},
        {"one", "temporarily_unavailable"},
        {"", "temporarily_unavailable"},
    }));
    INFO(layout);
    Store store;
    Store fresh{Store::Shared()};
    CHECK(must(fresh.connection.command({"PING"})).text == "PONG"); // no key: no schema version has been recorded
    store.ask({"SET", "schema", layout});
    Connection connection(redis_server().address("stile-token"), store.clock);
    const auto answer = connection.command({"PING"});
    store.ask({"DEL", "schema"});
    CHECK(error_of(answer) == expected);
    if (!answer)
        CHECK(answer.error().detail.contains("of a newer version"));
}

TEST_CASE("STILE-schema-2 loading the library records the schema version, and keeps an existing one")
{
    Store store;
    must(store.admin.load_library());
    CHECK(store.ask({"GET", "schema"}).text == std::to_string(known_schema));
    store.ask({"SET", "schema", "7"});
    must(store.admin.load_library());
    const auto noted = store.ask({"GET", "schema"}).text;
    store.ask({"DEL", "schema"});
    CHECK(noted == "7");
}

TEST_CASE("STILE-store-5 user and password of the address are sent, and wrong ones are temporarily_unavailable")
{
    const RedisServer guarded;
    const SystemClock clock;
    Connection as_operator(guarded.address("operator"), clock);
    must(as_operator.command({"ACL", "SETUSER", "default", "on", ">pearl", "~*", "+@all"}));
    must(as_operator.command({"ACL", "SETUSER", "stile", ">diver", "~*", "+@all"}));
    const auto [what, user, password, expected] = GENERATE(table<std::string, std::string, std::string, std::string>({
        {"the default user", "", "pearl", ""},
        {"a named user", "stile", "diver", ""},
        {"no password", "", "", "temporarily_unavailable"},
        {"a wrong password", "", "oyster", "temporarily_unavailable"},
        {"another user's password", "stile", "pearl", "temporarily_unavailable"},
        {"an unknown user", "nobody", "diver", "temporarily_unavailable"},
    }));
    INFO(what);
    auto address = guarded.address();
    address.user = user;
    address.password = Secret(password);
    Connection connection(address, clock);
    const auto reply = connection.command({"SET", "key", "value"});
    CHECK(error_of(reply) == expected);
    if (!reply)
        CHECK(reply.error().detail.find(password.empty() ? "\n" : password) == std::string::npos);
}

TEST_CASE("STILE-audit-15 an error reply of Redis about an unknown command is logged without its arguments")
{
    Store store;
    const auto answer = store.connection.command({"NOSUCHCOMMAND", "state", "the state"});
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().detail.contains("unknown command"));
    CHECK_FALSE(answer.error().detail.contains("the state"));
}

} // namespace stile
