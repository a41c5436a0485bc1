// The common part of the store tests: an empty database, builders for requests and tokens, and functions that read the
// records in Redis. A builder's defaults are the valid case; a test names what differs.
#pragma once

#include "shared/base/clock.h"
#include "shared/crypto/digest.h"
#include "shared/crypto/random.h"
#include "shared/store/connection.h"
#include "shared/store/grants.h"
#include "shared/store/requests.h"
#include "tests/support/catch.h"
#include "tests/support/redis_server.h"

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace stile {

constexpr Seconds noon = 1'800'000'000; // the time that the tests pass to the steps

// The value of a call that must succeed.
template <typename T>
T must(Result<T> result)
{
    if (!result)
        FAIL(result.error().description << " (" << result.error().detail << ")");
    return result.take();
}

// "temporarily_unavailable" and the like; "" if there is no error.
template <typename T>
std::string error_of(const Result<T>& result)
{
    return result ? "" : std::string(to_string(result.error().code));
}

struct ARequest {
    std::string scope = "email profile";
    std::string redirect_uri = "https://app.example/cb";
    bool redirect_uri_was_sent = true;
    std::string code_challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"; // RFC 7636 appendix B
};

struct ACode {
    ARequest request{};
    std::string user_name = "alice"; // the subject is alice
    Seconds now = noon;
    Lifetimes lifetimes{};
};

// How a code is redeemed. `refresh` is false for a client that may not refresh.
struct Presented {
    std::string client_id = "app";
    std::string redirect_uri = "https://app.example/cb";
    std::string code_challenge = ARequest().code_challenge;
    Seconds now = noon;
    bool refresh = true;
    Lifetimes lifetimes{};
};

struct Refreshed {
    std::string client_id = "app";
    std::string scope{};
    Seconds grace = 0;
    std::string sealed = "sealed answer";
    Seconds now = noon;
    Lifetimes lifetimes{};
};

struct Redeemed : Redemption {
    TokenPair tokens;
};

struct Rotated : Rotation {
    TokenPair tokens;
};

// One connection of a function, as `user` of redis/users.acl, with a record of its commands; one of the admin command;
// and one of the operator, who has all rights. `Store()` begins with an empty database; the library stays loaded.
class Store {
public:
    explicit Store(const std::string& user = "operator");
    struct Shared {};
    explicit Store(Shared, const std::string& user = "operator"); // further connections to the same data

    AuthorizationRequest request(const ARequest& how = {}) const;
    SplitToken code_of(std::string_view grant_id); // minted, not stored

    // Parks a request under a new id, for the browser with the secret "browser"; returns the id.
    std::string park(const ARequest& how = {});
    Result<ApprovalOutcome> approve(std::string_view id, const SplitToken& code, std::string_view sub = "alice",
                                    std::string_view browser = "browser", const Lifetimes& lifetimes = {});

    SplitToken issue_code(const ACode& how = {});
    // The main thread unwraps the results with must(): Catch2's assertions are not thread-safe.
    Result<Redeemed> try_redeem(const SplitToken& code, const Presented& how = {});
    Result<Rotated> try_rotate(const SplitToken& token, const Refreshed& how = {});
    Redeemed redeem(const SplitToken& code, const Presented& how = {}) { return must(try_redeem(code, how)); }
    Rotated rotate(const SplitToken& token, const Refreshed& how = {}) { return must(try_rotate(token, how)); }
    TokenPair tokens(const ACode& how = {}); // of a new code, redeemed

    // The records in Redis.
    Reply ask(const Arguments& command) { return must(as_operator.command(command)); }
    std::vector<std::string> keys(const std::string& pattern = "*");
    Record record(const std::string& key) { return Record(ask({"HGETALL", key})); }
    std::vector<std::string> fields(const std::string& key); // their names, sorted
    Seconds lifetime(const std::string& key) { return ask({"TTL", key}).integer; }
    bool exists(const std::string& key) { return ask({"EXISTS", key}).integer == 1; }
    bool is_live(std::string_view family, const SplitToken& token); // its record, unused, and its grant
    // Every key with its bytes and its time of expiry: equal if nothing was written in between.
    std::map<std::string, std::pair<std::string, std::int64_t>> snapshot();

    SystemClock clock;
    SystemRandom random;
    Connection connection;
    Connection admin;
    Connection as_operator;
    Requests requests;
    Grants grants;
};

// A TTL that was just set. Redis rounds to whole seconds, and the machine may be slow.
inline bool is_about(Seconds actual, Seconds expected)
{
    return actual <= expected && actual > expected - 5;
}

// Every refresh token of the database that is still valid: unused, and its grant exists.
std::vector<std::string> live_refresh_tokens(Store& store);

} // namespace stile
