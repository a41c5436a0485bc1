// stile events: the audit trail, read from the stream `events`.
#include "functions/stile/command.h"

#include "shared/base/text.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace stile::admin {

namespace {

constexpr std::size_t page_size = 500; // entries asked for at a time

struct EventsOptions {
    std::size_t count = 20;
    bool follow = false;
    std::string user;
    std::string client;
    std::string event;
    std::string grant;
};

bool is_wanted(const Record& event, const EventsOptions& options)
{
    const auto matches = [](const std::string& wanted, const std::string& value) {
        return wanted.empty() || wanted == value;
    };
    return (matches(options.user, event["user"]) || matches(options.user, event["sub"]))
           && matches(options.client, event["client_id"]) && matches(options.event, event["event"])
           && matches(options.grant, event["grant"]);
}

// Text from Redis may be written by others and must not move the cursor of a terminal.
std::string printable(const std::string& text)
{
    std::string shown = text.empty() ? "-" : text;
    std::ranges::replace_if(shown, [](char c) { return !is_vschar(c); }, '?');
    return shown;
}

std::string padded(const std::string& text, std::size_t width)
{
    return text + std::string(width > text.size() ? width - text.size() : 0, ' ') + "  ";
}

// TIME, EVENT, USER, CLIENT, ADDRESS, and the other fields of the event as name=value.
std::string table_line(const Record& event)
{
    const auto& user = event["user"].empty() ? event["sub"] : event["user"];
    auto line = padded(printable(event["time"]), 20) + padded(printable(event["event"]), 21)
                + padded(printable(user), 12) + padded(printable(event["client_id"]), 14)
                + padded(printable(event["address"]), 13);
    for (const std::string_view name : {"grant", "grant_type", "kid", "count", "reason", "by"})
        if (!event[name].empty())
            line.append(name).append("=").append(printable(event[name])).append(" ");
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string heading()
{
    return padded("TIME", 20) + padded("EVENT", 21) + padded("USER", 12) + padded("CLIENT", 14) + padded("ADDRESS", 13)
           + "MORE";
}

Row row_of(const Record& event)
{
    Row row = {table_line(event), {}};
    for (const auto& [name, value] : event.fields())
        row.entry.push_back({name, value});
    return row;
}

struct Found {
    std::vector<Events::Stored> entries; // the newest that match, oldest first
    std::string last = "0-0"; // id of the newest event, whether it matches or not
};

Result<Found> find(const EventsOptions& options, AdminContext& context)
{
    Found result;
    auto& found = result.entries;
    std::string before;
    while (found.size() < options.count) {
        auto page = TRY(context.events.newest(page_size, before));
        if (page.empty())
            break;
        if (before.empty())
            result.last = page.front().id;
        before = page.back().id;
        for (auto& entry : page)
            if (found.size() < options.count && is_wanted(entry.fields, options))
                found.push_back(std::move(entry));
    }
    std::ranges::reverse(found);
    return result;
}

// poll() reports a pipe whose reader has ended, without a write.
bool output_is_open()
{
    pollfd output = {STDOUT_FILENO, 0, 0};
    return ::poll(&output, 1, 0) == 0;
}

Result<int> follow(std::string after, const EventsOptions& options, AdminContext& context)
{
    const auto patience = context.config.redis.timeout_milliseconds / 2; // less than the timeout of a reply
    while (std::cout.flush() && output_is_open()) {
        const auto entries = TRY(context.events.wait_for(after, patience));
        for (const auto& entry : entries) {
            after = entry.id;
            if (is_wanted(entry.fields, options))
                context.print.item(row_of(entry.fields));
        }
    }
    return done;
}

Result<int> show(const EventsOptions& options, AdminContext& context)
{
    const auto found = TRY(find(options, context));
    std::vector<Row> rows;
    rows.reserve(found.entries.size());
    for (const auto& entry : found.entries)
        rows.push_back(row_of(entry.fields));
    context.print.aside(heading());
    if (!options.follow) {
        context.print.list(rows);
        return done;
    }
    for (const auto& row : rows)
        context.print.item(row);
    return follow(found.last, options, context);
}

} // namespace

void add_events_command(Command& app, CommandLine& line)
{
    auto* events = app.add_subcommand("events", "Shows the latest security events, oldest first");
    const auto options = std::make_shared<EventsOptions>();
    events->add_option("--count", options->count, "Number of events (default: 20)")->between(1, 10'000'000);
    events->add_flag("--follow", options->follow,
                     "Keep printing new events until Ctrl-C; with --json one object per line");
    events->add_option("--user", options->user, "Only events of this user name or sub");
    events->add_option("--client", options->client, "Only events of this client_id");
    events->add_option("--event", options->event, "Only events with this name, such as login_failed")
        ->one_of({event_names().begin(), event_names().end()});
    events->add_option("--grant", options->grant, "Only events of this grant: the first 12 characters of its tokens");
    events->callback([&line, options] { line.run([&](AdminContext& context) { return show(*options, context); }); });
}

} // namespace stile::admin
