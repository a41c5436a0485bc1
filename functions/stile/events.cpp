// stile events: the audit trail, read from its streams.
#include "functions/stile/command.h"
#include "functions/stile/verify_events.h"

#include "shared/base/text.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace stile::admin {

namespace {

constexpr std::size_t page_size = 200; // entries asked for at a time, of each stream

struct EventsOptions {
    std::size_t count = 20;
    bool follow = false;
    bool verify = false;
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

// The newest that match, oldest first.
Result<std::vector<Events::Stored>> find(EventReader& reader, const EventsOptions& options)
{
    std::vector<Events::Stored> found;
    while (found.size() < options.count) {
        auto page = TRY(reader.older(page_size));
        if (page.empty())
            break;
        for (auto& entry : page)
            if (found.size() < options.count && is_wanted(entry.fields, options))
                found.push_back(std::move(entry));
    }
    std::ranges::reverse(found);
    return found;
}

// poll() reports a pipe whose reader has ended, without a write.
bool output_is_open()
{
    pollfd output = {STDOUT_FILENO, 0, 0};
    return ::poll(&output, 1, 0) == 0;
}

Result<int> follow(EventReader& reader, const EventsOptions& options, AdminContext& context)
{
    const auto patience = context.config.redis.timeout_milliseconds / 2; // less than the timeout of a reply
    while (std::cout.flush() && output_is_open()) {
        const auto entries = TRY(reader.newer(patience));
        for (const auto& entry : entries)
            if (is_wanted(entry.fields, options))
                context.print.item(row_of(entry.fields));
    }
    return done;
}

Result<int> show(const EventsOptions& options, AdminContext& context)
{
    if (options.verify)
        return verify_events(context);
    EventReader reader(context.connection);
    const auto found = TRY(find(reader, options));
    std::vector<Row> rows;
    rows.reserve(found.size());
    for (const auto& entry : found)
        rows.push_back(row_of(entry.fields));
    context.print.aside(heading());
    if (!options.follow) {
        context.print.list(rows);
        return done;
    }
    for (const auto& row : rows)
        context.print.item(row);
    return follow(reader, options, context);
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
    events->add_flag(
        "--verify", options->verify,
        "Instead of showing events, say where one is missing, was changed or was inserted; exit status 1 then");
    events->callback([&line, options] { line.run([&](AdminContext& context) { return show(*options, context); }); });
}

} // namespace stile::admin
