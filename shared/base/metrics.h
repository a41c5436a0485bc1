// Counts what a function does, visible to other processes: in a file that all processes of the function map into
// memory. The file outlives them, so a restart loses no counts. Counting is an addition in memory: no lock, no system
// call, no round trip. functions/metrics adds up the files of the folder.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace stile {

using Microseconds = std::chrono::microseconds;

// Measures a duration by a clock that never goes back.
class Stopwatch {
public:
    Microseconds passed() const
    {
        return std::chrono::duration_cast<Microseconds>(std::chrono::steady_clock::now() - m_begun);
    }

private:
    std::chrono::steady_clock::time_point m_begun = std::chrono::steady_clock::now();
};

// How a request ended: `ok`, an error code of the protocol, or another outcome of a function (Response::outcome).
// Append new ones at the end, so that existing files keep their meaning.
constexpr std::array<std::string_view, 25> outcomes = {"ok",
                                                       "invalid_request",
                                                       "invalid_client",
                                                       "invalid_grant",
                                                       "unauthorized_client",
                                                       "unsupported_grant_type",
                                                       "unsupported_response_type",
                                                       "invalid_scope",
                                                       "access_denied",
                                                       "temporarily_unavailable",
                                                       "throttled",
                                                       "method_not_allowed",
                                                       "invalid_token",
                                                       "insufficient_scope",
                                                       "login_failed",
                                                       "malformed",
                                                       "failed",
                                                       "other",
                                                       "login_required",
                                                       "consent_required",
                                                       "interaction_required",
                                                       "request_not_supported",
                                                       "request_uri_not_supported",
                                                       "registration_not_supported",
                                                       "unmet_authentication_requirements"};
constexpr std::size_t other_outcome = 17;
static_assert(outcomes[other_outcome] == "other");
// The grant type of a token request; the first value for all other requests.
constexpr std::array<std::string_view, 5> counted_grant_types = {"", "authorization_code", "refresh_token",
                                                                 "client_credentials", "password"};

using Counter = std::atomic<std::uint64_t>;
static_assert(Counter::is_always_lock_free); // required between processes

// Durations, by upper bound of the bucket.
struct Histogram {
    static constexpr std::array<Microseconds::rep, 15> bounds = {100,     250,     500,       1000,      2500,
                                                                 5000,    10'000,  25'000,    50'000,    100'000,
                                                                 250'000, 500'000, 1'000'000, 2'500'000, 5'000'000};

    std::array<Counter, bounds.size() + 1> counts; // per bucket, not cumulative; the last bucket has no bound
    Counter microseconds; // total

    void add(Microseconds duration);
};

// The content of the file. A change of it requires a new `layout`, which is part of the file name: processes of two
// releases may run side by side. There is space for more names.
struct Counters {
    static constexpr std::string_view layout = "1";

    std::array<std::array<Counter, 32>, 8> requests; // by grant type and outcome
    Histogram request_durations;
    Histogram round_trips; // to Redis
    Counter starts; // of processes
};

// Thread-safe.
class Metrics {
public:
    // Counts in `folder`/`function`.1, which is created if it does not exist. If that fails, counting continues in
    // memory only, and `problem()` gives the reason. An empty `folder` means no file.
    Metrics(const std::string& folder, std::string_view function);

    void count_start() { ++m_counters->starts; }
    // Unknown words are counted as the outcome `other` and as no grant type.
    void count_request(std::string_view grant_type, std::string_view outcome, Microseconds duration);
    void count_round_trip(Microseconds duration) { m_counters->round_trips.add(duration); }

    const std::string& folder() const { return m_folder; }
    const std::string& problem() const { return m_problem; }

private:
    std::string m_folder;
    std::string m_problem;
    std::shared_ptr<Counters> m_counters;
};

struct FunctionCounters {
    std::string function;
    std::shared_ptr<const Counters> counters;
};

// The counters in the folder, in the order of the functions' names; other files are skipped.
std::vector<FunctionCounters> read_counters(const std::string& folder);

} // namespace stile
