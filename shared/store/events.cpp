#include "shared/store/events.h"

#include <algorithm>

namespace stile {

namespace {

constexpr std::string_view key = "events";

// XADD events MAXLEN ~ <kept> * field value field value …
Arguments add_command(const EventRecord& event, std::string_view kept)
{
    Arguments words = {"XADD", key, "MAXLEN", "~", kept, "*"};
    for (const auto& [name, text] : event.fields())
        if (!text.empty())
            words.insert(words.end(), {name, text});
    return words;
}

// Each entry is [id, [field, value, …]].
std::vector<Events::Stored> entries_of(Reply& reply)
{
    std::vector<Events::Stored> entries;
    for (auto& entry : reply.elements)
        if (entry.elements.size() == 2)
            entries.push_back({std::move(entry.elements[0].text), Record(std::move(entry.elements[1]))});
    return entries;
}

} // namespace

Result<void> Events::append(std::span<const EventRecord> events, std::size_t kept)
{
    const auto most = std::to_string(kept);
    std::vector<Arguments> commands;
    for (const auto& event : events)
        commands.push_back(add_command(event, most));
    TRY(m_connection.pipeline(commands));
    return {};
}

Result<std::vector<Events::Stored>> Events::newest(std::size_t count, std::string_view before)
{
    const auto from = before.empty() ? "+" : "(" + std::string(before);
    const auto most = std::to_string(count);
    auto reply = TRY(m_connection.command({"XREVRANGE", key, from, "-", "COUNT", most}));
    return entries_of(reply);
}

Result<std::vector<Events::Stored>> Events::wait_for(std::string_view after, std::int64_t milliseconds)
{
    const auto patience = std::to_string(std::max<std::int64_t>(milliseconds, 1)); // 0 would wait forever
    auto reply = TRY(m_connection.command({"XREAD", "BLOCK", patience, "STREAMS", key, after}));
    if (reply.elements.empty()) // nil: no new entries
        return std::vector<Stored>();
    return entries_of(reply.elements.at(0).elements.at(1)); // [[key, entries]]
}

} // namespace stile
