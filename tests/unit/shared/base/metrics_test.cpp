#include "shared/base/metrics.h"
#include "shared/oauth/counter_labels.h"

#include "tests/support/catch.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace stile;
using namespace std::chrono_literals;

namespace {

// A folder for counters, removed at the end.
class Folder {
public:
    Folder() { REQUIRE(::mkdtemp(m_path.data()) != nullptr); }
    ~Folder() { std::filesystem::remove_all(m_path); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    const std::string& path() const { return m_path; }

private:
    std::string m_path = "/tmp/stile-metrics-XXXXXX";
};

std::uint64_t ok_of(const FunctionCounters& counted)
{
    return counted.counters->requests[0][0].load();
}

} // namespace

TEST_CASE("STILE-counters-1 a duration is counted in the first bucket whose bound it does not exceed")
{
    Histogram histogram{};
    for (const auto duration : {0us, 100us, 101us, 5'000'000us, 5'000'001us})
        histogram.add(duration);
    CHECK(histogram.counts[0] == 2);
    CHECK(histogram.counts[1] == 1);
    CHECK(histogram.counts[Histogram::bounds.size() - 1] == 1);
    CHECK(histogram.counts[Histogram::bounds.size()] == 1);
    CHECK(histogram.microseconds == 10'000'202);
}

TEST_CASE("STILE-counters-2 counts of one process are visible to others, and remain after it ends")
{
    const Folder folder;
    {
        Metrics one(folder.path(), "token", counter_labels);
        Metrics other(folder.path(), "token", counter_labels);
        one.count_request("", "ok", 5us);
        other.count_request("refresh_token", "invalid_grant", 5us);
        CHECK(one.problem().empty());
    }
    Metrics later(folder.path(), "token", counter_labels);
    later.count_request("", "ok", 5us);
    Metrics(folder.path(), "login", counter_labels).count_start();

    const auto counted = read_counters(folder.path());
    REQUIRE(counted.size() == 2);
    CHECK(counted[0].function == "login");
    CHECK(counted[0].counters->starts == 1);
    CHECK(counted[1].function == "token");
    CHECK(ok_of(counted[1]) == 2);
    CHECK(counted[1].counters->requests[2][3] == 1);
    CHECK(counted[1].counters->request_durations.counts[0] == 3);
}

TEST_CASE("STILE-counters-3 no count is lost between threads")
{
    const Folder folder;
    Metrics metrics(folder.path(), "token", counter_labels);
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 8; ++i)
            threads.emplace_back([&] {
                for (int k = 0; k < 10'000; ++k)
                    metrics.count_request("", "ok", 1us);
            });
    }
    CHECK(ok_of(read_counters(folder.path()).at(0)) == 80'000);
}

TEST_CASE("STILE-counters-4 words without a place count as other, and as no grant type")
{
    const Folder folder;
    Metrics metrics(folder.path(), "token", counter_labels);
    metrics.count_request("something", "new", 1us);
    CHECK(read_counters(folder.path()).at(0).counters->requests[0][counter_labels.other_outcome] == 1);
}

TEST_CASE("STILE-counters-5 if the file cannot be created, counting continues in memory, and the reason is reported")
{
    Metrics nowhere("/nowhere/at/all", "token", counter_labels);
    CHECK(nowhere.problem().contains("No such file"));
    nowhere.count_request("", "ok", 1us);
    Metrics none("", "token", counter_labels);
    CHECK(none.problem().empty());
    none.count_start();
}

TEST_CASE("STILE-counters-6 a file that is not a counters file is skipped")
{
    const Folder folder;
    std::filesystem::create_directory(folder.path() + "/folder.1");
    std::ofstream(folder.path() + "/short.1") << "1234";
    std::ofstream(folder.path() + "/token.2") << std::string(sizeof(Counters), 'x');
    std::filesystem::create_symlink("/etc/passwd", folder.path() + "/link.1");
    CHECK(read_counters(folder.path()).empty());
    CHECK(read_counters("/nowhere").empty());
}

TEST_CASE("STILE-counters-7 every user can read the counters, whatever the umask; only their owner can write them")
{
    const Folder folder;
    const auto before = ::umask(077);
    Metrics(folder.path(), "token", counter_labels).count_start();
    ::umask(before);
    struct stat status{};
    REQUIRE(::stat((folder.path() + "/token.1").c_str(), &status) == 0);
    CHECK((status.st_mode & 0777) == 0644);
}
