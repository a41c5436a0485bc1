#include "shared/engine/loop.h"

#include "shared/base/log.h"
#include "tests/support/catch.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace stile;
using namespace std::chrono_literals;

namespace {

// Runs the fibers that were spawned to their end.
void run_to_end(Loop& loop)
{
    loop.stop();
    loop.run();
}

// Written into memory.
class Written {
public:
    Written() : m_file(::memfd_create("log", MFD_CLOEXEC)) { ::fcntl(m_file, F_SETFL, O_APPEND); }
    ~Written() { ::close(m_file); }
    Written(const Written&) = delete;
    Written& operator=(const Written&) = delete;

    int descriptor() const { return m_file; }
    std::string text() const
    {
        std::array<char, 4096> bytes{};
        const auto size = ::pread(m_file, bytes.data(), bytes.size(), 0);
        return {bytes.data(), static_cast<std::size_t>(size)};
    }

private:
    int m_file;
};

} // namespace

TEST_CASE("STILE-engine-1 while a fiber waits before a gate the others go on, and it goes on when the gate is open")
{
    Loop loop;
    Gate gate(loop);
    std::string order;
    loop.spawn([&] {
        order += "a";
        CHECK(gate.wait());
        order += "d";
    });
    loop.spawn([&] {
        order += "b";
        gate.open();
        order += "c";
    });
    run_to_end(loop);
    CHECK(order == "abcd");
    CHECK(gate.wait(0ms)); // stays open
}

TEST_CASE("STILE-engine-2 an opened gate lets all fibers on that wait before it, in their order")
{
    Loop loop;
    Gate gate(loop);
    std::vector<int> order;
    for (int i = 0; i < 300; ++i)
        loop.spawn([&, i] {
            gate.wait(20s);
            order.push_back(i);
        });
    loop.spawn([&] { gate.open(); });
    run_to_end(loop);
    REQUIRE(order.size() == 300);
    CHECK(std::ranges::is_sorted(order));
}

TEST_CASE("STILE-engine-3 a wait ends after its limit, and not before, also after a long computation")
{
    Loop loop;
    Gate gate(loop);
    std::chrono::steady_clock::duration waited{};
    loop.spawn([&] {
        const auto computed_until = std::chrono::steady_clock::now() + 60ms;
        while (std::chrono::steady_clock::now() < computed_until)
            ;
        loop.post([] {}); // the loop does not sleep until the end: it looks at the time before
        const auto begin = std::chrono::steady_clock::now();
        CHECK_FALSE(gate.wait(50ms));
        waited = std::chrono::steady_clock::now() - begin;
    });
    run_to_end(loop);
    CHECK(waited >= 49ms); // libuv counts whole milliseconds
}

TEST_CASE("STILE-engine-4 outside of fibers a wait runs the loop until the gate is open or the limit is over")
{
    Loop loop;
    Gate gate(loop);
    CHECK_FALSE(gate.wait(1ms));
    loop.spawn([&] { gate.open(); });
    CHECK(gate.wait());
}

TEST_CASE("STILE-engine-5 another thread can post a task, which the loop runs")
{
    Loop loop;
    std::atomic<int> done = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] {
                for (int n = 0; n < 100; ++n)
                    loop.post([&] {
                        if (++done == 400)
                            loop.stop();
                    });
            });
        loop.run();
    }
    CHECK(done == 400);
}

TEST_CASE("STILE-engine-6 a loop that is told to stop ends when its fibers have ended")
{
    Loop loop;
    bool has_ended = false;
    loop.spawn([&] {
        loop.stop();
        Gate never(loop);
        CHECK_FALSE(never.wait(20ms));
        CHECK(loop.stopping().is_open());
        has_ended = true;
    });
    loop.run();
    CHECK(has_ended);
}

TEST_CASE("STILE-engine-11 what the last fiber of a stopped loop has posted is still done")
{
    Loop loop;
    int done = 0;
    loop.spawn([&] {
        loop.stopping().wait();
        loop.post([&] { ++done; });
    });
    run_to_end(loop);
    CHECK(done == 1);
}

TEST_CASE("STILE-engine-7 work runs aside while other fibers go on, and what it throws is thrown where it was wanted")
{
    Loop loop;
    std::atomic<bool> others_went_on = false;
    std::string caught;
    const auto here = std::this_thread::get_id();
    loop.spawn([&] {
        try {
            run_aside([&] {
                CHECK(std::this_thread::get_id() != here);
                while (!others_went_on)
                    std::this_thread::yield();
                throw std::runtime_error("thrown aside");
            });
        } catch (const std::runtime_error& error) {
            caught = error.what();
        }
    });
    loop.spawn([&] { others_went_on = true; });
    run_to_end(loop);
    CHECK(caught == "thrown aside");
    run_aside([&] { CHECK(std::this_thread::get_id() == here); }); // outside of fibers
}

TEST_CASE("STILE-engine-8 each fiber collects its own log lines")
{
    const Written written;
    const Log log("test", written.descriptor());
    Loop loop;
    Gate gate(loop);
    loop.spawn([&] {
        const LogBatch batch(log);
        log.info("first", {});
        gate.wait();
        log.info("second", {});
    });
    loop.spawn([&] {
        log.info("between", {}); // without a batch: at once
        gate.open();
    });
    run_to_end(loop);
    const auto text = written.text();
    CHECK(text.find("between") < text.find("first"));
    CHECK(text.find("first") < text.find("second"));
}

TEST_CASE("STILE-engine-9 before the loop waits it sends what was collected, and what comes of that goes on at once")
{
    struct Collector final : Loop::Flusher {
        void flush() override
        {
            ++flushed;
            if (waiting != nullptr)
                waiting->open();
        }
        int flushed = 0;
        Gate* waiting = nullptr;
    };
    Loop loop;
    Collector collector;
    loop.add(collector);
    loop.spawn([&] {
        Gate gate(loop);
        collector.waiting = &gate;
        CHECK(gate.wait());
        collector.waiting = nullptr;
    });
    run_to_end(loop);
    CHECK(collector.flushed >= 2);
    loop.remove(collector);
}

TEST_CASE(
    "STILE-engine-10 after a turn of the loop that took long, what came meanwhile is not missed for its time limit")
{
    Loop loop;
    Gate gate(loop);
    bool came = false;
    loop.spawn([&] { came = gate.wait(20ms); });
    loop.spawn([&] {
        loop.post([&] { gate.open(); });
        const auto computed_until = std::chrono::steady_clock::now() + 60ms;
        while (std::chrono::steady_clock::now() < computed_until)
            ;
    });
    run_to_end(loop);
    CHECK(came);
}
