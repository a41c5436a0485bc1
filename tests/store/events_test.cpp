// The stream of the audit trail, and the fiber that fills it.
#include "shared/store/events.h"

#include "shared/endpoint/audit.h"
#include "tests/store/store.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <sys/mman.h>
#include <thread>

namespace stile {

namespace {

EventRecord numbered(std::size_t number)
{
    return {rfc3339(noon), "token", {.name = EventName::login_failed, .count = number}};
}

std::vector<EventRecord> numbered(std::size_t first, std::size_t last)
{
    std::vector<EventRecord> events;
    for (auto number = first; number <= last; ++number)
        events.push_back(numbered(number));
    return events;
}

// The output of a log.
class LogFile {
public:
    LogFile() : m_descriptor(::memfd_create("log", MFD_CLOEXEC))
    {
        ::fcntl(m_descriptor, F_SETFL, O_APPEND); // like a log file: threads must not write to the same place
    }
    ~LogFile() { ::close(m_descriptor); }
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;

    Log log() const { return Log("token", m_descriptor); }
    std::vector<nlohmann::json> lines() const
    {
        std::string text(static_cast<std::size_t>(::lseek(m_descriptor, 0, SEEK_END)), '\0');
        [[maybe_unused]] const auto got = ::pread(m_descriptor, text.data(), text.size(), 0);
        std::vector<nlohmann::json> result;
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
            result.push_back(nlohmann::json::parse(text.substr(at, text.find('\n', at) - at)));
        return result;
    }
    std::size_t count_of(const std::string& event) const
    {
        const auto all = lines();
        return static_cast<std::size_t>(
            std::ranges::count_if(all, [&](const auto& line) { return line["event"] == event; }));
    }

private:
    int m_descriptor;
};

template <typename Condition>
bool eventually(Condition condition)
{
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition() && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return condition();
}

// The field of all entries, oldest first.
std::vector<std::string> all(Store& store, std::string_view field)
{
    std::vector<std::string> values;
    for (const auto& entry : must(Events(store.admin).newest(1'000'000)))
        values.insert(values.begin(), entry.fields[field]);
    return values;
}

std::vector<std::string> numbers(std::size_t first, std::size_t last)
{
    std::vector<std::string> result;
    for (auto number = first; number <= last; ++number)
        result.push_back(std::to_string(number));
    return result;
}

// Pauses Redis while it exists.
class Paused {
public:
    Paused() { redis_server().pause(); }
    ~Paused() { redis_server().resume(); }
    Paused(const Paused&) = delete;
    Paused& operator=(const Paused&) = delete;
};

} // namespace

// A process that writes an audit trail, with its loop in a thread besides the test's. Ends as a function does.
class Trail {
public:
    Trail(const Log& log, const Clock& clock, const RedisAddress& redis, std::size_t kept)
        : m_connection(redis, clock, nullptr, &m_loop),
          m_audit(log, clock, m_loop, m_connection, kept),
          m_thread([this] { m_loop.run(); })
    {
    }
    ~Trail()
    {
        m_loop.post([this] { m_loop.stop(); });
        m_thread.join();
    }
    Trail(const Trail&) = delete;
    Trail& operator=(const Trail&) = delete;

    void record(const Request& request, Event event) { m_audit.record(request, std::move(event)); }

private:
    Loop m_loop;
    Connection m_connection;
    AuditTrail m_audit;
    std::jthread m_thread;
};

TEST_CASE("STILE-audit-4 the stream keeps the events in their order, without empty fields")
{
    Store store;
    Events events(store.admin);
    must(events.append(numbered(1, 3), 100));
    CHECK(all(store, "count") == numbers(1, 3));
    const auto newest = must(events.newest(1)).front();
    CHECK(newest.fields.fields()
          == std::vector<std::pair<std::string, std::string>>{
              {"time", rfc3339(noon)}, {"function", "token"}, {"event", "login_failed"}, {"count", "3"}});
    const auto before = must(events.newest(10, newest.id));
    REQUIRE(before.size() == 2);
    CHECK(before.front().fields["count"] == "2");
    CHECK(must(events.newest(10, before.back().id)).empty());
    // In no grant's slot, and without an expiry.
    CHECK(store.keys() == std::vector<std::string>{"events"});
    CHECK(store.lifetime("events") == -1);
}

TEST_CASE("STILE-audit-5 the stream has a maximum length; the oldest entries are dropped first")
{
    Store store;
    Events events(store.admin);
    for (std::size_t i = 0; i < 10; ++i)
        must(events.append(numbered(i * 200 + 1, i * 200 + 200), 300));
    const auto left = all(store, "count");
    CHECK(left.size() >= 300);
    CHECK(left.size() < 500); // Redis trims whole nodes of a hundred entries
    CHECK(left == numbers(2001 - left.size(), 2000));
}

TEST_CASE("STILE-audit-6 a reader that waits for events receives each new event")
{
    Store store;
    Events events(store.admin);
    CHECK(must(events.wait_for("0-0", 1)).empty());
    must(events.append(numbered(1, 2), 100));
    const auto first = must(events.wait_for("0-0", 1000));
    REQUIRE(first.size() == 2);
    CHECK(must(events.wait_for(first.back().id, 1)).empty());
    const std::jthread later([] {
        Store other{Store::Shared()};
        [[maybe_unused]] const auto written = Events(other.connection).append(numbered(3, 3), 100);
    });
    CHECK(must(events.wait_for(first.back().id, 5000)).front().fields["count"] == "3");
}

TEST_CASE("STILE-audit-7 an event is logged at once, and is in the stream when the process ends at the latest")
{
    Store store;
    const LogFile file;
    const Log log = file.log();
    Request request;
    request.request_id = "the request";
    request.remote_address = "192.0.2.1";
    {
        Trail trail(log, store.clock, redis_server().address(), 100);
        trail.record(request, {.name = EventName::code_redeemed, .grant = GrantName("9N6yQbe6KuOK")});
        trail.record(request, {.name = EventName::refresh_rotated});
        CHECK(file.count_of("code_redeemed") == 1);
    }
    REQUIRE(all(store, "event") == std::vector<std::string>{"code_redeemed", "refresh_rotated"});
    CHECK(all(store, "request_id") == std::vector<std::string>(2, "the request"));
    // Log and stream have the same events.
    const auto line = file.lines().front();
    const auto entry = must(Events(store.admin).newest(2)).back();
    CHECK(line.size() == entry.fields.fields().size());
    for (const auto& [name, value] : entry.fields.fields())
        CHECK(line[name] == value);
}

TEST_CASE("STILE-audit-8 with a stream length of 0 no stream is written; the log has the events")
{
    Store store;
    const LogFile file;
    const Log log = file.log();
    {
        Trail trail(log, store.clock, redis_server().address(), 0);
        trail.record({}, {.name = EventName::login_failed});
    }
    CHECK(file.count_of("login_failed") == 1);
    CHECK(store.keys().empty());
}

TEST_CASE("STILE-audit-10 while Redis does not answer no request waits; events are written later or counted as lost")
{
    Store store;
    const LogFile file;
    const Log log = file.log();
    Trail trail(log, store.clock, redis_server().address(), 1'000'000);
    constexpr auto kept = EventStream::max_queued;
    constexpr std::size_t beyond = 3 * EventStream::max_per_round_trip; // more than have been taken from the queue
    {
        const Paused redis;
        // If one of them waited for Redis, the loop would not end: Redis is paused until then.
        for (std::size_t i = 1; i <= kept + beyond; ++i)
            trail.record({}, {.name = EventName::login_failed, .count = i});
        CHECK(file.count_of("login_failed") == kept + beyond); // the log has them all
    }
    REQUIRE(eventually([&] { return file.count_of("events_lost") == 1; }));
    REQUIRE(eventually([&] { return all(store, "event").back() == "events_lost"; }));
    auto counts = all(store, "count");
    const auto lost = std::stoul(counts.back());
    counts.pop_back();
    // Those that were being sent when Redis stopped answering may be there twice.
    const auto twice = std::ranges::unique(counts);
    counts.erase(twice.begin(), twice.end());
    CHECK(lost >= beyond - EventStream::max_per_round_trip);
    CHECK(lost <= beyond);
    CHECK(file.lines().back()["event"] != "login_failed");
    // One line as it begins to fail, not one for each attempt; a slow machine may fail again after a success.
    CHECK(file.count_of("cannot write events to the stream")
          <= file.count_of("events are written to the stream again") + 1);
    CHECK(counts.size() + lost >= kept + beyond);
}

TEST_CASE("STILE-audit-11 a process without Redis still ends, and logs how many events the stream misses")
{
    const LogFile file;
    const Log log = file.log();
    const SystemClock clock;
    RedisAddress nowhere;
    nowhere.socket = "/nowhere/redis.sock";
    {
        Trail trail(log, clock, nowhere, 100);
        for (int i = 0; i < 7; ++i)
            trail.record({}, {.name = EventName::login_failed});
    }
    const auto last = file.lines().back();
    CHECK(last["event"] == "events were not written to the stream");
    CHECK(last["count"] == "7");
    CHECK(file.count_of("cannot write events to the stream") == 1);
}

TEST_CASE("STILE-audit-12 events from many threads are all written")
{
    Store store;
    const LogFile file;
    const Log log = file.log();
    constexpr int threads = 8;
    constexpr std::size_t each = 200;
    {
        Trail trail(log, store.clock, redis_server().address(), 1'000'000);
        std::vector<std::jthread> running;
        for (int i = 0; i < threads; ++i)
            running.emplace_back([&] {
                for (std::size_t number = 1; number <= each; ++number)
                    trail.record({}, {.name = EventName::tokens_issued, .count = number});
            });
    }
    CHECK(file.lines().size() == threads * each);
    CHECK(all(store, "event") == std::vector<std::string>(threads * each, "tokens_issued"));
}

} // namespace stile
