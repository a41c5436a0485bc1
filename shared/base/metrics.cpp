#include "shared/base/metrics.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace stile {

namespace {

const std::string suffix = "." + std::string(Counters::layout);

class Descriptor {
public:
    explicit Descriptor(int descriptor) : m_descriptor(descriptor) {}
    ~Descriptor()
    {
        if (m_descriptor >= 0)
            ::close(m_descriptor);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return m_descriptor; }

private:
    int m_descriptor;
};

template <typename T>
std::shared_ptr<T> map(int descriptor, int protection, int flags)
{
    void* memory = ::mmap(nullptr, sizeof(T), protection, flags, descriptor, 0);
    if (memory == MAP_FAILED)
        return nullptr;
    return {static_cast<T*>(memory), [memory](const T*) { ::munmap(memory, sizeof(T)); }};
}

// Every counter begins at zero, so a new file only needs its length. The file never becomes shorter, so no mapping of
// it becomes invalid.
bool make_long_enough(int descriptor)
{
    struct stat status{};
    const auto size = static_cast<off_t>(sizeof(Counters));
    const bool is_long_enough = ::flock(descriptor, LOCK_EX) == 0 && ::fstat(descriptor, &status) == 0
                                && (status.st_size >= size || ::ftruncate(descriptor, size) == 0);
    ::flock(descriptor, LOCK_UN); // a mapping would keep the lock when the descriptor is closed
    return is_long_enough;
}

std::shared_ptr<Counters> map_file(const std::string& path)
{
    const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (file.get() < 0 || !make_long_enough(file.get()))
        return nullptr;
    ::fchmod(file.get(), 0644); // it contains no secret; the call fails if another user owns the file
    return map<Counters>(file.get(), PROT_READ | PROT_WRITE, MAP_SHARED);
}

template <std::size_t size>
std::size_t index_of(std::string_view word, const std::array<std::string_view, size>& words, std::size_t otherwise)
{
    const auto found = std::ranges::find(words, word);
    return found == words.end() ? otherwise : static_cast<std::size_t>(found - words.begin());
}

} // namespace

void Histogram::add(Microseconds duration)
{
    const auto bound = std::ranges::lower_bound(bounds, duration.count());
    counts[static_cast<std::size_t>(bound - bounds.begin())].fetch_add(1, std::memory_order_relaxed);
    microseconds.fetch_add(static_cast<std::uint64_t>(duration.count()), std::memory_order_relaxed);
}

Metrics::Metrics(const std::string& folder, std::string_view function, const CounterLabels& labels)
    : m_folder(folder),
      m_labels(labels)
{
    if (!folder.empty()) {
        const auto path = folder + "/" + std::string(function) + suffix;
        m_counters = map_file(path);
        if (!m_counters)
            m_problem = path + ": " + std::generic_category().message(errno);
    }
    if (!m_counters)
        m_counters = map<Counters>(-1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
    if (!m_counters)
        throw std::runtime_error("out of memory");
}

void Metrics::count_request(std::string_view grant_type, std::string_view outcome, Microseconds duration)
{
    auto& of_grant_type = m_counters->requests[index_of(grant_type, m_labels.grant_types, 0)];
    // An empty word would be found at the first place that is free.
    const auto place =
        outcome.empty() ? m_labels.other_outcome : index_of(outcome, m_labels.outcomes, m_labels.other_outcome);
    of_grant_type[place].fetch_add(1, std::memory_order_relaxed);
    m_counters->request_durations.add(duration);
}

std::vector<FunctionCounters> read_counters(const std::string& folder)
{
    std::vector<FunctionCounters> found;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() != suffix)
            continue;
        const Descriptor file(::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
        struct stat status{};
        if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)
            || status.st_size < static_cast<off_t>(sizeof(Counters)))
            continue;
        if (auto counters = map<const Counters>(file.get(), PROT_READ, MAP_SHARED))
            found.push_back({entry.path().stem().string(), std::move(counters)});
    }
    std::ranges::sort(found, {}, &FunctionCounters::function);
    return found;
}

} // namespace stile
