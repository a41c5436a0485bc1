// redis/users.acl: what Stile's two users may not do. What they must be able to do is shown by every other test, since
// all of them run as these users.
#include "tests/store/store.h"

#include <fstream>
#include <iterator>

namespace stile {

namespace {

std::string refusal_of(Connection& connection, const Arguments& command)
{
    const auto reply = connection.command(command);
    return reply ? "carried out" : reply.error().detail;
}

void check_refused(Connection& connection, const std::vector<Arguments>& commands)
{
    for (const auto& command : commands) {
        CAPTURE(command);
        const auto refusal = refusal_of(connection, command);
        const bool is_refused_to_all =
            refusal.starts_with("Redis: ERR DEBUG command not allowed"); // enable-debug-command
        CHECK((is_refused_to_all || refusal.starts_with("Redis: NOPERM")));
    }
}

const std::vector<Arguments> commands_of_an_operator = {
    {"KEYS", "*"},
    {"RANDOMKEY"},
    {"FLUSHALL"},
    {"FLUSHDB"},
    {"CONFIG", "SET", "appendonly", "no"},
    {"DEBUG", "SLEEP", "0"},
    {"SCRIPT", "LOAD", "return 1"},
    {"EVAL", "return 1", "0"},
    {"SHUTDOWN", "NOSAVE"},
    {"MONITOR"},
    {"ACL", "LIST"},
    {"ACL", "SETUSER", "stile-functions", "+@all"},
    {"FUNCTION", "DELETE", "stile"},
    {"FUNCTION", "FLUSH"},
    {"CLIENT", "LIST"},
    {"REPLICAOF", "127.0.0.1", "1"},
    {"MODULE", "LIST"},
    {"BGREWRITEAOF"},
    {"SWAPDB", "0", "1"},
    {"DUMP", "grant:{x}"},
    {"RENAME", "grant:{x}", "grant:{y}"},
    {"COPY", "grant:{x}", "grant:{y}"},
    {"SUBSCRIBE", "x"},
    {"PUBLISH", "x", "x"},
    // What belongs to other programs.
    {"HGETALL", "x"},
    {"HSET", "x", "x", "x"},
    {"DEL", "x"},
    {"HGETALL", "clients"},
    {"FCALL", "x", "1", "x"},
    {"XADD", "x", "*", "x", "x"},
    // Of the audit trail: to add to it, and (stile) to read it.
    {"DEL", "events"},
    {"EXPIRE", "events", "1"},
    {"XTRIM", "events", "MAXLEN", "0"},
};

const std::vector<Arguments> commands_of_the_admin = {
    {"SCAN", "0"},
    {"INFO"},
    {"CONFIG", "GET", "requirepass"},
    {"HSET", "client:x", "x", "x"},
    {"FCALL", "x", "1", "client:x"},
    {"DEL", "client:x"},
    {"HSET", "user:x", "x", "x"},
    {"FCALL", "x", "1", "user:x"},
    {"DEL", "user:x"},
    {"HSET", "signing_key:x", "x", "x"},
    {"SADD", "signing_keys", "x"},
    {"DEL", "signing_key:x"},
    {"XRANGE", "events", "-", "+"},
    {"ACL", "WHOAMI"},
};

} // namespace

TEST_CASE("STILE-acl-1 the functions' user may do nothing but what the functions do, with Stile's keys alone")
{
    Store store;
    check_refused(store.connection, commands_of_an_operator);
    check_refused(store.connection, commands_of_the_admin);
}

TEST_CASE("STILE-acl-2 the admin command's user may do nothing but administer Stile")
{
    Store store;
    check_refused(store.admin, commands_of_an_operator);
}

TEST_CASE("STILE-acl-3 a Lua function may do no more than who calls it")
{
    Store store;
    must(store.connection.command({"FUNCTION", "LOAD",
                                   "#!lua name=evil\n"
                                   "redis.register_function('evil_call', function(keys, args)\n"
                                   "  return redis.call(unpack(args))\n"
                                   "end)"}));
    for (const Arguments& command : std::vector<Arguments>{{"KEYS", "*"},
                                                           {"FLUSHALL"},
                                                           {"HGETALL", "x"},
                                                           {"HSET", "user:alice", "password_hash", "x"},
                                                           {"DEL", "signing_key:x"}}) {
        CAPTURE(command);
        Arguments words = {"FCALL", "evil_call", "0"};
        words.insert(words.end(), command.begin(), command.end());
        CHECK(refusal_of(store.connection, words).contains("The user executing the script can't"));
    }
    store.ask({"FUNCTION", "DELETE", "evil"});
}

TEST_CASE("STILE-acl-4 without a user and a password nobody gets in")
{
    const auto [what, user, password] = GENERATE(table<std::string, std::string, std::string>({
        {"no user", "", ""},
        {"the default user", "default", ""},
        {"the default user with a password", "default", "default"},
        {"a wrong password", "stile-functions", "stile"},
        {"another user's name", "stile", "stile-functions"},
    }));
    INFO(what);
    auto address = redis_server().address();
    address.user = user;
    address.password = Secret(password);
    const SystemClock clock;
    Connection connection(address, clock);
    CHECK(error_of(connection.command({"PING"})) == "temporarily_unavailable");
}

TEST_CASE("STILE-acl-5 the file as it is shipped opens no door: Redis refuses it until digests stand in it")
{
    std::ifstream file("redis/users.acl");
    const std::string shipped{std::istreambuf_iterator<char>(file), {}};
    for (const auto* line : {"user default off resetpass ", "user operator on #@OPERATOR@ ", "user stile on #@STILE@ ",
                             "user stile-functions on #@FUNCTIONS@ "})
        CHECK(("\n" + shipped).contains("\n" + std::string(line)));
    CHECK(std::ranges::count(shipped, '\n') == 4);
    CHECK_FALSE(shipped.contains("nopass"));
    CHECK_FALSE(shipped.contains(" >"));
    Store store;
    CHECK(refusal_of(store.as_operator, {"ACL", "SETUSER", "shipped", "#@STILE@"}).contains("Error in ACL SETUSER"));
}

} // namespace stile
