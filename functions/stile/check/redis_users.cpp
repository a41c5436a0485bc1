// Redis is asked what its users may do (ACL DRYRUN), which carries nothing out, and the answers are compared with
// redis/users.acl; tests/store/users_acl_test.cpp compares the file with the code.
#include "functions/stile/check/checks.h"
#include "functions/stile/check/redis_rights.h"

#include "shared/base/text.h"

#include <algorithm>
#include <set>

namespace stile::admin {

namespace {

constexpr const char* what_to_do = "; see redis/README.md on users.acl";

// A call with the right number of arguments, as Redis judges no other; "@" stands for a key.
struct Probe {
    std::string_view command; // as redis/users.acl names it
    std::string_view words;
    KeyAccess access = KeyAccess::any;
};

constexpr Probe probes[] = {
    {"get", "GET @", KeyAccess::read},
    {"set", "SET @ x", KeyAccess::write},
    {"del", "DEL @", KeyAccess::write},
    {"exists", "EXISTS @", KeyAccess::any},
    {"expire", "EXPIRE @ 1", KeyAccess::write},
    {"expireat", "EXPIREAT @ 1", KeyAccess::write},
    {"ttl", "TTL @", KeyAccess::read},
    {"expiretime", "EXPIRETIME @", KeyAccess::read},
    {"pexpiretime", "PEXPIRETIME @", KeyAccess::read},
    {"hgetall", "HGETALL @", KeyAccess::read},
    {"hget", "HGET @ x", KeyAccess::read},
    {"hlen", "HLEN @", KeyAccess::any},
    {"hset", "HSET @ x x", KeyAccess::write},
    {"hdel", "HDEL @ x", KeyAccess::write},
    {"hincrby", "HINCRBY @ x 1", KeyAccess::both},
    {"smembers", "SMEMBERS @", KeyAccess::read},
    {"sadd", "SADD @ x", KeyAccess::write},
    {"srem", "SREM @ x", KeyAccess::write},
    {"zrange", "ZRANGE @ 0 0", KeyAccess::read},
    {"zadd", "ZADD @ 1 x", KeyAccess::write},
    {"zrem", "ZREM @ x", KeyAccess::write},
    {"zcard", "ZCARD @", KeyAccess::any},
    {"zrandmember", "ZRANDMEMBER @", KeyAccess::read},
    {"zremrangebyscore", "ZREMRANGEBYSCORE @ 0 0", KeyAccess::write},
    {"xadd", "XADD @ * x x", KeyAccess::write},
    {"xlen", "XLEN @", KeyAccess::any},
    {"xrange", "XRANGE @ - +", KeyAccess::read},
    {"xrevrange", "XREVRANGE @ + -", KeyAccess::read},
    {"xread", "XREAD STREAMS @ 0", KeyAccess::read},
    {"xinfo|stream", "XINFO STREAM @", KeyAccess::read},
    {"xtrim", "XTRIM @ MAXLEN 0", KeyAccess::write},
    {"xdel", "XDEL @ 0-1", KeyAccess::write},
    {"fcall", "FCALL x 1 @", KeyAccess::both},
    {"fcall_ro", "FCALL_RO x 1 @", KeyAccess::read},
    {"time", "TIME"},
    {"select", "SELECT 0"},
    {"ping", "PING"},
    {"client|setname", "CLIENT SETNAME x"},
    {"client|list", "CLIENT LIST"},
    {"client|kill", "CLIENT KILL TYPE normal"},
    {"info", "INFO"},
    {"scan", "SCAN 0"},
    {"dbsize", "DBSIZE"},
    {"randomkey", "RANDOMKEY"},
    {"config|get", "CONFIG GET x"},
    {"config|set", "CONFIG SET x x"},
    {"acl|whoami", "ACL WHOAMI"},
    {"acl|dryrun", "ACL DRYRUN x PING"},
    {"acl|list", "ACL LIST"},
    {"function|load", "FUNCTION LOAD x"},
    {"function|list", "FUNCTION LIST"},
    {"function|delete", "FUNCTION DELETE x"},
    {"function|flush", "FUNCTION FLUSH"},
    {"keys", "KEYS *"},
    {"flushall", "FLUSHALL"},
    {"eval", "EVAL x 0"},
    {"shutdown", "SHUTDOWN"},
    {"debug", "DEBUG HELP"},
    {"monitor", "MONITOR"},
    {"replicaof", "REPLICAOF x 1"},
    {"module|list", "MODULE LIST"},
    {"save", "SAVE"},
};

// What users are asked about: each pattern of the file, and a key that belongs to another program.
std::set<std::string> keys_in_question(const std::vector<RedisUser>& users)
{
    std::set<std::string> keys = {"x"};
    for (const auto& user : users)
        for (const auto& key : user.rights.sample_keys())
            keys.insert(key);
    return keys;
}

struct Question {
    std::vector<std::string> words; // ACL DRYRUN, the user, and the call
    bool expected;
};

std::vector<Question> questions_about(const RedisUser& user, const std::set<std::string>& keys)
{
    std::vector<Question> questions;
    for (const auto& probe : probes) {
        const bool has_key = probe.words.contains('@');
        for (const auto& key : has_key ? keys : std::set<std::string>{""}) {
            std::vector<std::string> words = {"ACL", "DRYRUN", user.name};
            for (const auto word : split(probe.words, ' '))
                words.emplace_back(word == "@" ? key : word);
            questions.push_back({std::move(words), user.rights.allow(probe.command, key, probe.access)});
        }
    }
    return questions;
}

// The calls that were found, in words: the first few.
class Calls {
public:
    void add(const Question& question)
    {
        if (++m_count > enough)
            return;
        const std::vector<std::string> call(question.words.begin() + 3, question.words.end());
        m_text.append(m_text.empty() ? "" : ", ").append(join(call, " "));
    }
    bool empty() const { return m_count == 0; }
    std::string text() const
    {
        return m_count > enough ? m_text + " and " + std::to_string(m_count - enough) + " more" : m_text;
    }

private:
    static constexpr int enough = 3;
    int m_count = 0;
    std::string m_text;
};

Result<void> check_user(const RedisUser& user, const std::set<std::string>& keys, Connection& connection,
                        CheckReport& report)
{
    const auto questions = questions_about(user, keys);
    std::vector<stile::Command> commands;
    commands.reserve(questions.size());
    for (const auto& question : questions)
        commands.push_back(question.words);
    const auto replies = TRY(connection.run(commands));
    Calls missing, excess;
    for (std::size_t i = 0; i < questions.size(); ++i)
        if (const bool may = replies[i].text == "OK"; may != questions[i].expected)
            (may ? excess : missing).add(questions[i]);
    if (!missing.empty())
        report.problem("the Redis user " + user.name + " lacks rights: " + missing.text() + what_to_do);
    if (!excess.empty())
        report.problem("the Redis user " + user.name + " has more rights than it needs: " + excess.text() + what_to_do);
    if (missing.empty() && excess.empty())
        report.good("the Redis user " + user.name + " has exactly the rights that it needs");
    return {};
}

Result<bool> may(Connection& connection, std::string_view user, const Arguments& call)
{
    Arguments words = {"ACL", "DRYRUN", user};
    words.insert(words.end(), call.begin(), call.end());
    return TRY(connection.command(words)).text == "OK";
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
    auto users = redis_users(context.config.settings.offers("password"));
    const auto keys = keys_in_question(users);
    for (auto& user : users) {
        if (user.name == "stile")
            user.name = own->text; // it may have another name
        if (may(connection, user.name, {"PING"}))
            TRY(check_user(user, keys, connection, report));
        else
            report.note("Redis has no user " + user.name + "; give this function its own user" + what_to_do);
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
