#include "shared/store/events.h"

#include "shared/base/text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace stile {

namespace {

// The functions that record events; a test compares them with redis/users.acl.
constexpr std::array functions = {"authorize", "login", "consent", "token", "introspect", "revoke", "logout", "stile"};
constexpr std::array suffixes = {"", ":routine", ":refused"}; // by kind
static_assert(suffixes.size() == event_kinds);

// Each entry is [id, [field, value, …]].
std::vector<Events::Stored> entries_of(Reply& reply, const std::string& stream)
{
    std::vector<Events::Stored> entries;
    for (auto& entry : reply.elements)
        if (entry.elements.size() == 2)
            entries.push_back({std::move(entry.elements[0].text), stream, Record(std::move(entry.elements[1]))});
    return entries;
}

// "milliseconds-number", as numbers.
std::pair<std::uint64_t, std::uint64_t> order_of(const Events::Stored& entry)
{
    const std::string_view id = entry.id;
    const auto dash = id.find('-');
    const auto number = [](std::string_view text) { return parse_number<std::uint64_t>(text).value_or(0); };
    return {number(id.substr(0, dash)), dash == id.npos ? 0 : number(id.substr(dash + 1))};
}

bool is_older(const Events::Stored& a, const Events::Stored& b)
{
    return std::pair(order_of(a), a.stream) < std::pair(order_of(b), b.stream);
}

} // namespace

std::span<const std::string> event_streams()
{
    static const auto all = [] {
        std::vector<std::string> streams;
        for (const auto* function : functions)
            for (std::size_t kind = 0; kind < event_kinds; ++kind)
                streams.push_back(event_stream_of(function, static_cast<EventKind>(kind)));
        streams.emplace_back("events");
        return streams;
    }();
    return all;
}

std::string event_stream_of(std::string_view function, EventKind kind)
{
    return std::string("events:").append(function).append(suffixes.at(static_cast<std::size_t>(kind)));
}

Result<void> Events::append(std::span<const EventRecord> events, std::size_t kept)
{
    std::vector<std::pair<std::string, Step>> steps; // by stream
    for (const auto& event : events) {
        const auto stream = event_stream_of(event.function, kind_of(event.event.name));
        auto step = std::ranges::find(steps, stream, &std::pair<std::string, Step>::first);
        if (step == steps.end()) {
            steps.emplace_back(stream, Step("add_events")).second.key("events_key", stream).with("kept", kept);
            step = steps.end() - 1;
        }
        stile::Command words = {""};
        for (const auto& [name, text] : event.fields())
            if (!text.empty())
                words.insert(words.end(), {std::string(name), std::string(text)});
        words[0] = std::to_string(words.size() - 1);
        step->second.fields(words);
    }
    std::vector<stile::Command> commands;
    commands.reserve(steps.size());
    for (const auto& [stream, step] : steps)
        commands.push_back(step.command());
    TRY(m_connection.run(commands));
    return {};
}

Result<std::vector<Events::Stored>> Events::of_stream(const std::string& stream, std::string_view after,
                                                      std::size_t count)
{
    const auto from = after.empty() ? "-" : "(" + std::string(after);
    const auto most = std::to_string(count);
    auto reply = TRY(m_connection.command({"XRANGE", stream, from, "+", "COUNT", most}));
    return entries_of(reply, stream);
}

Result<Events::Length> Events::length_of(const std::string& stream)
{
    if (TRY(m_connection.command({"EXISTS", stream})).integer == 0) // XINFO gives an error where there is no stream
        return Length{};
    const auto info = TRY(m_connection.command({"XINFO", "STREAM", stream})).elements; // name, value, …
    const auto value = [&](std::string_view name) -> std::size_t {
        const auto found = std::ranges::find(info, name, &Reply::text);
        return info.end() - found > 1 ? static_cast<std::size_t>((found + 1)->integer) : 0;
    };
    return Length{value("length"), value("entries-added")};
}

EventReader::EventReader(Connection& connection) : m_connection(connection)
{
    for (const auto& stream : event_streams())
        m_places.push_back({stream});
}

EventReader::Place& EventReader::place_of(const std::string& stream)
{
    return *std::ranges::find_if(m_places, [&](const Place& place) { return place.stream == stream; });
}

Result<std::vector<Events::Stored>> EventReader::older(std::size_t count)
{
    std::vector<stile::Command> commands;
    commands.reserve(m_places.size());
    for (const auto& place : m_places)
        commands.push_back({"XREVRANGE", place.stream, place.before.empty() ? "+" : "(" + place.before, "-", "COUNT",
                            std::to_string(count)});
    auto replies = TRY(m_connection.run(commands));
    std::vector<Events::Stored> entries;
    for (std::size_t i = 0; i < m_places.size(); ++i) {
        auto found = entries_of(replies[i], m_places[i].stream);
        if (m_places[i].before.empty() && !found.empty() && m_places[i].after == "0-0")
            m_places[i].after = found.front().id;
        std::ranges::move(found, std::back_inserter(entries));
    }
    std::ranges::sort(entries, [](const auto& a, const auto& b) { return is_older(b, a); });
    entries.resize(std::min(entries.size(), count), Events::Stored{"", "", Record(Reply())});
    for (const auto& entry : entries)
        place_of(entry.stream).before = entry.id;
    return entries;
}

Result<std::vector<Events::Stored>> EventReader::newer(std::int64_t milliseconds)
{
    stile::Command command = {"XREAD", "BLOCK", std::to_string(std::max<std::int64_t>(milliseconds, 1)), // 0: for ever
                              "STREAMS"};
    for (const auto& place : m_places)
        command.push_back(place.stream);
    for (const auto& place : m_places)
        command.push_back(place.after);
    auto reply = std::move(TRY(m_connection.run({command})).front());
    std::vector<Events::Stored> entries;
    for (auto& stream : reply.elements) { // [[key, entries], …]; nil: no new entries
        auto& place = place_of(stream.elements.at(0).text);
        auto found = entries_of(stream.elements.at(1), place.stream);
        if (!found.empty())
            place.after = found.back().id;
        std::ranges::move(found, std::back_inserter(entries));
    }
    std::ranges::sort(entries, is_older);
    return entries;
}

} // namespace stile
