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

// The words that requests are counted by; the index of a word is its place in the files. New words take a place that is
// free (""), so that files of older processes keep their meaning.
struct CounterLabels {
    static constexpr std::size_t max_grant_types = 8, max_outcomes = 32;

    std::array<std::string_view, max_grant_types>
        grant_types; // of token requests; the first is "", for all other requests
    std::array<std::string_view, max_outcomes> outcomes; // how a request ended: "ok", "invalid_client"
    std::size_t other_outcome = 0; // where a word that is not among them is counted
};

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

// The layout of the file. A change needs another `layout`, which is part of the file's name: processes of both releases
// may run side by side.
struct Counters {
    static constexpr std::string_view layout = "1";

    // By grant type and outcome.
    std::array<std::array<Counter, CounterLabels::max_outcomes>, CounterLabels::max_grant_types> requests;
    Histogram request_durations;
    Histogram round_trips; // to Redis
    Counter starts; // of processes
};

// Thread-safe.
class Metrics {
public:
    // Counts in `folder`/`function`.1, which is created if it does not exist. If that fails, counting continues in
    // memory only, and `problem()` gives the reason. An empty folder means no file. `labels` must outlive it.
    Metrics(const std::string& folder, std::string_view function, const CounterLabels& labels);

    void count_start() { ++m_counters->starts; }
    // Words without a place count as other_outcome and as the first grant type.
    void count_request(std::string_view grant_type, std::string_view outcome, Microseconds duration);
    void count_round_trip(Microseconds duration) { m_counters->round_trips.add(duration); }

    const std::string& folder() const { return m_folder; }
    const CounterLabels& labels() const { return m_labels; }
    const std::string& problem() const { return m_problem; }

private:
    std::string m_folder;
    const CounterLabels& m_labels;
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
