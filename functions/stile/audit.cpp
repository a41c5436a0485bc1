// Who did what with the admin command.
#include "functions/stile/command.h"

#include <pwd.h>
#include <unistd.h>

#include <iostream>

namespace stile::admin {

namespace {

// sudo tells who is behind root; what it tells is only as good as whoever may be root.
std::string unix_user()
{
    const passwd* entry = ::getpwuid(::getuid());
    const std::string name = entry != nullptr ? entry->pw_name : std::to_string(::getuid());
    const auto behind = ::getuid() == 0 ? process_environment("SUDO_USER") : std::nullopt;
    return behind ? *behind + " as " + name : name;
}

} // namespace

void Workplace::record(Event event)
{
    event.by = unix_user();
    const EventRecord event_record = {rfc3339(clock.now()), "stile", std::move(event)};
    const auto written = config.events > 0 ? events.append({&event_record, 1}, config.events) : Result<void>();
    if (!written)
        complain(failed, "done, but the event was not written to the stream: " + written.error().detail);
    if (!written || ::isatty(STDERR_FILENO) == 0)
        Log("stile").line(event_record.fields());
}

Grants::Tell Workplace::tell_revoked(const ClientName& client, const Person& user, Word reason)
{
    return [this, client, user, reason](std::string_view grant_id) {
        record({.name = EventName::grant_revoked,
                .client = client,
                .user = user,
                .grant = GrantName(grant_id),
                .reason = reason});
    };
}

} // namespace stile::admin
