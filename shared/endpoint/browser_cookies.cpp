#include "shared/endpoint/browser_cookies.h"

namespace stile {

namespace {

constexpr std::size_t id_length = grant_id_length + selector_length; // of a session and of a known browser
constexpr std::size_t cookie_length = id_length + 24; // 142 bits of secret

} // namespace

CookieScope cookie_scope(const Settings& settings)
{
    return settings.issuer_is_https ? CookieScope::https : CookieScope::loopback_http;
}

std::string_view cookie_value(const Request& request, const std::string& name)
{
    for (const auto& [found, value] : parse_cookies(request.cookie))
        if (found == name)
            return value;
    return {};
}

SplitToken mint_cookie(Context& context)
{
    return SplitToken::mint(context.random.base62(grant_id_length), cookie_length, context.random);
}

std::optional<SplitToken> find_cookie(std::string_view name, const Request& request, const Context& context)
{
    return SplitToken::parse(cookie_value(request, cookie_name(name, cookie_scope(context.settings))), cookie_length);
}

} // namespace stile
