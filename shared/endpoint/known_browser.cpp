#include "shared/endpoint/known_browser.h"

#include "shared/crypto/digest.h"
#include "shared/endpoint/browser_cookies.h"

namespace stile {

Result<std::optional<std::string>> find_known_browser(std::string_view user_name, const Request& request,
                                                      Context& context)
{
    const auto cookie = find_cookie(browser_cookie, request, context);
    if (!cookie)
        return std::nullopt;
    auto id = cookie->token_id();
    const auto browser = TRY(context.known_browsers.find(id));
    if (!browser || browser->user_name != user_name
        || !equal_in_constant_time(browser->secret_sha256, cookie->secret_sha256()))
        return std::nullopt;
    return id;
}

Result<std::string> remember_browser(const User& user, const Request& request, Context& context)
{
    // A browser that is known already keeps its cookie, so it has one record.
    const auto known = TRY(find_known_browser(user.name, request, context));
    const auto cookie = known ? *find_cookie(browser_cookie, request, context) : mint_cookie(context);
    const Seconds lifetime = context.settings.lifetimes.known_browser;
    TRY(context.known_browsers.save(cookie.token_id(), {user.name, context.clock.now(), cookie.secret_sha256()},
                                    lifetime));
    return set_cookie(browser_cookie, cookie.whole().reveal(), lifetime, cookie_scope(context.settings));
}

} // namespace stile
