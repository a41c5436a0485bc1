// browser:<id>: a browser in which a user has logged in before.
#pragma once

#include "shared/base/clock.h"
#include "shared/store/connection.h"

#include <optional>
#include <string>
#include <string_view>

namespace stile {

struct KnownBrowser {
    std::string user_name; // canonical: the last user who logged in
    Seconds seen_at = 0; // time of that login
    std::string secret_sha256;
};

class KnownBrowsers {
public:
    explicit KnownBrowsers(Connection& connection) : m_connection(connection) {}

    // The record of an id, without a check of the secret: the caller compares it (endpoint/known_browser).
    Result<std::optional<KnownBrowser>> find(std::string_view id);

    Result<void> save(std::string_view id, const KnownBrowser& browser, Seconds lifetime);

    // For the admin command, when a password changes or the user is removed.
    Result<void> forget_all_of(std::string_view user_name);

private:
    Connection& m_connection;
};

} // namespace stile
