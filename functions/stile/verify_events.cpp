// What this shows and what it cannot show is in shared/endpoint/README.md.
#include "functions/stile/verify_events.h"

#include "functions/stile/check/report.h"

#include "shared/base/text.h"
#include "shared/oauth/event_chain.h"

#include <algorithm>
#include <map>
#include <set>

namespace stile::admin {

namespace {

constexpr std::size_t page_size = 1000; // entries asked for at a time
constexpr std::string_view of_earlier_versions = "events";

std::string digest_of(const Record& entry)
{
    std::vector<std::pair<std::string_view, std::string_view>> fields(entry.fields().begin(), entry.fields().end());
    return event_digest(fields);
}

// The stream in which Stile writes such an event; empty for an event that this version does not know.
std::string stream_of(const Record& entry)
{
    const auto names = event_names();
    const auto found = std::ranges::find(names, entry["event"]);
    if (found == names.end())
        return {};
    return event_stream_of(entry["function"], kind_of(static_cast<EventName>(found - names.begin())));
}

std::string in_entries(std::size_t count)
{
    return std::to_string(count) + (count == 1 ? " entry" : " entries");
}

// The events of one process in one stream, in the order in which they lie there.
struct Chain {
    std::uint64_t first = 0;
    std::map<std::uint64_t, std::string> digests{}; // by number
};

// Numbers of events that are not there, by process; and how many the process says it could not write (events_lost).
struct Absent {
    std::vector<std::string> gaps{};
    std::uint64_t missing = 0;
    std::uint64_t lost = 0;
};

class Verification {
public:
    explicit Verification(AdminContext& context) : m_context(context) {}

    Result<int> run()
    {
        for (const auto& stream : event_streams())
            TRY(verify(stream));
        report_absent();
        m_context.print.list(m_report.rows());
        return m_report.status();
    }

private:
    Result<void> verify(const std::string& stream);
    void take(const Events::Stored& entry);
    void link(const Events::Stored& entry, std::uint64_t number, const std::string& digest);
    void miss(const std::string& chain, const std::string& stream, std::uint64_t first, std::uint64_t last);
    void report_absent();
    void problem(const Events::Stored& entry, const std::string& what)
    {
        ++m_problems;
        m_report.problem(entry.stream + ": the entry " + entry.id + " " + what);
    }

    AdminContext& m_context;
    CheckReport m_report;
    std::map<std::string, Absent> m_absent; // by process
    std::map<std::string, Chain> m_chains; // by process, of the stream at hand
    std::size_t m_problems = 0; // of the stream at hand
    std::size_t m_repeated = 0; // likewise
};

Result<void> Verification::verify(const std::string& stream)
{
    m_chains.clear();
    m_problems = m_repeated = 0;
    const auto length = TRY(m_context.events.length_of(stream));
    std::size_t count = 0;
    std::string after;
    for (auto page = TRY(m_context.events.of_stream(stream, after, page_size)); !page.empty();
         page = TRY(m_context.events.of_stream(stream, after, page_size))) {
        after = page.back().id;
        count += page.size();
        for (const auto& entry : page)
            if (stream != of_earlier_versions)
                take(entry);
    }
    if (stream == of_earlier_versions) {
        if (count > 0)
            m_report.note(stream + ": " + in_entries(count) + " of an earlier version, not linked");
        return {};
    }
    // Redis removes the oldest entries of a stream that has more than STILE_EVENTS, and no others.
    const bool is_full = length.entries >= m_context.config.events;
    if (length.ever_added > length.entries && !is_full) {
        ++m_problems;
        m_report.problem(stream + ": " + in_entries(length.ever_added - length.entries)
                         + " removed, though it has fewer than STILE_EVENTS (" + std::to_string(m_context.config.events)
                         + ")");
    }
    for (const auto& [id, chain] : m_chains)
        if (chain.first > 1 && !is_full)
            miss(id, stream, 1, chain.first - 1);
    if (count > 0 && m_problems == 0)
        m_report.good(stream + ": " + in_entries(count) + " of " + std::to_string(m_chains.size())
                      + (m_chains.size() == 1 ? " process" : " processes")
                      + (m_repeated > 0 ? ", " + std::to_string(m_repeated) + " of them written twice" : ""));
    return {};
}

void Verification::take(const Events::Stored& entry)
{
    const auto number = parse_number<std::uint64_t>(entry.fields["n"]).value_or(0);
    if (entry.fields["chain"].empty() || number == 0)
        return problem(entry, "is in no chain: Stile did not write it");
    if (const auto belongs = stream_of(entry.fields); !belongs.empty() && belongs != entry.stream)
        return problem(entry, "belongs into " + belongs + ": Stile did not write it here");
    if (entry.fields["event"] == to_string(EventName::events_lost))
        m_absent[entry.fields["chain"]].lost += parse_number<std::uint64_t>(entry.fields["count"]).value_or(0);
    link(entry, number, digest_of(entry.fields));
}

void Verification::link(const Events::Stored& entry, std::uint64_t number, const std::string& digest)
{
    const auto& id = entry.fields["chain"];
    const auto& after = entry.fields["after"];
    auto& chain = m_chains[id];
    const auto in_chain = "(number " + std::to_string(number) + " of process " + id + ") ";
    if (const auto same = chain.digests.find(number); same != chain.digests.end()) {
        // After a failure of Redis the functions write again what they have no answer about.
        if (same->second == digest)
            ++m_repeated;
        else
            problem(entry, in_chain + "is not the only one with this number: one of them was inserted or changed");
        return;
    }
    if (chain.digests.empty())
        chain.first = number;
    else if (number < chain.digests.rbegin()->first)
        return problem(entry, in_chain + "is not in its place");
    else if (const auto& [last, last_digest] = *chain.digests.rbegin(); number > last + 1)
        miss(id, entry.stream, last + 1, number - 1);
    else if (after != last_digest)
        problem(entry, in_chain + "does not follow from the one before it: one of the two was changed");
    if (after.empty() != (number == 1))
        problem(entry, in_chain + "is not as Stile begins a chain");
    chain.digests.emplace(number, digest);
}

void Verification::miss(const std::string& chain, const std::string& stream, std::uint64_t first, std::uint64_t last)
{
    auto& absent = m_absent[chain];
    absent.missing += last - first + 1;
    absent.gaps.push_back(stream + " number " + std::to_string(first)
                          + (last > first ? " to " + std::to_string(last) : std::string()));
}

void Verification::report_absent()
{
    for (const auto& [id, absent] : m_absent) {
        if (absent.missing == 0)
            continue;
        const auto what = "of process " + id + ": " + join(absent.gaps, ", ");
        if (absent.missing <= absent.lost)
            m_report.note("only on standard error, as events_lost says, " + what);
        else
            m_report.problem("missing " + what
                             + (absent.lost > 0 ? "; events_lost tells of " + std::to_string(absent.lost) : ""));
    }
}

} // namespace

Result<int> verify_events(AdminContext& context)
{
    return Verification(context).run();
}

} // namespace stile::admin
