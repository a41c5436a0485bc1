// redis/users.acl: the rights of each user, and their limits. The tests of whole flows show that they are sufficient:
// there each function has its own user.
#include "shared/base/text.h"
#include "shared/store/consents.h"
#include "shared/store/events.h"
#include "shared/store/known_browsers.h"
#include "shared/store/logout_notices.h"
#include "shared/store/profiles.h"
#include "shared/store/redis_health.h"
#include "shared/store/sessions.h"
#include "shared/store/signing_keys.h"
#include "shared/store/silent_approval.h"
#include "shared/store/throttles.h"
#include "shared/store/users.h"
#include "shared/store/users_acl.h"
#include "tests/store/store.h"
#include "tests/support/endpoints.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <sstream>

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
    {"FLUSHALL"},
    {"FLUSHDB"},
    {"CONFIG", "SET", "appendonly", "no"},
    {"DEBUG", "SLEEP", "0"},
    {"SCRIPT", "LOAD", "return 1"},
    {"EVAL", "return 1", "0"},
    {"SHUTDOWN", "NOSAVE"},
    {"ACL", "LIST"},
    {"ACL", "SETUSER", "stile-token", "+@all"},
    {"FUNCTION", "FLUSH"},
    {"CLIENT", "KILL", "TYPE", "normal"},
    {"REPLICAOF", "127.0.0.1", "1"},
    {"MODULE", "LIST"},
    {"BGREWRITEAOF"},
    {"SWAPDB", "0", "1"},
    {"DUMP", "grant:{x}"},
    {"RENAME", "grant:{x}", "grant:{y}"},
    {"COPY", "grant:{x}", "grant:{y}"},
    {"SUBSCRIBE", "x"},
    {"PUBLISH", "x", "x"},
    // Keys of other programs.
    {"HGETALL", "x"},
    {"HSET", "x", "x", "x"},
    {"DEL", "x"},
    {"HGETALL", "clients"},
    {"FCALL", "x", "1", "x"},
    {"XADD", "x", "*", "x", "x"},
    // Of the audit trail: to add to it, and (the admin command) to read it.
    {"DEL", "events"},
    {"EXPIRE", "events", "1"},
    {"XADD", "events", "*", "x", "x"}, // of earlier versions
    {"XADD", "events", "MAXLEN", "0", "*", "x", "x"},
    {"XTRIM", "events", "MAXLEN", "0"},
    {"XADD", "events:x", "*", "x", "x"},
    {"XTRIM", "events:token", "MAXLEN", "0"},
    {"XTRIM", "events:stile", "MAXLEN", "0"},
    {"DEL", "events:token"},
    {"DEL", "events:stile"},
    {"XDEL", "events:token", "0-1"},
    {"XSETID", "events:token", "9-9"},
};

const std::vector<Arguments> commands_of_the_admin = {
    {"CONFIG", "GET", "requirepass"},
    {"ACL", "WHOAMI"},
    {"ACL", "DRYRUN", "stile-token", "PING"},
    {"XRANGE", "events", "-", "+"},
    {"XRANGE", "events:token", "-", "+"},
    {"XINFO", "STREAM", "events:login"},
    {"XADD", "events:stile", "*", "x", "x"},
    {"FUNCTION", "LOAD", "#!lua name=x\nredis.register_function('x', function() end)"},
    {"FUNCTION", "LOAD", "REPLACE", "#!lua name=x\nredis.register_function('x', function() end)"},
    {"FUNCTION", "LIST"},
    {"FUNCTION", "DELETE", "stile"},
    {"CLIENT", "LIST"},
    {"SET", "schema", "1"},
    {"FUNCTION", "DUMP"},
};

const std::vector<Arguments> commands_of_a_watcher = {{"SCAN", "0"}, {"INFO"}, {"DBSIZE"}, {"RANDOMKEY"}};

// The rights of each function's user on each kind of record: r: read, w: write, -: neither. A function without a column
// reads only `schema`. Counting needs both. "own" stands for the function.
constexpr const char* rights = R"(
key               authorize login consent token introspect revoke verify userinfo logout metadata
client:x          r         r     r       r     r          r      r      r        r      -
user:x            -         r     -       -     -          -      -      -        -      -
session:x         r         rw    r       -     -          -      -      -        rw     -
request:{x}       w         r     rw      -     -          -      -      -        -      -
code:{x}x         w         -     rw      rw    -          -      -      -        -      -
grant:{x}         rw        rw    rw      rw    r          rw     r      r        rw     -
access:{x}x       w         w     w       rw    r          rw     r      r        w      -
refresh:{x}x      w         w     w       rw    r          rw     -      -        w      -
consent:x         r         -     rw      -     -          -      -      -        -      -
throttle:login:x  -         rw    -       -     -          -      -      -        -      -
throttle:client:x -         -     -       rw    rw         rw     -      -        -      -
throttle:x        -         -     -       -     -          -      -      -        -      -
browser:x         -         rw    -       -     -          -      -      -        -      -
signing_key:x     r         -     -       r     r          r      r      r        r      r
signing_keys      r         -     -       r     r          r      r      r        r      r
profile:x         -         -     -       r     -          -      -      r        -      -
session_grants:x  rw        rw    rw      -     -          -      -      -        rw     -
user_sessions:x   -         rw    -       -     -          -      -      -        -      -
user_grants:x     rw        -     rw      rw    -          -      -      -        -      -
user_browsers:x   -         rw    -       -     -          -      -      -        -      -
user_consents:x   -         -     rw      -     -          -      -      -        -      -
client_grants:x   rw        -     rw      rw    -          -      -      -        -      -
client_consents:x -         -     rw      -     -          -      -      -        -      -
indexed           -         -     -       -     -          -      -      -        -      -
logout_notices    -         w     -       -     -          -      -      -        rw     -
pairwise_salt     -         -     -       -     -          -      -      -        -      -
subject:x         -         -     -       -     -          -      -      -        -      -
subjects_recorded -         -     -       -     -          -      -      -        -      -
schema            r         r     r       r     r          r      r      r        r      r
events            -         -     -       -     -          -      -      -        -      -
events:own        w         w     w       w     w          w      -      -        w      -
events:own:x      w         w     w       w     w          w      -      -        w      -
x                 -         -     -       -     -          -      -      -        -      -
)";

// The table by function and key, with the functions that have no column.
std::map<std::string, std::map<std::string, std::string>> rights_by_function()
{
    std::map<std::string, std::map<std::string, std::string>> found;
    std::istringstream lines(rights);
    std::vector<std::string> functions;
    std::vector<std::string> others = test::endpoints();
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string key;
        words >> key;
        if (key == "key") {
            functions.assign(std::istream_iterator<std::string>(words), {});
            for (const auto& function : functions)
                std::erase(others, function);
            continue;
        }
        if (key.empty())
            continue;
        for (const auto& function : functions)
            words >> found[function][key];
        for (const auto& function : others)
            found[function][key] = key == "schema" ? "r" : "-";
    }
    return found;
}

// The rights (r, w) of the user on the key, found by executing commands.
std::string found_rights(Connection& connection, const std::string& key)
{
    const auto is_refused = [&](const Arguments& command) {
        const auto refusal = refusal_of(connection, command);
        CHECK((refusal == "carried out" || refusal.starts_with("Redis: NOPERM")
               || refusal.starts_with("Redis: ERR Function not found")));
        return refusal.starts_with("Redis: NOPERM");
    };
    const auto reading = key == "signing_keys"                       ? Arguments{"SMEMBERS", key}
                         : key == "schema" || key == "pairwise_salt" ? Arguments{"GET", key}
                         : key == "logout_notices" || key.starts_with("user_") || key.starts_with("client_")
                             ? Arguments{"ZRANGE", key, "0", "0"}
                             : Arguments{"HGETALL", key};
    const bool reads = !is_refused(reading);
    bool writes = !is_refused({"HSET", key, "x", "x"});
    for (const Arguments& command :
         std::vector<Arguments>{{"DEL", key}, {"XADD", key, "*", "x", "x"}, {"ZADD", key, "1", "x"}})
        writes = !is_refused(command) || writes;
    if (!is_refused({"FCALL", "x", "1", key})) // a step may do both with its keys
        CHECK(writes);
    if (!is_refused({"FCALL_RO", "x", "1", key}))
        CHECK(reads);
    // No other command can access it.
    for (const Arguments& command : std::vector<Arguments>{{"DUMP", key},
                                                           {"TYPE", key},
                                                           {"RENAME", key, key},
                                                           {"COPY", key, key},
                                                           {"MIGRATE", "127.0.0.1", "1", key, "0", "1"},
                                                           {"HKEYS", key},
                                                           {"HRANDFIELD", key},
                                                           {"SORT", key},
                                                           {"GETDEL", key},
                                                           {"SET", key, "x"},
                                                           {"OBJECT", "ENCODING", key},
                                                           {"PERSIST", key},
                                                           {"SADD", key, "x"},
                                                           {"XRANGE", key, "-", "+"},
                                                           {"UNLINK", key}})
        CHECK(is_refused(command));
    return reads && writes ? "rw" : reads ? "r" : writes ? "w" : "-";
}

// The commands that each function sends to Redis; each must be accepted.
struct Use {
    std::string function;
    std::function<void(Store&)> run;
};

constexpr ThrottleRule client_rule = {"client", 1, 60, 60};
constexpr ThrottleRule by_user = {"login:user", 1, 60, 60};

void count_and_forgive(Store& store, const ThrottleRule& rule)
{
    Throttles throttles(store.connection);
    must(throttles.count({{rule, "x"}}, noon));
    must(throttles.count({{rule, "x"}}, noon)); // one more than is taken back
    must(throttles.forgive({{rule, "x"}}));
    must(throttles.forgive({{rule, "x"}}));
}

void check_and_list(Store& store, const ThrottleRule& rule)
{
    count_and_forgive(store, rule);
    must(SigningKeys(store.connection).list());
}

void approve_silently(Store& store)
{
    const auto code = store.code_of(store.random.base62(grant_id_length));
    const auto request = store.request({.scope = "openid"});
    const ResourceOwner owner = {"alice", "alice", noon};
    const auto found =
        must(SilentApprovals(store.connection).approve({code, request, owner, "alice", "id", "id"}, noon, {}));
    CHECK_FALSE(found.remembered);
    CHECK_FALSE(found.session_exists);
    must(SilentApprovals(store.connection).revoke({code, request, owner, "alice", "id", "id"}));
}

const Use uses[] = {
    {"authorize", [](Store& store) { store.park(); }},
    {"authorize", [](Store& store) { must(store.grants.revoke(store.issue_code().grant_id())); }},
    {"authorize", [](Store& store) { must(store.grants.revoke(Store(Store::Shared()).tokens().access.grant_id())); }},
    {"authorize", [](Store& store) { must(Consents(store.connection).find("app", "alice")); }},
    {"authorize",
     [](Store& store) {
         approve_silently(store);
         Store shared{Store::Shared()};
         must(Sessions(shared.as_operator).record_grant({"id", "id", "g", "app", true, false}, 60));
         CHECK(must(Sessions(store.connection).prune_ended("id")) == 0);
     }},
    {"authorize", [](Store& store) { must(SigningKeys(store.connection).list()); }},
    {"login", [](Store& store) { must(store.requests.find(Store(Store::Shared()).park())); }},
    {"login",
     [](Store& store) {
         must(Sessions(store.connection).save("id", {"alice", "alice", noon, "x"}, 60));
         must(Sessions(store.connection).end("id"));
     }},
    {"login",
     [](Store& store) {
         const auto tokens = Store(Store::Shared()).tokens();
         Sessions sessions(store.connection);
         must(sessions.extend_grants("id", 60));
         must(sessions.grants_of("id"));
         must(sessions.pop_grants("id"));
         must(store.grants.revoke(std::vector<std::string>{tokens.access.grant_id()}));
         must(LogoutNotices(store.connection).add({{"id", "app", "alice", "sid"}}, noon));
     }},
    {"login", [](Store& store) { must(KnownBrowsers(store.connection).save("id", {"alice", noon, "x"}, 60)); }},
    {"login", [](Store& store) { must(Users(store.connection).find("alice")); }},
    {"login", [](Store& store) { count_and_forgive(store, by_user); }},
    {"consent",
     [](Store& store) {
         const auto id = Store(Store::Shared()).park();
         const auto code = store.code_of(id);
         CHECK(must(store.approve(id, code)) == ApprovalOutcome::approved);
         CHECK(must(store.approve(id, code)) == ApprovalOutcome::repeated);
         must(store.grants.revoke(id));
     }},
    {"consent",
     [](Store& store) {
         const auto browser = sha256_base64url("browser");
         CHECK(must(store.requests.deny(Store(Store::Shared()).park(), browser)) == DenialOutcome::denied);
     }},
    {"consent",
     [](Store& store) {
         Consents consents(store.connection);
         must(consents.save("app", "alice", must(Scope::parse("email")), noon, 60));
         must(store.as_operator.command({"HSET", "consent:app:alice", "new", "of a later version"}));
         must(consents.save("app", "alice", must(Scope::parse("email")), noon, 60)); // takes the field away
         must(consents.find("app", "alice"));
         must(consents.forget("app", "alice"));
         must(Sessions(store.connection).find("id"));
         must(Sessions(store.connection).record_grant({"id", "id", "g", "app", true, false}, 60));
         must(Sessions(store.connection).prune_ended("id"));
     }},
    {"token",
     [](Store& store) {
         const auto code = Store(Store::Shared()).issue_code();
         const auto tokens = store.redeem(code).tokens;
         CHECK(store.rotate(*tokens.refresh, {.grace = 60}).outcome == Rotation::Outcome::rotated);
         CHECK(store.rotate(*tokens.refresh, {.grace = 60}).outcome == Rotation::Outcome::repeated);
         CHECK(store.rotate(*tokens.refresh).outcome == Rotation::Outcome::reused);
         CHECK(store.redeem(code).outcome == Redemption::Outcome::replayed);
     }},
    {"token",
     [](Store& store) {
         const auto pair = TokenPair::mint(store.random.base62(grant_id_length), true, store.random);
         must(store.grants.issue_for_client({pair.access, std::nullopt}, "app", "email", noon, {}));
         must(store.grants.issue_for_user(pair, "app", "email", {"alice", "alice", noon}, noon, {}));
         must(store.grants.revoke(pair.access.grant_id())); // its user's password has just changed
     }},
    {"token", [](Store& store) { must(Profiles(store.connection).find("alice")); }},
    {"token", [](Store& store) { check_and_list(store, client_rule); }},
    {"introspect",
     [](Store& store) {
         const auto tokens = Store(Store::Shared()).tokens();
         CHECK(must(store.grants.inspect(TokenKind::access, tokens.access)).has_value());
         CHECK(must(store.grants.inspect(TokenKind::refresh, *tokens.refresh)).has_value());
     }},
    {"introspect", [](Store& store) { check_and_list(store, client_rule); }},
    {"revoke",
     [](Store& store) {
         const auto tokens = Store(Store::Shared()).tokens();
         must(store.grants.revoke_token(TokenKind::access, tokens.access, "app"));
         CHECK(must(store.grants.revoke_token(TokenKind::refresh, *tokens.refresh, "app")).outcome
               == Revocation::Outcome::revoked);
     }},
    {"revoke", [](Store& store) { check_and_list(store, client_rule); }},
    {"verify",
     [](Store& store) {
         const auto tokens = Store(Store::Shared()).tokens();
         CHECK(must(store.grants.inspect(TokenKind::access, tokens.access)).has_value());
         must(SigningKeys(store.connection).list());
     }},
    {"userinfo",
     [](Store& store) {
         const auto tokens = Store(Store::Shared()).tokens();
         CHECK(must(store.grants.inspect(TokenKind::access, tokens.access)).has_value());
         must(Profiles(store.connection).find("alice"));
         must(SigningKeys(store.connection).list());
     }},
    {"logout",
     [](Store& store) {
         const auto tokens = Store(Store::Shared()).tokens();
         must(Sessions(store.connection).find("id"));
         must(Sessions(store.connection).end("id"));
         must(Sessions(store.connection).pop_grants("id"));
         must(store.grants.revoke(tokens.access.grant_id()));
         must(SigningKeys(store.connection).list());
     }},
    {"logout",
     [](Store& store) {
         LogoutNotices notices(store.connection);
         must(notices.add({{"id", "app", "alice", "sid"}}, noon));
         const auto taken = must(notices.take(noon));
         REQUIRE(std::holds_alternative<LogoutNotices::Taken>(taken));
         must(notices.done(std::get<LogoutNotices::Taken>(taken)));
     }},
    {"metadata", [](Store& store) { must(SigningKeys(store.connection).list()); }},
    {"metrics",
     [](Store& store) {
         RedisHealth storage(store.connection);
         CHECK(must(storage.problem()).empty());
         CHECK(must(storage.count_grants()).grants == 0);
         must(store.connection.command({"RANDOMKEY"}));
     }},
};

// The rights of redis/password_grant.acl as words of ACL SETUSER: one per selector.
std::vector<std::string> password_grant_rights()
{
    std::vector<std::string> selectors;
    std::istringstream text{std::string(password_grant_acl())};
    for (std::string selector; std::getline(text, selector, ')');)
        if (const auto open = selector.find('('); open != std::string::npos)
            selectors.push_back(selector.substr(open) + ")");
    return selectors;
}

} // namespace

TEST_CASE("STILE-acl-1 the Redis user of each function has exactly the rights on each kind of record that it needs")
{
    const auto rights_of = rights_by_function();
    Store store;
    must(store.admin.load_library());
    for (const auto& function : test::endpoints()) {
        CAPTURE(function);
        Store own("stile-" + function);
        for (const auto& [key, expected] : rights_of.at(function)) {
            CAPTURE(key);
            CHECK(found_rights(own.connection, replace_all(key, "own", function)) == expected);
        }
    }
    CHECK(rights_of.size() == test::endpoints().size()); // no column is for a removed function
}

TEST_CASE("STILE-acl-11 the Redis user of each function can send no dangerous command and load no library of steps")
{
    for (const auto& function : test::endpoints()) {
        CAPTURE(function);
        Store store("stile-" + function);
        check_refused(store.connection, commands_of_an_operator);
        // A Connection cannot send what turns it into a stream.
        CHECK(store.ask({"ACL", "DRYRUN", "stile-" + function, "MONITOR"}).text.contains("no permissions"));
        check_refused(store.connection, commands_of_the_admin);
        if (function != "metrics")
            check_refused(store.connection, commands_of_a_watcher);
    }
}

TEST_CASE("STILE-acl-12 the Redis user of each function has every right that the function needs")
{
    const auto rights_of = rights_by_function();
    for (const auto& [function, expected] : rights_of) {
        CAPTURE(function);
        const bool has_records = std::ranges::any_of(
            expected, [](const auto& right) { return right.first != "schema" && right.second != "-"; });
        if (has_records) // then the list above must contain it
            CHECK(std::ranges::find(uses, function, &Use::function) != std::end(uses));
    }
    for (const auto& [function, run] : uses) {
        CAPTURE(function);
        Store store("stile-" + function);
        must(store.admin.load_library());
        run(store);
        if (rights_of.at(function).at("events:own") == "w")
            for (const auto name : {EventName::grant_revoked, EventName::login_failed, EventName::events_lost}) {
                const EventRecord event = {rfc3339(noon), function, {.name = name}};
                must(Events(store.connection).append({&event, 1}, 10));
            }
    }
}

TEST_CASE("STILE-acl-16 no function can add to, shorten or read the audit trail of another, nor read its own")
{
    for (const auto& function : test::endpoints()) {
        CAPTURE(function);
        Store store("stile-" + function);
        for (const auto& stream : event_streams()) {
            if (stream != "events:" + function && !stream.starts_with("events:" + function + ":"))
                check_refused(store.connection, {{"XADD", stream, "*", "x", "x"},
                                                 {"XADD", stream, "MAXLEN", "0", "*", "x", "x"},
                                                 {"FCALL", "x", "1", stream}});
            check_refused(store.connection, {{"XRANGE", stream, "-", "+"},
                                             {"XTRIM", stream, "MAXLEN", "0"},
                                             {"XDEL", stream, "0-1"},
                                             {"DEL", stream}});
        }
    }
    // The list of the streams has those of all functions that may write any.
    for (const auto& [function, its_rights] : rights_by_function())
        CHECK((std::ranges::count(event_streams(), "events:" + function) == 1) == (its_rights.at("events:own") == "w"));
}

TEST_CASE("STILE-acl-13 token cannot read password hashes, unless the operator allows it for the password grant")
{
    Store store("stile-token");
    must(store.admin.load_library());
    CHECK(must(Users(store.admin).add({"alice", "alice", "the hash"}, noon)) == Registration::done);
    CHECK(error_of(Users(store.connection).find("alice")) == "temporarily_unavailable");
    const auto selectors = password_grant_rights();
    REQUIRE(selectors.size() == 2);
    store.ask({"ACL", "SETUSER", "stile-token", selectors[0], selectors[1]});
    CHECK(must(Users(store.connection).find("alice"))->password_hash == "the hash");
    count_and_forgive(store, by_user);
    must(KnownBrowsers(store.connection).find("id"));
    CHECK(found_rights(store.connection, "user:alice") == "r");
    CHECK(found_rights(store.connection, "session:x") == "-");
    store.ask({"ACL", "LOAD"});
    CHECK(error_of(Users(store.connection).find("alice")) == "temporarily_unavailable");
}

TEST_CASE("STILE-acl-14 only token and the functions that verify tokens can read signing keys; login cannot")
{
    Store store("stile-login");
    must(SigningKeys(store.admin).add({"kid", "ES256", "{}", "sealed", "", noon, noon}));
    CHECK(error_of(SigningKeys(store.connection).list()) == "temporarily_unavailable");
    CHECK(refusal_of(store.connection, {"HGET", "signing_key:kid", "sealed"}).starts_with("Redis: NOPERM"));
    Connection token(redis_server().address("stile-token"), store.clock);
    CHECK(must(SigningKeys(token).list()).size() == 1);
}

TEST_CASE("STILE-acl-2 the Redis user of the admin command can administer Stile and do nothing else")
{
    Store store;
    check_refused(store.admin, commands_of_an_operator);
    check_refused(store.admin, {{"FUNCTION", "FLUSH"}, {"RANDOMKEY"}, {"DBSIZE"}});
}

TEST_CASE("STILE-acl-3 a step has no more rights than the Redis user that calls it")
{
    Store store("stile-token");
    must(store.admin.command({"FUNCTION", "LOAD",
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
        const auto refusal = refusal_of(store.connection, words);
        CHECK((refusal.contains("The user executing the script can't") // Redis 7.0
               || refusal.contains("ACL failure in script"))); // later ones, and Valkey
    }
    store.ask({"FUNCTION", "DELETE", "evil"});
}

TEST_CASE("STILE-acl-4 Redis refuses every command without a user and a password")
{
    const auto [what, user, password] = GENERATE(table<std::string, std::string, std::string>({
        {"no user", "", ""},
        {"the default user", "default", ""},
        {"the default user with a password", "default", "default"},
        {"a wrong password", "stile-token", "stile"},
        {"another user's name", "stile", "stile-token"},
    }));
    INFO(what);
    auto address = redis_server().address();
    address.user = user;
    address.password = Secret(password);
    const SystemClock clock;
    Connection connection(address, clock);
    CHECK(error_of(connection.command({"PING"})) == "temporarily_unavailable");
}

TEST_CASE("STILE-acl-5 the shipped file is a template: Redis refuses it until it contains password hashes")
{
    const std::string shipped(users_acl());
    std::vector<std::string> users = {"operator", "stile"};
    for (const auto& function : test::endpoints())
        users.push_back("stile-" + function);
    for (const auto& user : users)
        CHECK(("\n" + shipped).contains("\nuser " + user + " on #@" + user + "@ "));
    CHECK(shipped.starts_with("user default off resetpass "));
    CHECK(std::ranges::count(shipped, '\n') == static_cast<std::ptrdiff_t>(users.size()) + 1);
    CHECK_FALSE(shipped.contains("nopass"));
    CHECK_FALSE(shipped.contains(" >"));
    Store store;
    CHECK(refusal_of(store.as_operator, {"ACL", "SETUSER", "shipped", "#@stile@"}).contains("Error in ACL SETUSER"));
}

} // namespace stile
