// Whether Redis has the version, memory policy, persistence and clock that Stile needs.
#include "functions/stile/check/checks.h"
#include "functions/stile/library.h"

#include "shared/base/text.h"

namespace stile::admin {

namespace {

// The value of a line "name:value" of INFO.
std::string info_value(const std::string& info, const std::string& name)
{
    for (const auto line : split(info, '\n'))
        if (line.starts_with(name + ":"))
            return std::string(line.substr(name.size() + 1, line.find('\r') - name.size() - 1));
    return {};
}

void check_server(const std::string& info, CheckReport& report)
{
    // For compatibility, Valkey reports 7.2.4 as redis_version.
    const bool is_valkey = info_value(info, "server_name") == "valkey";
    const auto version = info_value(info, is_valkey ? "valkey_version" : "redis_version");
    const auto server = (is_valkey ? "Valkey " : "Redis ") + version;
    report.require(parse_number<int>(std::string_view(version).substr(0, version.find('.'))).value_or(0) >= 7, server,
                   server + " is too old: functions (FCALL) need Redis 7.0, or Valkey");
    if (info_value(info, "role") == "slave")
        report.problem("Redis is a read-only replica; set STILE_REDIS to the primary");
    const auto policy = info_value(info, "maxmemory_policy");
    report.require(policy == "noeviction", "maxmemory-policy is noeviction",
                   "maxmemory-policy is " + policy
                       + ": sessions, throttles and used tokens would be dropped silently; set it to noeviction");
}

void check_persistence(const std::string& info, Connection& connection, CheckReport& report)
{
    report.require(info_value(info, "aof_enabled") == "1", "appendonly is yes",
                   "appendonly is no: after a crash used codes and refresh tokens could be used again; set "
                   "appendonly yes");
    for (const char* status : {"aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"})
        if (const auto value = info_value(info, status); !value.empty() && value != "ok")
            report.problem(std::string("Redis could not write to its disk (") + status + " is " + value
                           + "): check its log and whether the disk is full");
    const auto fsync = connection.command({"CONFIG", "GET", "appendfsync"});
    if (!fsync || fsync->elements.size() != 2)
        report.note("Redis does not show its settings (CONFIG); make sure that appendfsync is always");
    else if (fsync->elements[1].text == "always")
        report.good("appendfsync is always");
    else
        report.note("appendfsync is " + fsync->elements[1].text
                    + ": a power failure may lose the last second; set appendfsync always");
}

// TTLs follow the clock of Redis; `issued_at` and `created_at` are from the functions' clock.
Result<void> check_clock(AdminContext& context, CheckReport& report)
{
    constexpr Seconds tolerance = 2;
    const Seconds before = context.clock.now();
    const auto reply = TRY(context.connection.command({"TIME"}));
    const Seconds after = context.clock.now();
    const auto theirs = reply.elements.empty() ? 0 : parse_number<Seconds>(reply.elements[0].text).value_or(0);
    const Seconds ahead = theirs > after ? theirs - after : theirs < before ? theirs - before : 0;
    report.require(std::abs(ahead) <= tolerance, "the clocks of Redis and this machine agree",
                   "the clock of Redis is " + std::to_string(std::abs(ahead)) + " s "
                       + (ahead > 0 ? "ahead of" : "behind")
                       + " that of this machine: tokens would expire at wrong times; synchronize both by NTP "
                         "(timedatectl set-ntp true)");
    return {};
}

// Calling a step loads the library if it is missing, which tests that it can be loaded.
Result<void> check_library(Connection& connection, CheckReport& report)
{
    TRY(connection.call(Step("revoke_grant").key("grant_key", "grant:{stile-check}")));
    report.good("the function library is loaded");
    const auto layout = TRY(connection.command({"GET", "schema"}));
    if (layout.is_nil)
        report.note("the layout of the records is not recorded; run stile library load");
    else
        report.good("the records have layout " + layout.text);
    for (const auto& library : TRY(loaded_libraries(connection)))
        if (!library.is_ours && !library.is_in_use)
            report.note("Redis has the unused library " + library.name + "; run stile library clean");
    return {};
}

} // namespace

Result<void> check_redis(AdminContext& context, CheckReport& report)
{
    const auto info = TRY(context.connection.command({"INFO"})).text;
    check_server(info, report);
    check_persistence(info, context.connection, report);
    TRY(check_clock(context, report));
    return check_library(context.connection, report);
}

} // namespace stile::admin
