#include "shared/oauth/event.h"

#include <array>

namespace stile {

namespace {

// In the order of the enumeration; a test compares.
constexpr std::array names = {
    std::string_view("login_succeeded"),       std::string_view("login_failed"),
    std::string_view("login_throttled"),       std::string_view("session_ended"),
    std::string_view("consent_given"),         std::string_view("consent_denied"),
    std::string_view("code_issued"),           std::string_view("code_redeemed"),
    std::string_view("code_replayed"),         std::string_view("tokens_issued"),
    std::string_view("refresh_rotated"),       std::string_view("refresh_repeated"),
    std::string_view("refresh_reused"),        std::string_view("grant_revoked"),
    std::string_view("token_revoked"),         std::string_view("client_auth_failed"),
    std::string_view("client_auth_throttled"), std::string_view("client_added"),
    std::string_view("client_updated"),        std::string_view("client_secret_changed"),
    std::string_view("client_removed"),        std::string_view("user_added"),
    std::string_view("user_updated"),          std::string_view("user_password_changed"),
    std::string_view("user_removed"),          std::string_view("throttles_lifted"),
    std::string_view("records_exported"),      std::string_view("key_rotated"),
    std::string_view("key_retired"),           std::string_view("logout_delivered"),
    std::string_view("logout_undelivered"),    std::string_view("events_lost"),
};
static_assert(names.size() == std::to_underlying(EventName::events_lost) + 1);

} // namespace

std::string_view to_string(EventName name)
{
    return names.at(static_cast<std::size_t>(std::to_underlying(name)));
}

std::span<const std::string_view> event_names()
{
    return names;
}

EventKind kind_of(EventName name)
{
    using enum EventName;
    switch (name) {
    case login_failed:
    case login_throttled:
    case client_auth_failed:
    case client_auth_throttled: return EventKind::refused;
    case login_succeeded:
    case session_ended:
    case consent_given:
    case consent_denied:
    case code_issued:
    case code_redeemed:
    case tokens_issued:
    case refresh_rotated:
    case refresh_repeated:
    case grant_revoked:
    case token_revoked:
    case logout_delivered: return EventKind::routine;
    default: return EventKind::notable;
    }
}

std::vector<std::pair<std::string_view, std::string_view>> EventRecord::fields() const
{
    return {{"time", time},
            {"function", function},
            {"event", to_string(event.name)},
            {"request_id", event.request_id},
            {"client_id", event.client.text()},
            {"user", event.user.name},
            {"sub", event.user.subject},
            {"address", event.address},
            {"grant", event.grant.text()},
            {"grant_type", event.grant_type.text()},
            {"amr", event.amr.text()},
            {"kid", event.kid},
            {"count", event.count.text()},
            {"reason", event.reason.text()},
            {"by", event.by},
            {"chain", place.chain},
            {"n", place.number},
            {"after", place.after}};
}

} // namespace stile
