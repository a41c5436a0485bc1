#include "shared/store/redis_health.h"

#include "shared/store/scan.h"

#include <algorithm>

namespace stile {

namespace {

constexpr std::int64_t few_keys = 20'000;
constexpr std::size_t sample_size = 1000;
constexpr std::string_view grant_prefix = "grant:";

// A line of INFO that says that Redis refuses writes, and its meaning.
struct Sign {
    std::string_view line;
    std::string_view problem;
};
constexpr Sign signs[] = {
    {"\nloading:1", "Redis is loading its data"},
    {"\nrole:slave", "Redis is a read-only replica"},
    {"\naof_last_write_status:err", "Redis cannot write its append-only file"},
    {"\nrdb_last_bgsave_status:err", "Redis could not save its snapshot"},
};

} // namespace

Result<std::string> RedisHealth::problem()
{
    for (const std::string_view section : {"persistence", "replication"}) {
        const auto info = TRY(m_connection.command({"INFO", section})).text;
        for (const auto& sign : signs)
            if (info.contains(sign.line))
                return std::string(sign.problem);
    }
    return std::string();
}

Result<RedisHealth::Count> RedisHealth::count_grants()
{
    auto counts = m_connection.pipeline({{"DBSIZE"}, {"ZCARD", "logout_notices"}});
    if (!counts) // perhaps only the second is refused: the rights in Redis are older than this program
        counts = TRY(m_connection.pipeline({{"DBSIZE"}}));
    const auto keys = counts->at(0).integer;
    const auto notices = counts->size() > 1 ? std::optional(counts->at(1).integer) : std::nullopt;
    if (keys <= few_keys)
        return Count{static_cast<std::int64_t>(TRY(names_below(m_connection, grant_prefix)).size()), false, notices};
    const auto sample = TRY(m_connection.pipeline(std::vector<Arguments>(sample_size, {"RANDOMKEY"})));
    const auto hits =
        std::ranges::count_if(sample, [](const Reply& reply) { return reply.text.starts_with(grant_prefix); });
    return Count{keys * hits / static_cast<std::int64_t>(sample_size), true, notices};
}

} // namespace stile
