#include "shared/store/logout_notices.h"

#include "shared/base/text.h"

#include <algorithm>
#include <array>

namespace stile {

namespace {

constexpr std::string_view key = "logout_notices";
constexpr std::int64_t kept = 24 * 3600; // seconds after the last one was added: deletes undelivered notices

constexpr std::int64_t put_back_pause = 1'000; // milliseconds

// Milliseconds before the second, third … attempt: about an hour and a half in total.
constexpr std::array<std::int64_t, 8> pauses = {2'000, 10'000, 30'000, 120'000, 300'000, 600'000, 1'800'000, 2'400'000};

// "<attempts begun> <id> <client_id> <sub> <sid>": none of them contains a space.
std::string entry_of(const LogoutNotice& notice)
{
    return "1 " + notice.id + " " + notice.client_id + " " + notice.subject + " " + notice.sid;
}

std::optional<LogoutNotice> notice_from(std::string_view text)
{
    const auto words = split(text, ' ');
    if (words.size() != 4)
        return std::nullopt;
    return LogoutNotice{std::string(words[0]), std::string(words[1]), std::string(words[2]), std::string(words[3])};
}

} // namespace

Command LogoutNotices::add_command(const std::vector<LogoutNotice>& notices, std::int64_t now)
{
    Step step("add_notices");
    step.key("notices_key", key).with("now", now).with("ttl", kept);
    for (const auto& notice : notices)
        step.fields({entry_of(notice)});
    return step.command();
}

Result<void> LogoutNotices::add(const std::vector<LogoutNotice>& notices, std::int64_t now)
{
    if (!notices.empty())
        TRY(m_connection.run({add_command(notices, now)}));
    return {};
}

Result<std::variant<LogoutNotices::Taken, LogoutNotices::Next>> LogoutNotices::take(
    std::int64_t now, const std::vector<std::string>& busy_clients)
{
    using Answer = std::variant<Taken, Next>;
    const auto busy = busy_clients.empty() ? std::string() : " " + join(busy_clients, " ") + " ";
    const auto reply = TRY(m_connection.call(Step("take_notice")
                                                 .key("notices_key", key)
                                                 .with("now", now)
                                                 .with("lease_end", now + lease)
                                                 .with("busy_clients", busy)));
    if (!reply.exists())
        return Answer(Next{});
    if (const auto& due_at = reply["due_at"]; !due_at.empty())
        return Answer(Next{parse_number<std::int64_t>(due_at)});
    auto notice = notice_from(reply["notice"]);
    const auto attempt = static_cast<int>(reply.number("attempt"));
    Taken taken = {notice.value_or(LogoutNotice()), attempt, attempt > static_cast<int>(pauses.size()), reply["entry"]};
    if (notice)
        return Answer(std::move(taken));
    TRY(done(taken)); // malformed: written by hand
    return Answer(Next{now});
}

Result<void> LogoutNotices::set_due(const Taken& taken, std::int64_t due_at, const std::string& next_entry)
{
    TRY(m_connection.call(Step("postpone_notice")
                              .key("notices_key", key)
                              .with("due_at", due_at)
                              .with("entry", taken.entry)
                              .with("next_entry", next_entry)));
    return {};
}

Result<void> LogoutNotices::put_back(const Taken& taken, std::int64_t now)
{
    const auto rest = taken.entry.substr(std::min(taken.entry.find(' '), taken.entry.size()));
    return set_due(taken, now + put_back_pause, std::to_string(taken.attempt) + rest);
}

Result<void> LogoutNotices::postpone(const Taken& taken, std::int64_t now)
{
    const auto index = std::min(static_cast<std::size_t>(taken.attempt), pauses.size()) - 1;
    return set_due(taken, now + pauses.at(index), taken.entry);
}

Result<void> LogoutNotices::done(const Taken& taken)
{
    TRY(m_connection.command({"ZREM", key, taken.entry}));
    return {};
}

} // namespace stile
