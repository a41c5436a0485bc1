#include "shared/store/known_browsers.h"

#include "shared/store/indices.h"

namespace stile {

namespace {

std::string key_of(std::string_view id)
{
    return "browser:" + std::string(id);
}

} // namespace

Result<std::optional<KnownBrowser>> KnownBrowsers::find(std::string_view id)
{
    const auto key = key_of(id);
    const Record record(TRY(m_connection.command({"HGETALL", key})));
    if (!record.exists())
        return std::nullopt;
    return KnownBrowser{record["user"], record.number("seen_at"), record["secret_sha256"]};
}

Result<void> KnownBrowsers::save(std::string_view id, const KnownBrowser& browser, Seconds lifetime)
{
    TRY(m_connection.run({Step("save_record")
                              .key("record_key", key_of(id))
                              .with("ttl", lifetime)
                              .fields({"user", browser.user_name, "seen_at", std::to_string(browser.seen_at),
                                       "secret_sha256", browser.secret_sha256})
                              .command(),
                          index_command(user_browsers, browser.user_name, id, lifetime)}));
    return {};
}

Result<void> KnownBrowsers::forget_all_of(std::string_view user_name)
{
    const auto ids = TRY(names_of(m_connection, user_browsers, user_name));
    for (const auto& id : ids) {
        const auto browser = TRY(find(id));
        const auto key = key_of(id);
        if (browser && browser->user_name == user_name)
            TRY(m_connection.command({"DEL", key}));
    }
    return {};
}

} // namespace stile
