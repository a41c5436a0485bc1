// The streams of the audit trail, and the fiber that fills them.
#include "shared/store/events.h"

#include "shared/endpoint/audit.h"
#include "tests/store/monitor.h"
#include "tests/store/store.h"

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
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

// All entries, oldest first; in Redis's own order where they are of one stream.
std::vector<Events::Stored> all_entries(Store& store)
{
    auto entries = must(EventReader(store.admin).older(1'000'000));
    std::ranges::reverse(entries);
    return entries;
}

// A field of them.
std::vector<std::string> all(Store& store, std::string_view field)
{
    std::vector<std::string> values;
    for (const auto& entry : all_entries(store))
        values.push_back(entry.fields[field]);
    return values;
}

std::vector<std::string> numbers(std::size_t first, std::size_t last)
{
    std::vector<std::string> result;
    for (auto number = first; number <= last; ++number)
        result.push_back(std::to_string(number));
    return result;
}

Request a_request()
{
    Request request;
    request.request_id = "the request";
    request.remote_address = "192.0.2.1";
    return request;
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
          m_audit(log, clock, m_random, m_loop, m_connection, kept),
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
    // On the loop, as the handlers do.
    void refuse_at_door(const Request& request, Event event, const Audit::Door& door)
    {
        std::promise<void> done;
        m_loop.post([&] {
            m_audit.refuse_at_door(request, std::move(event), door);
            done.set_value();
        });
        done.get_future().wait();
    }

private:
    SystemRandom m_random;
    Loop m_loop;
    Connection m_connection;
    AuditTrail m_audit;
    std::jthread m_thread;
};

TEST_CASE("STILE-audit-4 a stream keeps its events in their order, without empty fields")
{
    Store store;
    Events events(store.as_operator);
    must(events.append(numbered(1, 3), 100));
    CHECK(all(store, "count") == numbers(1, 3));
    EventReader reader(store.admin);
    const auto newest = must(reader.older(1)).front();
    CHECK(newest.stream == "events:token:refused");
    CHECK(newest.fields.fields()
          == std::vector<std::pair<std::string, std::string>>{
              {"time", rfc3339(noon)}, {"function", "token"}, {"event", "login_failed"}, {"count", "3"}});
    const auto before = must(reader.older(10));
    REQUIRE(before.size() == 2);
    CHECK(before.front().fields["count"] == "2");
    CHECK(must(reader.older(10)).empty());
    // In no grant's slot, and without an expiry.
    CHECK(store.keys() == std::vector<std::string>{"events:token:refused"});
    CHECK(store.lifetime("events:token:refused") == -1);
    const auto length = must(Events(store.admin).length_of("events:token:refused"));
    CHECK(length.entries == 3);
    CHECK(length.ever_added == 3);
    CHECK(must(Events(store.admin).length_of("events:token")).entries == 0);
}

TEST_CASE("STILE-audit-5 a stream has a maximum length; the oldest entries are dropped first")
{
    Store store;
    Events events(store.as_operator);
    for (std::size_t i = 0; i < 10; ++i)
        must(events.append(numbered(i * 200 + 1, i * 200 + 200), 300));
    const auto left = all(store, "count");
    CHECK(left.size() >= 300);
    CHECK(left.size() < 500); // Redis trims whole nodes of a hundred entries
    CHECK(left == numbers(2001 - left.size(), 2000));
    CHECK(must(Events(store.admin).length_of("events:token:refused")).ever_added == 2000);
}

TEST_CASE("STILE-audit-6 a reader that waits for events receives each new event, of any function")
{
    Store store;
    Events events(store.as_operator);
    EventReader reader(store.admin);
    CHECK(must(reader.older(10)).empty());
    CHECK(must(reader.newer(1)).empty());
    must(events.append(numbered(1, 2), 100));
    REQUIRE(must(reader.newer(1000)).size() == 2);
    CHECK(must(reader.newer(1)).empty());
    const std::jthread later([] {
        Store other{Store::Shared()};
        const EventRecord issued = {rfc3339(noon), "authorize", {.name = EventName::code_issued, .count = 3}};
        [[maybe_unused]] const auto written = Events(other.connection).append({&issued, 1}, 100);
    });
    CHECK(must(reader.newer(5000)).front().fields["count"] == "3");
}

TEST_CASE("STILE-audit-50 the streams of all functions and of earlier versions are read as one, in the order of time")
{
    Store store;
    Events events(store.as_operator);
    const auto record = [](const char* function, EventName name, std::size_t number) {
        return EventRecord{rfc3339(noon), function, {.name = name, .count = number}};
    };
    // As an earlier version wrote it, and the same again in a rolling restart.
    store.ask({"XADD", "events", "1-1", "function", "token", "event", "code_redeemed", "count", "1"});
    const std::vector<EventRecord> new_ones = {record("login", EventName::login_failed, 2),
                                               record("login", EventName::login_succeeded, 3),
                                               record("token", EventName::code_replayed, 4)};
    must(events.append(new_ones, 100));
    store.ask({"XADD", "events", "9000000000000-1", "function", "token", "event", "code_redeemed", "count", "5"});
    auto counts = all(store, "count");
    REQUIRE(counts.size() == 5);
    CHECK(counts.front() == "1");
    CHECK(counts.back() == "5");
    std::ranges::sort(counts);
    CHECK(counts == numbers(1, 5));
    // In pages of any size each is returned once.
    EventReader reader(store.admin);
    std::vector<std::string> in_pages;
    for (auto page = must(reader.older(2)); !page.empty(); page = must(reader.older(2)))
        for (const auto& entry : page)
            in_pages.push_back(entry.fields["count"]);
    std::ranges::sort(in_pages);
    CHECK(in_pages == numbers(1, 5));
    CHECK(must(reader.newer(1)).empty());
}

TEST_CASE("STILE-audit-51 each kind of event has its own stream, so that refusals and routine push out no other")
{
    Store store;
    Events events(store.as_operator);
    constexpr std::size_t kept = 100;
    const EventRecord theft = {rfc3339(noon), "token", {.name = EventName::refresh_reused}};
    const EventRecord served = {rfc3339(noon), "token", {.name = EventName::refresh_rotated}};
    must(events.append({&theft, 1}, kept));
    must(events.append({&served, 1}, kept));
    must(events.append(numbered(1, 1000), kept));
    auto left = all(store, "event");
    CHECK(std::ranges::count(left, "refresh_rotated") == 1);
    must(events.append(std::vector<EventRecord>(1000, served), kept));
    left = all(store, "event");
    CHECK(std::ranges::count(left, "refresh_reused") == 1);
}

TEST_CASE("STILE-audit-52 a batch of events of all kinds is one round trip, also while Redis is out of memory")
{
    Store store;
    Events events(store.as_operator);
    must(store.admin.load_library());
    auto batch = numbered(1, 5);
    batch.push_back({rfc3339(noon), "token", {.name = EventName::refresh_reused}});
    batch.push_back({rfc3339(noon), "token", {.name = EventName::refresh_rotated}});
    store.ask({"CONFIG", "SET", "maxmemory", "1"});
    std::size_t sent = 0;
    {
        const Monitor monitor;
        const auto written = events.append(batch, 100);
        store.ask({"CONFIG", "SET", "maxmemory", "0"});
        must(written);
        for (const auto& command : monitor.commands(store))
            sent += command.words.front() == "FCALL" ? 1 : 0;
    }
    CHECK(sent == 3); // a command for each stream, sent together
    CHECK(all_entries(store).size() == 7);
}

TEST_CASE("STILE-audit-7 an event is logged at once, and is in the stream when the process ends at the latest")
{
    Store store;
    const LogFile file;
    const Log log = file.log();
    const auto request = a_request();
    {
        Trail trail(log, store.clock, redis_server().address(), 100);
        trail.record(request, {.name = EventName::code_redeemed, .grant = GrantName("9N6yQbe6KuOK")});
        trail.record(request, {.name = EventName::refresh_rotated});
        CHECK(file.count_of("code_redeemed") == 1);
    }
    REQUIRE(all(store, "event") == std::vector<std::string>{"code_redeemed", "refresh_rotated"});
    CHECK(all(store, "n") == numbers(1, 2));
    CHECK(all(store, "request_id") == std::vector<std::string>(2, "the request"));
    // Log and stream have the same events.
    const auto line = file.lines().front();
    const auto entry = all_entries(store).front();
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
    const auto told = [&] {
        auto entries = must(Events(store.admin).of_stream("events:token", "", 10));
        return entries.empty() ? std::string() : entries.back().fields["count"];
    };
    REQUIRE(eventually([&] { return !told().empty(); }));
    const auto lost = std::stoul(told());
    std::vector<std::string> counts;
    for (const auto& entry : must(Events(store.admin).of_stream("events:token:refused", "", 1'000'000)))
        counts.push_back(entry.fields["count"]);
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

TEST_CASE(
    "STILE-audit-53 of the requests that a closed throttle refuses the first is told, and the number of the others")
{
    Store store;
    const LogFile file;
    const Log log = file.log();
    const auto request = a_request();
    const auto opens_at = store.clock.now() + 3600;
    {
        Trail trail(log, store.clock, redis_server().address(), 1'000'000);
        const auto refuse = [&](const std::string& door, Seconds until) {
            trail.refuse_at_door(request, {.name = EventName::login_throttled, .user = Person("ann", "7c9e")},
                                 {door, until, {.name = EventName::login_throttled, .address = "192.0.2.0"}});
        };
        for (int i = 0; i < 1000; ++i)
            refuse("login:address:192.0.2.1", opens_at);
        refuse("login:user:ann", opens_at); // only one: nothing is left to tell
        CHECK(file.count_of("login_throttled") == 2);
        refuse("login:user:bob", store.clock.now() - 1);
        refuse("login:user:bob", store.clock.now() - 1);
        // No further request comes: a fiber tells it.
        REQUIRE(eventually([&] { return file.count_of("login_throttled") == 4; }));
    }
    REQUIRE(file.count_of("login_throttled") == 5);
    CHECK(all(store, "reason") == std::vector<std::string>{"closed", "closed", "closed", "opened", "opened"});
    CHECK(all(store, "count") == std::vector<std::string>{"", "", "", "1", "999"});
    CHECK(all(store, "request_id") == std::vector<std::string>{"the request", "the request", "the request", "", ""});
    CHECK(all(store, "address").back() == "192.0.2.0");
}

} // namespace stile
