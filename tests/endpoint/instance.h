// Stile in one process, without nginx: every handler on the Redis of the test program, with a clock that stands still until
// a test moves it and random values that are the same in each run. Each case makes an Instance, which begins with an empty
// database; a fixture of a test file is a struct that inherits from it.
#pragma once

#include "shared/config.h"
#include "shared/endpoint/context.h"
#include "shared/http/request.h"
#include "shared/http/response.h"
#include "tests/endpoint/secrets.h"
#include "tests/support/answer.h"
#include "tests/support/catch.h"
#include "tests/support/fixed_random.h"
#include "tests/support/program.h"
#include "tests/support/recording_audit.h"
#include "tests/support/redis_server.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace stile::test {

inline constexpr const char* master_key = "a master key of the tests, of 32 bytes or more"; // STILE_KEY
inline constexpr const char* demo_redirect = "https://www.example.com/redirect";
inline constexpr const char* demo_basic = "Authorization: Basic dGVzdF9jbGllbnQ6cGFzc3dvcmQ="; // test_client:password

// The value of a call that must succeed.
template <typename T>
T must(Result<T> result)
{
    if (!result)
        FAIL(result.error().description << " (" << result.error().detail << ")");
    return result.take();
}

Scope scope_of(std::string_view text);

// $stile_endpoints of nginx/stile.conf.
std::string announced_endpoints();

// The time of day stands still until a test moves it. Short waits, such as for an answer of Redis, are measured in earnest.
class CaseClock final : public Clock {
public:
    Seconds now() const override { return m_began + m_passed; }
    std::int64_t monotonic_milliseconds() const override
    {
        return SystemClock().monotonic_milliseconds() + m_passed * 1000;
    }

    void advance(Seconds seconds) { m_passed += seconds; }

private:
    const Seconds m_began = SystemClock().now(); // Redis counts lifetimes from it, too
    std::atomic<Seconds> m_passed = 0;
};

class Instance {
public:
    using Variables = std::vector<std::pair<std::string, std::string>>; // STILE_*, as an operator sets them

    // Flushes the database of `server`, and registers the client test_client (secret "password") and the user admin
    // (password "admin"). Clients and keys are read anew for each request unless STILE_CLIENT_CACHE says otherwise.
    explicit Instance(const Variables& variables = {}, RedisServer& server = redis_server());
    ~Instance();
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;

    const Settings& settings() const { return m_config.settings; }
    const std::string& issuer() const { return settings().issuer; }

    // Calls the handler of the function that nginx/stile.conf passes this path to, on a fiber as the functions do, as the
    // function's user of Redis; 404 for other paths. Thread-safe.
    Response handle(std::string_view path, Request request);
    // Requests that wait for a hash. Thread-safe.
    std::size_t waiting_for_hashes();
    // 32 hex digits, another one for each request, as nginx gives them.
    std::string next_request_id();
    // What nginx says in the metadata location (STILE_ENDPOINTS).
    std::string endpoints = announced_endpoints();

    // Lets time pass: for the handlers' clock, and for the records in Redis, which live shorter by that.
    void pass(Seconds seconds);

    // Registers a client and gives its secret: `secret`, or one that is generated. What is left out is as `stile client add`
    // has it; a public client has no secret.
    std::string add_client(Client client, const std::string& secret = "");
    void change_client(const std::string& id, const std::function<void(Client&)>& how);
    // A user whose password costs next to nothing to check. `subject` empty: the name.
    void add_user(const std::string& name, const std::string& password, const std::string& subject = "");
    // A key that signs from now on; RS256 and ES256 have one from the beginning.
    SigningKey add_key(JwsAlgorithm algorithm);

    // A command with the operator's rights, for looking at records.
    Reply redis(const Arguments& command);
    std::vector<std::string> keys(const std::string& pattern);

    // build/bin/stile on the same database; `input` is its standard input.
    Ran admin(const std::vector<std::string>& arguments, const std::string& input = "");
    // What it is given.
    std::vector<std::string> environment() const;

    // Lines of the handlers' log so far.
    std::string log_text() const;

    RedisServer& server;
    CaseClock clock;
    FixedRandom random;
    RecordingAudit audit;
    Secrets secrets; // none of them may be in the log when the instance ends

private:
    struct Function;

    Function& function_named(std::string_view name);

    Variables m_variables;
    Config m_config;
    int m_log_file;
    Log m_log;
    Metrics m_metrics; // of all functions together; of none unless STILE_METRICS names a folder
    ClientCache m_client_cache;
    VerifiedSecrets m_verified_secrets;
    Loop m_loop; // of all functions together, in a thread besides the test's
    HashQueue m_hashes{m_loop, 2, 128};
    SecretChecks m_secret_checks{m_loop, m_hashes};
    KeyRing m_key_ring;
    std::shared_ptr<const Templates> m_templates;
    Process m_process;
    std::atomic<int> m_requests = 0;
    std::map<std::string, std::unique_ptr<Function>, std::less<>> m_functions; // used by the loop's thread only
    std::jthread m_loop_thread;

public:
    // The operator's connection and stores, for what a test registers and looks at.
    Connection connection;
    Clients clients;
    Users users;
    Profiles profiles;
    SigningKeys signing_keys;
};

// While it lives Redis takes connections and answers nobody. Afterwards a second has passed: connections that have given up
// make the next attempt.
class PausedRedis {
public:
    explicit PausedRedis(Instance& instance) : m_instance(instance) { m_instance.server.pause(); }
    ~PausedRedis()
    {
        m_instance.server.resume();
        m_instance.clock.advance(1);
    }
    PausedRedis(const PausedRedis&) = delete;
    PausedRedis& operator=(const PausedRedis&) = delete;

private:
    Instance& m_instance;
};

} // namespace stile::test
