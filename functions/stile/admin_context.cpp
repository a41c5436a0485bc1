// The stores of the admin command, and the record of who did what with it.
#include "functions/stile/admin_context.h"

#include "functions/stile/command.h"

#include <pwd.h>
#include <unistd.h>

#include <iostream>

namespace stile::admin {

namespace {

// The admin command needs no issuer; it reads all other settings as the functions do.
std::optional<std::string> admin_environment(std::string_view name)
{
    auto value = process_environment(name);
    if (!value && name == "STILE_ISSUER")
        return "http://localhost";
    return value;
}

Config config_or_throw()
{
    auto config = read_config(admin_environment);
    if (!config)
        throw std::runtime_error(config.error());
    return config.take();
}

// sudo names the user behind root. Root can set SUDO_USER to anything, so it is as trustworthy as root is.
std::string unix_user()
{
    const passwd* entry = ::getpwuid(::getuid());
    const std::string name = entry != nullptr ? entry->pw_name : std::to_string(::getuid());
    const auto behind = ::getuid() == 0 ? process_environment("SUDO_USER") : std::nullopt;
    return behind ? *behind + " as " + name : name;
}

} // namespace

AdminContext::AdminContext(bool json)
    : AdminConnection(config_or_throw()),
      Stores(connection, cache),
      print(json),
      pairwise_salt(connection),
      grant_lists(connection),
      events(connection),
      chain(random)
{
}

void AdminContext::record(Event event)
{
    event.by = unix_user();
    EventRecord event_record = {rfc3339(clock.now()), "stile", std::move(event)};
    chain.link(event_record);
    const auto written = config.events > 0 ? events.append({&event_record, 1}, config.events) : Result<void>();
    if (!written)
        print_error(failed, "done, but the event was not written to the stream: " + written.error().detail);
    if (!written || ::isatty(STDERR_FILENO) == 0)
        Log("stile").line(event_record.fields());
}

GrantLists::Tell AdminContext::tell_revoked(const ClientName& client, const Person& user, Word reason)
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
