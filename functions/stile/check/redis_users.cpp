// Redis is asked what its users may do (ACL DRYRUN), which carries nothing out. What they need stands in the tables
// below and in redis/users.acl; tests/store/users_acl_test.cpp holds the file against the code.
#include "functions/stile/check/checks.h"

#include "shared/base/text.h"

#include <algorithm>
#include <span>

namespace stile::admin {

namespace {

constexpr const char* what_to_do = "; see redis/README.md on users.acl";

// Commands of one user, each on each of the keys; a command without a key has none.
struct Right {
    std::string_view commands;
    std::string_view keys;
};

constexpr std::string_view writing = "FCALL HSET DEL EXPIRE";
constexpr std::string_view counting = "FCALL HGETALL HGET HSET HINCRBY HDEL DEL EXPIRE";
constexpr std::string_view all_tokens = "access:{x}x refresh:{x}x";
constexpr Right to_add_events = {"XADD", "events"};
constexpr Right to_read_clients = {"HGETALL", "client:x"};
constexpr Right to_list_keys = {"SMEMBERS", "signing_keys"};
constexpr Right to_read_keys = {"HGETALL EXPIRETIME", "signing_key:x"};
constexpr Right to_read_profiles = {"HGETALL", "profile:x"};
constexpr Right to_note_grants = {"HSET HDEL HLEN HGETALL EXPIRE", "session_grants:x"};
constexpr Right to_count_clients = {counting, "throttle:client:x"};
constexpr Right to_count_logins = {counting, "throttle:login:x"};
constexpr Right to_greet = {"TIME SELECT PING CLIENT", ""};
constexpr Right to_know_the_layout = {"GET", "schema"};

struct FunctionUser {
    std::string name;
    std::vector<Right> rights;
};

std::vector<FunctionUser> function_users(bool offers_passwords)
{
    std::vector<FunctionUser> users = {
        {"stile-authorize",
         {to_read_clients,
          to_list_keys,
          to_read_keys,
          {"HGETALL", "session:x consent:x"},
          {writing, "request:{x} code:{x}x"},
          to_note_grants,
          {"EXISTS", "grant:{x}"},
          {"HGETALL FCALL HSET DEL EXPIRE", "grant:{x}"},
          {"DEL", all_tokens},
          to_add_events}},
        {"stile-login",
         {to_read_clients,
          {"HGETALL", "user:x request:{x} session:x browser:x"},
          {writing, "session:x browser:x"},
          {"HGETALL DEL EXPIRE", "session_grants:x"},
          {"FCALL HGETALL DEL", "grant:{x}"},
          {"DEL", all_tokens},
          {"ZADD EXPIRE", "logout_notices"},
          to_count_logins,
          to_add_events}},
        {"stile-consent",
         {to_read_clients,
          {"HGETALL", "session:x request:{x} code:{x}x grant:{x} consent:x"},
          {"HGET", "consent:x"},
          {"EXISTS", "grant:{x}"},
          {writing, "request:{x} code:{x}x grant:{x} consent:x"},
          to_note_grants,
          {"DEL", all_tokens},
          to_add_events}},
        {"stile-token",
         {to_read_clients,
          to_list_keys,
          to_read_keys,
          to_read_profiles,
          {"FCALL HGETALL HSET HDEL DEL EXPIRE TTL", "code:{x}x grant:{x} access:{x}x refresh:{x}x"},
          to_count_clients,
          to_add_events}},
        {"stile-introspect",
         {to_read_clients,
          to_list_keys,
          to_read_keys,
          {"FCALL_RO HGETALL PEXPIRETIME", "access:{x}x refresh:{x}x grant:{x}"},
          to_count_clients,
          to_add_events}},
        {"stile-revoke",
         {to_read_clients,
          to_list_keys,
          to_read_keys,
          {"FCALL HGETALL DEL", "access:{x}x refresh:{x}x grant:{x}"},
          to_count_clients,
          to_add_events}},
        {"stile-verify", {to_list_keys, to_read_keys, {"FCALL_RO HGETALL PEXPIRETIME", "access:{x}x grant:{x}"}}},
        {"stile-userinfo",
         {to_read_clients,
          to_list_keys,
          to_read_keys,
          to_read_profiles,
          {"FCALL_RO HGETALL PEXPIRETIME", "access:{x}x grant:{x}"}}},
        {"stile-logout",
         {to_read_clients,
          to_list_keys,
          to_read_keys,
          {"HGETALL DEL", "session:x session_grants:x"},
          {"FCALL HGETALL DEL", "grant:{x}"},
          {"DEL", all_tokens},
          {"FCALL ZRANGE ZADD ZREM EXPIRE", "logout_notices"},
          to_add_events}},
        {"stile-metadata", {to_list_keys, to_read_keys}},
        {"stile-metrics", {{"INFO DBSIZE RANDOMKEY SCAN", ""}}},
    };
    for (auto& user : users) {
        user.rights.insert(user.rights.end(), {to_greet, to_know_the_layout});
        if (user.name == "stile-token" && offers_passwords)
            user.rights.insert(user.rights.end(), {{"HGETALL", "user:x browser:x"}, to_count_logins});
    }
    return users;
}

// What every function's user is tried with: whatever of it does not stand in its rights, it must not be able to do.
constexpr Right probes[] = {
    {"HGETALL HSET DEL EXPIRE FCALL",
     "client:x user:x session:x request:{x} grant:{x} code:{x}x access:{x}x refresh:{x}x consent:x throttle:client:x "
     "throttle:login:x throttle:x browser:x signing_key:x profile:x session_grants:x"},
    {"FCALL ZRANGE ZADD ZREM DEL", "logout_notices"},
    {"GET SET DEL", "pairwise_salt"},
    {"SMEMBERS SADD DEL", "signing_keys"},
    {"GET SET DEL", "schema"},
    {"XADD XRANGE DEL", "events"},
    {"SCAN INFO DBSIZE RANDOMKEY FUNCTION", ""},
};

// A call that has the right number of arguments: Redis judges no other.
Arguments call_of(std::string_view command, std::string_view key)
{
    if (command == "FCALL" || command == "FCALL_RO")
        return {command, "x", "1", key};
    if (command == "XADD")
        return {command, key, "*", "x", "x"};
    if (command == "ZADD")
        return {command, key, "1", "x"};
    if (command == "ZRANGE")
        return {command, key, "0", "0"};
    if (command == "XRANGE")
        return {command, key, "-", "+"};
    if (command == "SCAN" || command == "SELECT")
        return {command, "0"};
    if (command == "CLIENT")
        return {command, "SETNAME", "x"};
    if (command == "FUNCTION")
        return {command, "LOAD", "x"};
    Arguments words = {command};
    if (!key.empty())
        words.push_back(key);
    if (command == "HGET" || command == "HDEL" || command == "SADD" || command == "SET" || command == "ZREM")
        words.emplace_back("x");
    if (command == "HSET")
        words.insert(words.end(), {"x", "x"});
    if (command == "HINCRBY")
        words.insert(words.end(), {"x", "1"});
    if (command == "EXPIRE")
        words.emplace_back("1");
    return words;
}

std::vector<Arguments> calls_of(std::span<const Right> rights)
{
    std::vector<Arguments> calls;
    for (const auto& right : rights)
        for (const auto command : split(right.commands, ' '))
            for (const auto key : split(right.keys, ' '))
                calls.push_back(call_of(command, key));
    return calls;
}

std::vector<Arguments> needed_by_stile()
{
    constexpr Right records = {"HGETALL HGET HSET HDEL HINCRBY DEL EXISTS EXPIRE TTL PEXPIRETIME FCALL",
                               "session:x request:{x} grant:{x} code:{x}x access:{x}x refresh:{x}x consent:x "
                               "throttle:client:x throttle:login:x browser:x profile:x session_grants:x"};
    const Right rights[] = {records,       to_read_clients, {"HGETALL", "user:x"}, to_list_keys, to_read_keys,
                            to_add_events, to_greet,        to_know_the_layout};
    auto commands = calls_of(rights);
    commands.insert(commands.end(), {{"FUNCTION", "LOAD", "x"},
                                     {"FUNCTION", "LIST"},
                                     {"FUNCTION", "DELETE", "x"},
                                     {"CLIENT", "LIST"},
                                     {"SET", "schema", "1", "NX"},
                                     {"SCAN", "0"},
                                     {"INFO"},
                                     {"CONFIG", "GET", "x"},
                                     {"FCALL", "x", "1", "client:x"},
                                     {"FCALL", "x", "1", "user:x"},
                                     {"FCALL", "x", "2", "client:x", "user:x"},
                                     {"EXPIRETIME", "grant:{x}"},
                                     {"ZADD", "logout_notices", "1", "x"},
                                     {"EXPIRE", "logout_notices", "1"},
                                     {"GET", "pairwise_salt"},
                                     {"SET", "pairwise_salt", "x"},
                                     {"SET", "pairwise_salt", "x", "NX", "GET"},
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
    return {{"HGETALL", "x"},
            {"HSET", "x", "x", "x"},
            {"KEYS", "*"},
            {"FLUSHALL"},
            {"CONFIG", "SET", "x", "x"},
            {"EVAL", "return 0", "0"},
            {"SHUTDOWN"},
            {"DEBUG", "HELP"},
            {"MONITOR"},
            {"ACL", "LIST"},
            {"REPLICAOF", "x", "1"},
            {"MODULE", "LIST"},
            {"SAVE"},
            {"CLIENT", "KILL", "TYPE", "normal"},
            {"FUNCTION", "FLUSH"}};
}

std::vector<Arguments> not_for(const std::vector<Arguments>& needed)
{
    auto commands = not_for_stile();
    const auto more = calls_of(probes);
    commands.insert(commands.end(), more.begin(), more.end());
    commands.insert(commands.end(), {{"CONFIG", "GET", "x"}, {"ACL", "WHOAMI"}, {"CLIENT", "LIST"}});
    std::erase_if(commands,
                  [&](const Arguments& command) { return std::ranges::find(needed, command) != needed.end(); });
    return commands;
}

std::string in_words(const Arguments& command)
{
    std::string text;
    for (const auto word : command)
        text.append(text.empty() ? "" : " ").append(word);
    return text;
}

Arguments dryrun_of(std::string_view user, const Arguments& command)
{
    Arguments words = {"ACL", "DRYRUN", user};
    words.insert(words.end(), command.begin(), command.end());
    return words;
}

Result<bool> may(Connection& connection, std::string_view user, const Arguments& command)
{
    return TRY(connection.command(dryrun_of(user, command))).text == "OK";
}

// The first few of `commands` for which `may` is `answer`, in words.
Result<std::string> those_that(bool answer, Connection& connection, const std::string& user,
                               const std::vector<Arguments>& commands)
{
    constexpr int enough = 3;
    std::vector<Arguments> questions;
    questions.reserve(commands.size());
    for (const auto& command : commands)
        questions.push_back(dryrun_of(user, command));
    const auto replies = TRY(connection.pipeline(questions));
    std::string found;
    int count = 0;
    for (std::size_t i = 0; i < commands.size(); ++i)
        if ((replies[i].text == "OK") == answer && ++count <= enough)
            found.append(found.empty() ? "" : ", ").append(in_words(commands[i]));
    return count > enough ? found + " and " + std::to_string(count - enough) + " more" : found;
}

Result<void> check_user(const std::string& user, const std::vector<Arguments>& needed,
                        const std::vector<Arguments>& excessive, Connection& connection, CheckReport& report)
{
    const auto missing = TRY(those_that(false, connection, user, needed));
    const auto excess = TRY(those_that(true, connection, user, excessive));
    if (!missing.empty())
        report.problem("the Redis user " + user + " lacks rights: " + missing + what_to_do);
    if (!excess.empty())
        report.problem("the Redis user " + user + " has more rights than it needs: " + excess + what_to_do);
    if (missing.empty() && excess.empty())
        report.good("the Redis user " + user + " has exactly the rights that it needs");
    return {};
}

bool lets_anybody_in(const AdminContext& context)
{
    auto address = context.config.redis;
    address.user.clear();
    address.password = Secret();
    return Connection(address, context.clock).command({"PING"}).has_value();
}

} // namespace

Result<void> check_redis_users(AdminContext& context, CheckReport& report)
{
    auto& connection = context.connection;
    report.require(!lets_anybody_in(context), "Redis requires a password",
                   std::string("Redis accepts connections without a password; disable its default user") + what_to_do);
    const auto own = connection.command({"ACL", "WHOAMI"});
    if (!own || !may(connection, own->text, {"PING"})) {
        report.note("Redis does not show the rights of its users (ACL WHOAMI, ACL DRYRUN)");
        return {};
    }
    TRY(check_user(own->text, needed_by_stile(), not_for_stile(), connection, report));
    for (const auto& [name, rights] : function_users(context.config.settings.offers("password"))) {
        const auto needed = calls_of(rights);
        if (may(connection, name, {"PING"}))
            TRY(check_user(name, needed, not_for(needed), connection, report));
        else
            report.note("Redis has no user " + name + "; give this function its own user" + what_to_do);
    }
    // https://github.com/redis/redis/issues/14541: EXEC checks rights while the append-only file is read.
    report.require(
        TRY(may(connection, "default", {"HSET", "grant:{x}", "x", "x"})),
        "the default user can replay the append-only file",
        "the default user may not write: Redis replays the steps in its append-only file as that user and would "
        "lose all tokens at its next start; run ACL SETUSER default off ~* &* +@all");
    return {};
}

} // namespace stile::admin
