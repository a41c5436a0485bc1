// Where the audit trail is, and what of it is not there any more.
#include "functions/stile/check/checks.h"

#include "shared/base/text.h"

#include <filesystem>

namespace stile::admin {

namespace {

// How many events did not get into Redis, by the entries that say so.
Result<std::size_t> lost_in(const std::string& stream, Events& events)
{
    std::size_t lost = 0;
    std::string after;
    constexpr std::size_t page_size = 1000;
    for (auto page = TRY(events.of_stream(stream, after, page_size)); !page.empty();
         page = TRY(events.of_stream(stream, after, page_size))) {
        after = page.back().id;
        for (const auto& entry : page)
            if (entry.fields["event"] == to_string(EventName::events_lost))
                lost += parse_number<std::size_t>(entry.fields["count"]).value_or(0);
    }
    return lost;
}

// The journal is the whole trail; without a folder on disk journald keeps it in memory (journald.conf(5), Storage=auto).
void check_journal(CheckReport& report)
{
    std::error_code error;
    const bool has_journald = std::filesystem::exists("/run/systemd/journal", error);
    if (has_journald && !std::filesystem::exists("/var/log/journal", error))
        report.note("the journal is lost at each restart of the machine, and with it all older security events; create "
                    "/var/log/journal");
}

} // namespace

Result<void> check_events(AdminContext& context, CheckReport& report)
{
    check_journal(report);
    if (context.config.events == 0) {
        report.note("STILE_EVENTS is 0: security events are only on standard error of the functions (the journal)");
        return {};
    }
    std::size_t lost = 0;
    bool is_complete = true;
    for (const auto& stream : event_streams()) {
        const auto length = TRY(context.events.length_of(stream));
        if (length.entries == 0)
            continue;
        if (length.ever_added > length.entries) {
            is_complete = false;
            const auto oldest = TRY(context.events.of_stream(stream, "", 1));
            report.note(stream + " goes back to " + (oldest.empty() ? "now" : oldest.front().fields["time"])
                        + "; older events are only on standard error (the journal). It keeps STILE_EVENTS ("
                        + std::to_string(context.config.events) + ") entries");
        }
        lost += TRY(lost_in(stream, context.events));
    }
    if (is_complete)
        report.good("Redis has all security events since it has been recording them");
    if (lost > 0)
        report.note(counted(lost, "security event")
                    + " could not be written to Redis; standard error (the journal) has what is missing");
    return {};
}

} // namespace stile::admin
