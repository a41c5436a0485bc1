// Redis is asked what its users may do (ACL DRYRUN), which carries nothing out. What they need stands in the tables
// below and in redis/users.acl; tests/store/users_acl_test.cpp holds the file against the code.
#include "functions/stile/findings.h"

#include <array>

namespace stile::admin {

namespace {

constexpr const char* what_to_do = "; see redis/README.md on users.acl";

// What every function may be asked to do with the records of these families.
constexpr std::array written_families = {"session:x",    "request:{x}", "grant:{x}",  "code:{x}x", "access:{x}x",
                                         "refresh:{x}x", "consent:x",   "throttle:x", "browser:x"};

std::vector<Arguments> needed_by_functions()
{
    std::vector<Arguments> commands = {
        {"FUNCTION", "LOAD", "x"},       {"TIME"},
        {"HGETALL", "client:x"},         {"HGETALL", "user:x"},
        {"SMEMBERS", "signing_keys"},    {"HGETALL", "signing_key:x"},
        {"EXPIRETIME", "signing_key:x"}, {"XADD", "events", "*", "x", "x"},
    };
    for (const auto* key : written_families)
        commands.insert(commands.end(), {{"FCALL", "x", "1", key},
                                         {"HGETALL", key},
                                         {"HGET", key, "x"},
                                         {"HSET", key, "x", "x"},
                                         {"HDEL", key, "x"},
                                         {"HINCRBY", key, "x", "1"},
                                         {"DEL", key},
                                         {"EXISTS", key},
                                         {"EXPIRE", key, "1"},
                                         {"TTL", key},
                                         {"PEXPIRETIME", key}});
    return commands;
}

std::vector<Arguments> needed_by_stile()
{
    auto commands = needed_by_functions();
    commands.insert(commands.end(), {{"SCAN", "0"},
                                     {"INFO"},
                                     {"CONFIG", "GET", "x"},
                                     {"FCALL", "x", "1", "client:x"},
                                     {"FCALL", "x", "1", "user:x"},
                                     {"DEL", "client:x"},
                                     {"DEL", "user:x"},
                                     {"SADD", "signing_keys", "x"},
                                     {"SREM", "signing_keys", "x"},
                                     {"HSET", "signing_key:x", "x", "x"},
                                     {"EXPIREAT", "signing_key:x", "1"},
                                     {"XRANGE", "events", "-", "+"},
                                     {"XREVRANGE", "events", "+", "-"},
                                     {"XREAD", "STREAMS", "events", "0"},
                                     {"XLEN", "events"}});
    return commands;
}

std::vector<Arguments> not_for_stile()
{
    return {{"HGETALL", "x"}, {"HSET", "x", "x", "x"},     {"KEYS", "*"},
            {"FLUSHALL"},     {"CONFIG", "SET", "x", "x"}, {"EVAL", "return 0", "0"},
            {"SHUTDOWN"},     {"DEBUG", "HELP"},           {"MONITOR"},
            {"ACL", "LIST"},  {"REPLICAOF", "x", "1"},     {"MODULE", "LIST"},
            {"SAVE"},         {"CLIENT", "LIST"}};
}

std::vector<Arguments> not_for_functions()
{
    auto commands = not_for_stile();
    commands.insert(commands.end(), {{"SCAN", "0"},
                                     {"HSET", "client:x", "x", "x"},
                                     {"HSET", "user:x", "x", "x"},
                                     {"HSET", "signing_key:x", "x", "x"},
                                     {"SADD", "signing_keys", "x"},
                                     {"XRANGE", "events", "-", "+"},
                                     {"DEL", "events"},
                                     {"CONFIG", "GET", "x"}});
    return commands;
}

std::string in_words(const Arguments& command)
{
    std::string text;
    for (const auto word : command)
        text.append(text.empty() ? "" : " ").append(word);
    return text;
}

Result<bool> may(Connection& connection, std::string_view user, const Arguments& command)
{
    Arguments words = {"ACL", "DRYRUN", user};
    words.insert(words.end(), command.begin(), command.end());
    return TRY(connection.command(words)).text == "OK";
}

// The first few of `commands` for which `may` is `answer`, in words.
Result<std::string> those_that(bool answer, Connection& connection, const std::string& user,
                               const std::vector<Arguments>& commands)
{
    constexpr int enough = 3;
    std::string found;
    int count = 0;
    for (const auto& command : commands)
        if (TRY(may(connection, user, command)) == answer && ++count <= enough)
            found.append(found.empty() ? "" : ", ").append(in_words(command));
    return count > enough ? found + " and " + std::to_string(count - enough) + " more" : found;
}

Result<void> check_user(const std::string& user, const std::vector<Arguments>& needed,
                        const std::vector<Arguments>& excessive, Connection& connection, Findings& findings)
{
    const auto missing = TRY(those_that(false, connection, user, needed));
    const auto excess = TRY(those_that(true, connection, user, excessive));
    if (!missing.empty())
        findings.problem("the Redis user " + user + " may not: " + missing + what_to_do);
    if (!excess.empty())
        findings.problem("the Redis user " + user + " may do more than it needs: " + excess + what_to_do);
    if (missing.empty() && excess.empty())
        findings.good("the Redis user " + user + " may do what it needs, and no more");
    return {};
}

bool lets_anybody_in(const Workplace& workplace)
{
    auto address = workplace.config.redis;
    address.user.clear();
    address.password = Secret();
    return Connection(address, workplace.clock).command({"PING"}).has_value();
}

} // namespace

Result<void> check_redis_users(Workplace& workplace, Findings& findings)
{
    auto& connection = workplace.connection;
    findings.require(!lets_anybody_in(workplace), "Redis asks for a password",
                     std::string("Redis lets anybody in who reaches it: turn its default user off") + what_to_do);
    const auto own = connection.command({"ACL", "WHOAMI"});
    if (!own || !may(connection, own->text, {"PING"})) {
        findings.note("Redis does not tell what its users may do (ACL WHOAMI, ACL DRYRUN)");
        return {};
    }
    TRY(check_user(own->text, needed_by_stile(), not_for_stile(), connection, findings));
    const std::string functions = "stile-functions";
    if (may(connection, functions, {"PING"}))
        TRY(check_user(functions, needed_by_functions(), not_for_functions(), connection, findings));
    else
        findings.note("Redis has no user stile-functions: see that the functions have a user of their own");
    // https://github.com/redis/redis/issues/14541: EXEC checks rights while the append-only file is read.
    findings.require(
        TRY(may(connection, "default", {"HSET", "grant:{x}", "x", "x"})),
        "the default user can replay the append-only file",
        "the default user may not write: Redis replays the steps in its append-only file as that user and would "
        "forget every token at its next start; ACL SETUSER default off ~* &* +@all");
    return {};
}

} // namespace stile::admin
